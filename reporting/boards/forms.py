"""Shapes of what people choose on the boards."""

from __future__ import annotations

from typing import Any

from django import forms
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from campaigns.models import Division, Round, RoundTarget
from core.scope import Scope
from reporting.boards.hexes import STEPS

LARGEST_LAYOUT = 1_000_000
DAYS = ((1, _("one day")), (3, _("three days")), (7, _("one week")), (31, _("one month")))


class WallLinkForm(forms.Form):
    """Round, area and length of life of a wall's link, within what the caller sees."""

    label = forms.CharField(label=_("Place of the wall"), max_length=40)
    round = forms.ModelChoiceField(
        label=_("Round"), queryset=Round.objects.none(), empty_label=None
    )
    division = forms.ModelChoiceField(
        label=_("Area"), queryset=Division.objects.none(), empty_label=None
    )
    days = forms.ChoiceField(label=_("Valid for"), choices=DAYS, initial=7)

    def __init__(self, *args: Any, scope: Scope, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        rounds = Round.objects.within(scope).visible().select_related("campaign")
        streets = RoundTarget.objects.filter(round__in=rounds).within(scope).values("street_id")
        areas = Division.objects.within(scope).filter(
            Q(level="district", pk__in=scope.districts) | Q(level="street", pk__in=streets)
        )
        self._offer("round", rounds)
        self._offer("division", areas.order_by("level", "code"))
        self.can_offer = rounds.exists() and areas.exists()

    def _offer(self, name: str, rows: QuerySet[Any]) -> None:
        field = self.fields[name]
        assert isinstance(field, forms.ModelChoiceField)
        field.queryset = rows


class MoveForm(forms.Form):
    """A community and where it goes: one step in a direction, or a hex."""

    division = forms.IntegerField(label=_("Community"), min_value=1, max_value=2**31 - 1)
    direction = forms.ChoiceField(
        label=_("Direction"), choices=[(name, name) for name in STEPS], required=False
    )
    q = forms.IntegerField(label=_("Column"), min_value=-2000, max_value=2000, required=False)
    r = forms.IntegerField(label=_("Row"), min_value=-2000, max_value=2000, required=False)

    def clean(self) -> dict[str, Any]:
        """Either a direction, or both numbers."""
        given = super().clean() or self.cleaned_data
        placed = given.get("q") is not None and given.get("r") is not None
        if not self.errors and not given.get("direction") and not placed:
            raise forms.ValidationError(_("Say where it goes: a direction, or column and row."))
        return given


class LayoutFileForm(forms.Form):
    """A file of places, of one megabyte at most."""

    file = forms.FileField(
        label=_("HexJSON or GeoJSON file"),
        help_text=_("Communities are named by their code; at most 1 MB."),
    )

    def clean_file(self) -> Any:
        """Refuse what is too large before it is read."""
        file = self.cleaned_data["file"]
        if file.size > LARGEST_LAYOUT:
            raise forms.ValidationError(_("The file is larger than 1 MB."))
        return file
