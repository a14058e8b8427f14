"""Template words of completeness and review: a report's mark in shape, colour and word."""

from __future__ import annotations

from datetime import date
from typing import Any

from django import template
from django.urls import reverse
from django.utils.html import escape
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from core import clock
from reporting.daily.models import State
from reporting.daily.queries.completeness import Mark, Row, Timeliness
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


# Hundreds of cells, renewed every few seconds: text joined here, not a template for each.
_CELL = (
    '<td><a class="state-link" id="mark-{key}" href="{url}">{badge}</a>'
    '<span class="mark-more">{more}</span></td>'
)


@register.simple_tag
def mark_faces() -> dict[str, tuple[str, str]]:
    """Shape, colour and word of each state of the matrix, by its name."""
    faces = _MARKS | {"missing": _MISSING}
    return {str(state): (kind, str(word)) for state, (kind, word) in faces.items()}


@register.filter
def mark_kind(mark: Mark) -> str:
    """Shape and colour of one report where it stands alone."""
    return _face(mark)[0]


@register.filter
def mark_word(mark: Mark) -> str:
    """How it stands, in a word."""
    return str(_face(mark)[1])


def _face(mark: Mark) -> tuple[str, Any]:
    return _MISSING if mark.timeliness == Timeliness.MISSING else _MARKS[mark.state]


@register.simple_tag
def gathered(*badges: str) -> dict[str, str]:
    """The badges of the states as they are drawn, in the order of `mark_faces`."""
    return dict(zip(mark_faces(), badges, strict=True))


@register.simple_tag
def marks_of(row: Row, day: date, badges: dict[str, str], late: str) -> SafeString:
    """The cells of one street: its badge, when it came in, and whether that was late."""
    path = reverse("daily:review_report", args=[0])
    words = {"late": escape(gettext("late")), "nothing": escape(gettext("owes nothing"))}
    cells = []
    for mark in row.marks:
        if mark is None:
            cells.append(f'<td><span class="soft" aria-label="{words["nothing"]}">·</span></td>')
            continue
        missing = mark.timeliness == Timeliness.MISSING
        key = mark.report.pk
        cells.append(
            _CELL.format(
                key=key,
                url=path.replace("/0/", f"/{key}/"),
                badge=badges["missing" if missing else mark.state],
                more=_more(mark, day, f'<b class="late">{late}{words["late"]}</b>'),
            )
        )
    return SafeString("".join(cells))  # noqa: S308 (numbers, times and badges only)


def _more(mark: Mark, day: date, late: str) -> str:
    first = mark.report.first_submitted_at
    if first is None:
        begun = mark.timeliness == Timeliness.MISSING and mark.state == State.DRAFT
        return escape(str(_MARKS[State.DRAFT][1])) if begun else ""
    moment = clock.local(first)
    said = [moment.strftime("%H:%M" if moment.date() == day else "%m-%d %H:%M")]
    if mark.timeliness == Timeliness.LATE:
        said.append(late)
    if mark.report.version > 1:
        said.append(f"<span>v{mark.report.version}</span>")
    return " ".join(said)


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
