"""Shapes of what people choose on the boards."""

from __future__ import annotations

from typing import Any

from django import forms
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from campaigns.models import Division, Round, RoundTarget
from core.scope import Scope

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
