"""Shapes of what people enter about the register; the rules are in the services."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from campaigns.models import Exemption, PopulationGroup, Unmasking
from campaigns.register_import import DOCUMENT_NAMES
from core.forms import NameField, NoteField
from core.imports.kinds import PlaceChoice
from core.inputs import NO_DOCUMENT, RESIDENT, Refused, fold_digits, id_document
from core.sheets.limits import MAX_FILE_BYTES
from core.sheets.words import refused_file


class RegisterFileForm(forms.Form):
    """A file of residents. With scripts it goes in slices, and its size is the lane's."""

    run_id = forms.UUIDField(widget=forms.HiddenInput, required=False)
    place = forms.ChoiceField(label=_("For"))
    sender = NameField(
        label=_("Sent by"),
        required=False,
        help_text=_("office or organisation; a newer list of the same sender contradicts nobody"),
    )
    file = forms.FileField(
        label=_("File"),
        allow_empty_file=True,
        help_text=_("CSV of any size up to 400 MB; .xlsx up to 5 MB and 20,000 rows"),
        widget=forms.FileInput(attrs={"accept": ".csv,.txt,.tsv,.xlsx"}),
    )

    def __init__(self, *args: Any, places: Sequence[PlaceChoice], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.places = {choice.value: choice for choice in places}
        field = self.fields["place"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [(choice.value, choice.label) for choice in places]
        if len(places) == 1:
            field.widget = forms.HiddenInput()
            field.initial = places[0].value
        self.fields["run_id"].initial = uuid.uuid4

    def clean_file(self) -> Any:
        """One request takes what a page takes; larger files need the slices of the script."""
        file = self.cleaned_data["file"]
        if file.size > MAX_FILE_BYTES:
            refused = refused_file("file_large", limit=MAX_FILE_BYTES // 2**20)
            raise refused.as_validation_error()
        return file

    @property
    def district_id(self) -> int:
        return self.places[self.cleaned_data["place"]].place.district_id


class BeginForm(forms.Form):
    """What a script says of a file before it sends the first slice."""

    run_id = forms.UUIDField()
    place = forms.CharField(max_length=20)
    sender = NameField(required=False)
    name = forms.CharField(max_length=400)
    size = forms.IntegerField(min_value=1, max_value=10**12)


class FindForm(forms.Form):
    """A whole document number, or its last four characters. Sent by POST: never in an address."""

    id_type = forms.ChoiceField(
        label=_("Document"), choices=[c for c in DOCUMENT_NAMES if c[0] != NO_DOCUMENT]
    )
    number = forms.CharField(
        label=_("Number, or its last four characters"),
        max_length=40,
        widget=forms.TextInput(
            attrs={"autocomplete": "off", "spellcheck": "false", "inputmode": "text"}
        ),
    )

    def clean(self) -> dict[str, Any]:
        """Four characters mean the last four; anything else must be a whole number."""
        data = super().clean() or {}
        text = fold_digits(str(data.get("number", ""))).upper()
        if len(text) == 4 and text.isalnum():
            data["last4"] = text
            return data
        if text and "id_type" in data:
            try:
                data["whole"] = id_document(data["id_type"] or RESIDENT, text)
            except Refused as refused:
                self.add_error("number", refused.as_validation_error())
        return data


class UnmaskForm(forms.Form):
    """Why somebody must read the full data of a person."""

    reason = forms.ChoiceField(
        label=_("Reason"), choices=[("", _("choose a reason")), *Unmasking.Reason.choices]
    )


class GroupsForm(forms.Form):
    """The population groups of a resident."""

    groups = forms.MultipleChoiceField(
        label=_("Groups"), required=False, widget=forms.CheckboxSelectMultiple
    )

    def __init__(self, *args: Any, groups: Sequence[PopulationGroup], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["groups"]
        assert isinstance(field, forms.MultipleChoiceField)
        field.choices = [(group.code, group.name) for group in groups]


class ExemptForm(forms.Form):
    """A reason why somebody need not be sampled in this round."""

    reason = forms.ChoiceField(
        label=_("Reason"), choices=[("", _("choose a reason")), *Exemption.Reason.choices]
    )


class EndExemptionForm(forms.Form):
    """Why an exemption ends."""

    why = NoteField(label=_("Why it ends"), max_length=120, widget=forms.TextInput)

    def clean_why(self) -> str:
        """Words are needed: somebody will ask."""
        why: str = self.cleaned_data["why"]
        if not why:
            raise forms.ValidationError(_("Say why."))
        return why
