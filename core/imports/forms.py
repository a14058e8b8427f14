"""What people give: a file or pasted rows, and the names of unknown columns."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from core.forms import NameField
from core.imports.headings import letter, own_headings, plain
from core.imports.kinds import ImportKind, Place, PlaceChoice
from core.imports.services.checking import Upload
from core.sheets.limits import MAX_FILE_BYTES
from core.sheets.words import refused_file


class SheetForm(forms.Form):
    """One sheet: a file or pasted rows, for one place. `run_id` makes a double submit one run."""

    run_id = forms.UUIDField(widget=forms.HiddenInput, required=False)
    place = forms.ChoiceField(label=_("For"))
    file = forms.FileField(
        label=_("File"),
        required=False,
        allow_empty_file=True,
        help_text=_(".xlsx or CSV, at most 5 MB and 20,000 rows"),
        widget=forms.FileInput(attrs={"accept": ".xlsx,.csv,.txt,.tsv"}),
    )
    pasted = forms.CharField(
        label=_("or paste rows"),
        required=False,
        strip=False,
        help_text=_("Copy the cells with their headings in Excel or WPS and paste them here."),
        widget=forms.Textarea(attrs={"rows": 6, "spellcheck": "false", "class": "import-paste"}),
    )
    sender = NameField(
        label=_("Sent by"),
        required=False,
        help_text=_("office or organisation; its columns are remembered for the next time"),
    )

    def __init__(self, *args: Any, places: Sequence[PlaceChoice], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.places = {choice.value: choice for choice in places}
        field = self.fields["place"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [(choice.value, choice.label) for choice in places]
        if len(places) == 1:
            # Nothing to choose: the field may even be missing.
            field.widget = forms.HiddenInput()
            field.initial, field.required = places[0].value, False
        self.fields["run_id"].initial = uuid.uuid4

    def clean(self) -> dict[str, Any]:
        """Exactly one of file and paste; a file that is too large is refused before it is read."""
        data = super().clean() or {}
        if "file" in self.errors:
            return data
        file, pasted = data.get("file"), data.get("pasted") or ""
        if file is None and not pasted.strip():
            self.add_error("file", _("Choose a file, or paste rows below."))
        elif file is not None and pasted.strip():
            self.add_error("pasted", _("Give either a file or pasted rows, not both."))
        elif file is not None and file.size > MAX_FILE_BYTES:
            refused = refused_file("file_large", limit=MAX_FILE_BYTES // 2**20)
            self.add_error("file", refused.as_validation_error())
        return data

    @property
    def place_chosen(self) -> Place:
        return self.places[self.cleaned_data["place"] or next(iter(self.places))].place

    def upload(self) -> Upload:
        """The bytes with their name."""
        file, sender = self.cleaned_data["file"], self.cleaned_data["sender"]
        if file is not None:
            return Upload(file.read(), file.name, sender)
        return Upload(self.cleaned_data["pasted"].encode(), "", sender)


class ColumnsForm(forms.Form):
    """One choice for each column of a file."""

    def __init__(
        self, *args: Any, kind: ImportKind, headings: Sequence[str], mapping: Sequence[str],
        samples: Sequence[str], **kwargs: Any,
    ) -> None:  # fmt: skip
        super().__init__(*args, **kwargs)
        self.places: list[int] = []
        self.width = len(headings)
        mapping = [*mapping, *[""] * self.width]
        own = own_headings()
        choices = [("", _("leave out")), *((c.name, _marked(c)) for c in kind.columns)]
        for index, heading in enumerate(headings):
            if not heading or plain(heading) in own:
                continue
            self.places.append(index)
            sample: Any = samples[index] if index < len(samples) else ""
            if not mapping[index]:
                sample = format_lazy("{} · {}", _("not recognised"), sample)
            self.fields[f"column_{index}"] = forms.ChoiceField(
                label=f"{letter(index)} · {heading}",
                choices=choices,
                required=False,
                initial=mapping[index],
                help_text=sample,
            )

    @property
    def mapping(self) -> list[str]:
        """A column's name, or "", for every place of the header."""
        named = [""] * self.width
        for index in self.places:
            named[index] = self.cleaned_data[f"column_{index}"]
        return named


def _marked(column: Any) -> Any:
    return f"{column.label} *" if column.required else column.label
