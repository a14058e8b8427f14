"""Filters of lists as they stand in an address; what cannot be read is refused, not ignored."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date

from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from core.inputs import Refused, parse_local_day

LONGEST_QUERY = 60


def day_of_query(request: HttpRequest, name: str = "day") -> date | None:
    """A local day, or None where none is given. Raises Refused."""
    text = request.GET.get(name, "")
    if not text:
        return None
    try:
        return parse_local_day(text)
    except Refused as refusal:
        raise refusal.at(name) from None


def words_of_query(request: HttpRequest, name: str = "q") -> str:
    """What is searched for, at most so many characters of it."""
    return request.GET.get(name, "").strip()[:LONGEST_QUERY]


def numbers_of_place(text: str, roles: Collection[str]) -> tuple[str, int]:
    """A position as `role-place`, or ("", 0) where none is given. Raises Refused."""
    if not text:
        return "", 0
    role, _dash, place = text.rpartition("-")
    if role not in roles or not (place.isascii() and place.isdigit() and len(place) < 10):
        raise Refused("query_choice", _("Choose one of the list.")).at("position")
    return role, int(place)
