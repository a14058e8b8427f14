"""What people do on pages while an import is being written: it is never overwritten unseen."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from core.inputs import Conflict


class EditedMeanwhile(Conflict):
    """A row was edited after the import was judged; nothing is written, and it is judged anew.

    `label` is what the preview calls the row, never personal.
    """

    def __init__(self, label: str) -> None:
        super().__init__(
            "import_edited",
            _(
                "“%(row)s” was edited while this import was being written, so nothing was written."
                " Press the button again: the rows are checked anew first."
            ),
            row=label,
        )
