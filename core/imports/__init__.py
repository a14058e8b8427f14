"""Import of tables that people bring: one mechanism, many kinds (requirement S011 of the screens).

The way of a sheet: `core.sheets` reads it in a limited child process, `columns` finds its header,
`judging` gives every row one verdict, `services` store the preview, write it in one transaction
and take it back within a day. A room describes its kind (`kinds.ImportKind`) and registers it when
the application starts; nothing here knows what a row means.
"""
