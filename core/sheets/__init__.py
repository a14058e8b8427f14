"""Tables out of files that people bring, and into files they take away (rules R7 to R10).

A file is never read in the process that serves pages: `reading.read_sheets` gives it to a child
process with narrow limits (`child`), which knows neither Django nor a database. The modules the
child uses (`limits`, `table`, `delimited`, `workbook`) therefore import nothing of ours but each
other.
"""
