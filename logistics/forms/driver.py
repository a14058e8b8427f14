"""Who drives a trip from now on."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from core.forms import NoteField
from personnel.models import StaffMember


class DriverForm(forms.Form):
    """One of the drivers who are free, with a word where a limit of hours is passed over."""

    driver = forms.TypedChoiceField(
        coerce=UUID, label=_("Driver"), error_messages={"required": _("Choose a driver.")}
    )
    override = NoteField(
        required=False,
        widget=forms.TextInput,
        label=_("Why a limit of hours is passed over"),
        help_text=_("Only where the booking was refused for rest or travel."),
    )

    def __init__(self, *args: Any, drivers: Sequence[StaffMember] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        words = [(str(one.pk), f"{one.name_mask} · {one.home_unit}") for one in drivers]
        field = self.fields["driver"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [("", gettext("choose")), *words]
