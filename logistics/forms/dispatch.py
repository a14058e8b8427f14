"""What a dispatcher fills in: who or what goes where, from when to when, why, from which figure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from core.choices import PlainSelect, Ready
from core.forms import ClientKeyField, LocalMomentField, NameField, NoteField, WholeNumberField
from core.inputs import Refused
from logistics.models import OrderState, Trip
from logistics.services.assigning import VEHICLE, Load, Subject

LONGEST = timedelta(days=3)


class AssignForm(forms.Form):
    """One form for all three: a drop on the board and the dialog send the same."""

    client_key = ClientKeyField()
    back = forms.CharField(required=False, max_length=400, widget=forms.HiddenInput)
    spot = forms.ChoiceField(label=_("Where"), widget=PlainSelect)
    role = forms.ChoiceField(label=_("As"), widget=PlainSelect)
    starts_at = LocalMomentField(label=_("From"))
    ends_at = LocalMomentField(label=_("To"))
    subject = forms.CharField(
        label=_("Who goes"),
        max_length=60,
        error_messages={"required": _("Choose a person, a team or a vehicle.")},
    )
    people = WholeNumberField(
        label=_("How many people"), required=False, minimum=1, maximum=5000,
        help_text=_("of the team, or in the vehicle"),
    )  # fmt: skip
    spread = forms.BooleanField(
        label=_("Spread the team over all that this street lacks in this role"), required=False
    )
    team_duty = forms.TypedChoiceField(
        label=_("For the team"), required=False, coerce=int, empty_value=None, widget=PlainSelect
    )
    load = forms.ChoiceField(
        label=_("The vehicle carries"), required=False, choices=Trip.Kind.choices
    )
    boxes = WholeNumberField(label=_("Boxes"), required=False, minimum=1, maximum=5000)
    origin = NameField(label=_("The vehicle starts at"), required=False)
    reason = NoteField(
        label=_("Why"), widget=forms.TextInput,
        error_messages={"required": _("Say why this is ordered.")},
    )  # fmt: skip
    figure = NoteField(label=_("From which figure"), required=False, widget=forms.TextInput)
    figure_at = LocalMomentField(required=False, label=_("Figure as of"))
    # What the page had filled in, to tell it from what a person typed over it.
    filled_reason = forms.CharField(required=False, max_length=200, widget=forms.HiddenInput)
    filled_figure = forms.CharField(required=False, max_length=200, widget=forms.HiddenInput)
    override = NoteField(
        label=_("Why a limit is passed over"), required=False, widget=forms.TextInput,
        help_text=_("only where hours, rest or way would refuse it; it is kept with the duty"),
    )  # fmt: skip

    def __init__(
        self, *args: Any, spots: Sequence[tuple[str, str]], roles: Sequence[tuple[str, str]],
        teams: Sequence[tuple[str, str]] = (),
        **kwargs: Any,
    ) -> None:  # fmt: skip
        super().__init__(*args, **kwargs)
        self.fields["spot"].choices = Ready(spots)  # type: ignore[attr-defined]
        self.fields["role"].choices = Ready(roles)  # type: ignore[attr-defined]
        self.fields["team_duty"].choices = Ready([("", "–"), *teams])  # type: ignore[attr-defined]
        self.fields["figure_at"].widget = forms.HiddenInput()
        for name in ("reason", "figure", "override"):
            self.fields[name].widget.attrs["maxlength"] = 200

    def clean_subject(self) -> Subject:
        """Who or what goes."""
        try:
            return Subject.read(self.cleaned_data["subject"])
        except Refused as refusal:
            raise refusal.as_validation_error() from None

    def clean(self) -> dict[str, Any]:
        """What a vehicle needs besides, and an end after the start."""
        data = super().clean() or {}
        starts_at, ends_at = data.get("starts_at"), data.get("ends_at")
        if starts_at and ends_at and not timedelta(0) < ends_at - starts_at <= LONGEST:
            self.add_error(
                "ends_at", ValidationError(_("The end lies after the start, within three days."))
            )
        subject = data.get("subject")
        if subject is not None and subject.kind == VEHICLE:
            self._clean_vehicle(data)
        return data

    @property
    def carried(self) -> Load:
        """What the team or the vehicle brings."""
        data = self.cleaned_data
        return Load(
            data.get("people") or 0, data.get("boxes") or 0, data.get("load") or Trip.Kind.STAFF,
            data.get("origin") or "", bool(data.get("spread")), data.get("team_duty"),
        )  # fmt: skip

    def _clean_vehicle(self, data: dict[str, Any]) -> None:
        load = data.get("load") or Trip.Kind.STAFF
        if load in (Trip.Kind.STAFF, Trip.Kind.FETCH) and not data.get("people"):
            self.add_error("people", ValidationError(_("Say how many people ride.")))
        if not data.get("origin"):
            self.add_error("origin", ValidationError(_("Say where the vehicle starts.")))


class StepForm(forms.Form):
    """A step that the desk takes for somebody: told by telephone, withdrawn, released."""

    to = forms.ChoiceField(choices=OrderState.choices)
    reason = NoteField(required=False, widget=forms.TextInput, label=_("Why, or who said so"))
