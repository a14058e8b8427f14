"""What a person says when they ask for a file, and when they agree to one of people."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from campaigns.models import Division, Round
from core.forms import ClientKeyField, NoteField
from reporting.outlets.models import ExportJob
from reporting.outlets.queries.export_kinds import LEVELS, WIDTHS, ExportKind
from reporting.outlets.services.exports import Wanted


class ExportForm(forms.Form):
    """Asks only what the kind needs: a level and width for progress, a reason for people."""

    key = ClientKeyField()
    round = forms.TypedChoiceField(label=_("Round"), coerce=int)
    street = forms.TypedChoiceField(
        label=_("Street or town"), coerce=int, required=False, empty_value=None
    )
    level = forms.ChoiceField(label=_("One row for each"), choices=list(LEVELS.items()))
    width = forms.TypedChoiceField(
        label=_("In steps of"), choices=list(WIDTHS.items()), coerce=int, initial=15
    )
    format = forms.ChoiceField(
        label=_("Format"),
        choices=ExportJob.Format.choices,
        help_text=_("CSV for programs and very many rows; XLSX for Excel and WPS"),
    )
    reason = NoteField(
        label=_("What it is needed for"),
        help_text=_("It stands in the file, and is read by whoever must agree."),
        widget=forms.TextInput(attrs={"maxlength": 200}),
    )

    def __init__(
        self,
        *args: Any,
        kind: ExportKind,
        rounds: Sequence[Round],
        streets: Sequence[Division],
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.kind = kind
        if not kind.by_level:
            del self.fields["level"], self.fields["width"]
        if not kind.personal:
            self.fields["reason"].required = False
            del self.fields["reason"]
        named = [(r.pk, f"{r.campaign.name} · {r.number}") for r in rounds]
        places: list[tuple[Any, Any]] = [(s.pk, s.spoken) for s in streets]
        places.insert(0, ("", _("choose") if kind.personal else _("the whole district")))
        self.fields["round"].choices = named  # type: ignore[attr-defined]  # a choice field
        self.fields["street"].choices = places  # type: ignore[attr-defined]  # a choice field
        self.fields["street"].required = kind.personal

    @property
    def wanted(self) -> Wanted:
        """What a valid form asks for."""
        said = self.cleaned_data
        return Wanted(
            kind=self.kind.code,
            format=said["format"],
            round_id=said["round"],
            street_id=said["street"],
            level=said.get("level", ""),
            width=said.get("width", 0),
            reason=said.get("reason", ""),
            language=(get_language() or "zh-hans")[:8],
        )


class DecideForm(forms.Form):
    """Agree, or refuse and say why."""

    decision = forms.ChoiceField(choices=[("agree", _("Agree")), ("refuse", _("Refuse"))])
    answer = NoteField(
        label=_("Answer (needed when it is refused)"),
        required=False,
        widget=forms.TextInput(attrs={"maxlength": 200}),
    )

    @property
    def granted(self) -> bool:
        """Whether the file may be made."""
        return str(self.cleaned_data["decision"]) == "agree"
