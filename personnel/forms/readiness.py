"""What a street states it has ready, and what is required."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from core.forms import WholeNumberField
from personnel.models import ReadinessFloor
from personnel.queries.readiness import Ready
from sites.forms.fields import ShortName

MOST = 30_000


class CountsForm(forms.Form):
    """One number for each floor that is not counted from the list."""

    def __init__(self, *args: Any, rows: Iterable[Ready], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for row in rows:
            if not row.counted:
                self.fields[name_of(row.floor)] = WholeNumberField(
                    label=str(row.floor), maximum=MOST, required=False, initial=row.actual
                )

    def counts(self) -> dict[int, int]:
        """What was filled in, by floor."""
        return {
            int(name.removeprefix("floor-")): number
            for name, number in self.cleaned_data.items()
            if number is not None
        }


def name_of(floor: ReadinessFloor) -> str:
    """The field of a floor."""
    return f"floor-{floor.pk}"


class FloorForm(forms.Form):
    """How much is required, and who says so."""

    required = WholeNumberField(label=_("Required"), maximum=MOST)
    reference = ShortName(label=_("Source"), max_length=200)
