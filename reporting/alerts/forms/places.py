"""Choosing a place: the streets and communities of one's area, in one list."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from campaigns.models import Division
from core.choices import PlainSelect
from core.forms import RuleField
from core.inputs import whole_number
from core.scope import Scope

LEVELS = ("district", "street", "community")


class IdField(RuleField):
    """The id of a row out of a list; an empty one is None. Whether it is one's own, the service
    asks."""

    empty = None
    rule = staticmethod(whole_number)


def place_name(division: Division) -> str:
    """A division's name in the language of the page."""
    return division.spoken


def offer_places(
    form: forms.Form, scope: Scope, *, levels: Collection[str] = LEVELS, name: str = "place"
) -> None:
    """Let the form's field choose among the places of a scope; the only one is no choice."""
    found = (
        Division.objects.within(scope)
        .current()
        .filter(level__in=levels)
        .only("id", "name", "name_en", "level", "street_id", "code")
    )
    streets = {place.pk: place.code for place in found if place.level == "street"}
    places = sorted(found, key=lambda place: _order(place, streets))
    field = form.fields[name]
    if len(places) == 1:
        field.widget, field.initial = forms.HiddenInput(), places[0].pk
        return
    choices: list[Any] = [("", _("choose"))]
    choices += [(p.pk, _INDENT[p.level] + place_name(p)) for p in places]
    field.widget = PlainSelect(choices=choices)
    own = scope.districts or scope.streets or scope.communities
    if len(own) == 1 and own <= {place.pk for place in places}:
        field.initial = min(own)


_INDENT = {"district": "", "street": "", "community": "\u3000"}


def _order(place: Division, streets: Mapping[int, str]) -> tuple[str, str, str]:
    """The district first, then each street with its communities beneath it."""
    if place.level == "district":
        return ("", "", "")
    street = streets.get(place.street_id or 0, "")
    return (street or place.code, "" if place.level == "street" else "1", place.code)
