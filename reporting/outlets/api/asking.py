"""Reading a list's query string: filters, limit, cursor, instants. Unknown names are refused."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from core.inputs import Refused, parse_instant
from core.query import page_size, query_choice, query_number, refuse_unknown_query
from reporting.outlets.api.resources import Filter, Resource

COMMON = ("cursor", "limit", "updated_since", "as_of", "format")
DEFAULT_LIMIT = 200
LONGEST_CURSOR = 200


def filters_of(request: HttpRequest, resource: Resource) -> dict[str, Any]:
    """The filters that were asked for, as numbers or choices. Raises Refused by name."""
    refuse_unknown_query(request, (*COMMON, *(each.name for each in resource.all_filters)))
    return {
        each.name: _value(request, each)
        for each in resource.all_filters
        if each.name in request.GET
    }


def _value(request: HttpRequest, asked: Filter) -> int | str:
    if asked.choices:
        return query_choice(request, asked.name, asked.choices, default=asked.choices[0])
    return query_number(request, asked.name, default=0, maximum=2**31 - 1) or 0


def limit_of(request: HttpRequest) -> int:
    """Items per page, 1 to 1,000."""
    return page_size(request, default=DEFAULT_LIMIT)


def instant_of(request: HttpRequest, name: str) -> datetime | None:
    """An instant with an offset, or None where it is not given."""
    if name not in request.GET:
        return None
    try:
        return parse_instant(request.GET[name])
    except Refused as refusal:
        raise refusal.at(name) from None


def refuse_unknown_past(as_of: datetime | None, known_at: datetime | None) -> None:
    """A figure of now must not go out under a time that was asked for."""
    if as_of is not None and known_at is None:
        raise Refused(
            "not_known_yet", _("Nothing was kept before that time; ask for a later one.")
        ).at("as_of")


def refuse_street_of_district(request: HttpRequest, level: str) -> None:
    """A district's figures are not those of one street, and would be read as such."""
    if level == "district" and "street" in request.GET:
        raise Refused(
            "street_of_district",
            _("A district is not narrowed to one street: ask for level=street."),
        ).at("street")


def cursor_text(request: HttpRequest) -> str:
    """The cursor as it was sent, or "" for the beginning."""
    text = request.GET.get("cursor", "")
    if len(text) > LONGEST_CURSOR or ("cursor" in request.GET and not text):
        raise Refused("cursor_unreadable", _("Send a cursor exactly as it was given, or none.")).at(
            "cursor"
        )
    return text
