"""Template words of completeness and review: a report's mark in shape, colour and word."""

from __future__ import annotations

from typing import Any

from django import template
from django.utils.translation import gettext_lazy as _

from reporting.daily.models import State
from reporting.daily.queries.completeness import Mark, Timeliness
from reporting.daily.queries.standing import Footing

register = template.Library()

_MARKS: dict[str, tuple[str, Any]] = {
    "blank": ("stale", _("not begun")),
    State.DRAFT: ("stale", _("draft")),
    State.SUBMITTED: ("info", _("to review")),
    State.RETURNED: ("warn", _("returned")),
    State.ACCEPTED: ("ok", _("accepted")),
    State.LOCKED: ("done", _("locked")),
}
_MISSING = ("crit", _("no report"))
_FOOTINGS = {
    Footing.ACCEPTED: ("ok", _("accepted")),
    Footing.PROVISIONAL: ("warn", _("provisional")),
    Footing.WAITING: ("info", _("not accepted yet")),
    Footing.MISSING: ("stale", _("not submitted")),
}


def _face(mark: Mark) -> tuple[str, Any]:
    return _MISSING if mark.timeliness == Timeliness.MISSING else _MARKS[mark.state]


@register.filter
def mark_kind(mark: Mark) -> str:
    """Shape and colour of a report in the matrix."""
    return _face(mark)[0]


@register.filter
def mark_word(mark: Mark) -> str:
    """Its word; the state of one that is missing stands beside it."""
    return str(_face(mark)[1])


@register.filter
def footing_kind(footing: Footing) -> str:
    """Shape and colour of what a street's figures rest on."""
    return _FOOTINGS[footing][0]


@register.filter
def footing_word(footing: Footing) -> str:
    """What a street's figures rest on, in a word."""
    return str(_FOOTINGS[footing][1])


@register.filter
def figure_in(figures: dict[int, Any], column: Any) -> Any:
    """What a row of figures holds in a column; None where there is nothing."""
    return figures.get(column.pk)


@register.filter
def sign_of(difference: int | None) -> str:
    """`more`, `less` or nothing, for the shade of a difference."""
    if not difference:
        return ""
    return "more" if difference > 0 else "less"


@register.filter
def minute_time(minute: int) -> str:
    """Minutes after midnight as a clock time, `15:00`."""
    return f"{minute // 60:02d}:{minute % 60:02d}"
