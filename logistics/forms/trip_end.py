"""A trip is taken back, or is over."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from logistics.models import Trip
from sites.forms.fields import ShortNote


class EndTripForm(forms.Form):
    """Why a trip is taken back."""

    reason = ShortNote(
        label=_("Why the trip is taken back"), max_length=200, widget=forms.TextInput
    )

    def __init__(self, data: Mapping[str, Any] | None = None, *, trip_id: int) -> None:
        # Many trips stand on one page: each has a field of its own.
        super().__init__(data, auto_id=f"trip{trip_id}_%s")
        self.trip_id = trip_id


def form_for(trip: Trip, refused: EndTripForm | None) -> EndTripForm:
    """The form of one trip of a page: the one that was refused, if that was its."""
    if refused is not None and refused.trip_id == trip.pk:
        return refused
    return EndTripForm(trip_id=trip.pk)
