"""Rule R14 for query strings: an unknown or repeated parameter is an error, not a shrug."""

from __future__ import annotations

from collections.abc import Collection

from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from core.inputs.digits import whole_number
from core.inputs.refusal import Refused
from core.inputs.text import storable

LARGEST_PAGE = 1000


def refuse_unknown_query(request: HttpRequest, allowed: Collection[str]) -> None:
    """Refuse parameters outside of `allowed`, repeated ones, and text that cannot be stored.

    An ignored filter would answer with all rows, which reads like a fact.
    """
    for name, values in request.GET.lists():
        shown = name[:40] if storable(name) else "?"
        if name not in allowed:
            raise Refused(
                "query_unknown", _("The parameter %(name)s is not known here."), name=shown
            ).at(shown)
        if len(values) > 1:
            raise Refused(
                "query_repeated", _("The parameter %(name)s is given twice."), name=shown
            ).at(shown)
        if not storable(values[0]):
            raise Refused("query_text", _("This text holds a NUL or half a character.")).at(shown)


def query_number(
    request: HttpRequest,
    name: str,
    *,
    default: int | None = None,
    minimum: int = 0,
    maximum: int = 999_999_999,
) -> int | None:
    """A whole number from the query string, or `default` where it is not given."""
    text = request.GET.get(name)
    if text is None:
        return default
    try:
        return whole_number(text, minimum=minimum, maximum=maximum)
    except Refused as refusal:
        raise refusal.at(name) from None


def query_choice(request: HttpRequest, name: str, choices: Collection[str], *, default: str) -> str:
    """One of `choices` from the query string, or `default` where it is not given."""
    value = request.GET.get(name, default)
    if value not in choices:
        raise Refused(
            "query_choice", _("Choose one of: %(choices)s."), choices=", ".join(choices)
        ).at(name)
    return value


def page_size(request: HttpRequest, *, name: str = "limit", default: int = 100) -> int:
    """Rows per page, from 1 to `LARGEST_PAGE`."""
    size = query_number(request, name, default=default, minimum=1, maximum=LARGEST_PAGE)
    return default if size is None else size
