"""Template words of the daily numbers: a sheet's cells, a report's state, what is left of time."""

from __future__ import annotations

from datetime import datetime, timedelta
from math import ceil
from typing import Any

from django import template
from django.utils.html import conditional_escape, escape, format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from core import clock
from reporting.daily.faces import Face
from reporting.daily.models import Report, State

register = template.Library()

# A page has hundreds of cells: text joined here costs a tenth of a template of their own.
_BOX = (
    '<input class="box" id="c{id}" name="c{id}" value="{text}"{mode} maxlength="{most}"'
    ' aria-labelledby="l{line} k{column}" aria-describedby="s{id}">'
)
_CELL = (
    '<td class="cell" data-cell="{id}" data-column="{column}" data-mark="{mark}"'
    ' data-label="{label}">{box}<small class="beside" id="s{id}">{note}</small></td>'
)


@register.simple_tag
def cells(faces: list[Face], line: int, is_open: bool) -> SafeString:
    """The cells of one line: a box each while the report is open, else the number."""
    return SafeString("".join(_cell(face, str(line), is_open) for face in faces))  # noqa: S308


def _cell(face: Face, line: str, is_open: bool) -> str:
    shown = {name: escape(text) for name, text in face.items()}
    return _CELL.format(**_filled(shown, line, is_open))


def _filled(shown: dict[str, Any], line: str, is_open: bool) -> dict[str, Any]:
    number = shown["kind"] == "number"
    mode = ' inputmode="numeric"' if number else ""
    box = (
        _BOX.format(**shown, line=line, mode=mode, most=20 if number else 500)
        if is_open and shown["id"]
        else f'<b class="said">{shown["text"] or "—"}</b>'
    )
    note = shown["note"]
    if shown["problem"]:
        note += f'<span class="visually-hidden"> {shown["problem"]}</span>'
    return shown | {"box": box, "note": note}


@register.simple_tag
def street_box(face: Face, is_open: bool) -> SafeString:
    """The box of what is asked of the street once; its label stands above it."""
    shown = {name: escape(text) for name, text in face.items()}
    filled = _filled(shown, "s", is_open)
    if is_open and shown["kind"] == "note":
        filled["box"] = (
            f'<textarea class="box" id="c{shown["id"]}" name="c{shown["id"]}" rows="2"'
            f' maxlength="500" aria-labelledby="ls k{shown["column"]}"'
            f' aria-describedby="s{shown["id"]}">{shown["text"]}</textarea>'
        )
    cell = _CELL.format(**filled)
    return SafeString("<div" + cell[3:-5] + "</div>")  # noqa: S308


_BADGES = {
    State.DRAFT: ("stale", _("draft")),
    State.SUBMITTED: ("ok", _("submitted")),
    State.RETURNED: ("warn", _("returned: to be mended")),
    State.ACCEPTED: ("done", _("accepted")),
    State.LOCKED: ("done", _("accepted, locked")),
}


@register.filter
def state_kind(report: Report) -> str:
    """The shape and colour of a report's state."""
    return _BADGES[State(report.state)][0]


@register.filter
def state_word(report: Report) -> str:
    """A report's state in words."""
    return str(_BADGES[State(report.state)][1])


@register.filter
def cutoff_words(moment: datetime) -> str:
    """A cut-off as people say it: `11-05 15:00`; midnight is 24:00 of the day before."""
    day, time = clock.deadline_day(moment)
    return f"{day:%m-%d} {time}"


@register.filter
def cutoff_time(moment: datetime) -> str:
    """The clock time of a cut-off, midnight as 24:00."""
    return clock.deadline_day(moment)[1]


@register.simple_tag
def time_left(left: timedelta, due: datetime) -> SafeString:
    """How long until it is due, or for how long it is overdue; the page's script keeps it going."""
    seconds = left.total_seconds()
    # Whole minutes begun: “0 min left” would be neither here nor there.
    minutes = ceil(seconds / 60) if seconds > 0 else int(-seconds) // 60
    hours = gettext("%(hours)s h %(minutes)s min") % {
        "hours": minutes // 60, "minutes": minutes % 60,
    }  # fmt: skip
    span = gettext("%(n)s min") % {"n": minutes} if minutes < 60 else hours
    words = gettext("%(span)s left until %(due)s") if left >= timedelta(0) else gettext(
        "%(span)s past %(due)s"
    )  # fmt: skip
    urgent = left < timedelta(minutes=10)
    return format_html(
        '<span class="left{}" data-due="{}">{}</span>',
        " left-urgent" if urgent else "",
        due.isoformat(),
        conditional_escape(words % {"span": span, "due": clock.deadline_day(due)[1]}),
    )


@register.simple_tag
def due_in(due: datetime, at: datetime) -> SafeString:
    """As `time_left`, from the two moments."""
    words: SafeString = time_left(due - at, due)
    return words
