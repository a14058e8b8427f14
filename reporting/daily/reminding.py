"""The reminder: names those whose report is missing, and nobody else, in both languages."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils import translation
from django.utils.translation import gettext, ngettext

from core import clock
from reporting.daily.queries.completeness import REMIND_BEFORE, Column

LANGUAGES = ("zh-hans", "en")


@dataclass(frozen=True)
class Reminder:
    """A text to copy into a chat, in each language, and the call that it belongs to (0, 1, 2)."""

    call: int
    called_at: datetime
    texts: list[tuple[str, str]]


def reminder_of(column: Column, at: datetime) -> Reminder | None:
    """The reminder for a cut-off at this instant; None when nobody is to be reminded."""
    if not column.remind_at(at):
        return None
    due_at = column.cutoff.due_at
    call = max(n for n, before in enumerate(REMIND_BEFORE) if at >= due_at - before)
    texts = []
    for language in LANGUAGES:
        with translation.override(language):
            texts.append((language, _text(column, at)))
    return Reminder(call, due_at - REMIND_BEFORE[call], texts)


def _text(column: Column, at: datetime) -> str:
    due_at = column.cutoff.due_at
    day, time = clock.deadline_day(due_at)
    joint = ", " if translation.get_language() == "en" else "、"
    said = {
        "form": column.cutoff.form,
        "due": f"{day:%m-%d} {time}",
        "streets": joint.join(street.spoken for street in column.missing),
        "count": len(column.missing),
        "in": column.count.received,
        "expected": column.count.expected,
    }
    if at > due_at:
        return (
            gettext(
                "%(form)s was due %(due)s. %(in)s of %(expected)s are in; still missing: "
                "%(streets)s. Please submit now and say why it is late."
            )
            % said
        )
    minutes = -(-(due_at - at) // timedelta(minutes=1))  # begun ones count, as everywhere
    return ngettext(
        "%(form)s is due %(due)s, in %(minutes)s minute. %(in)s of %(expected)s are in; not yet: "
        "%(streets)s. Please check the numbers and submit.",
        "%(form)s is due %(due)s, in %(minutes)s minutes. %(in)s of %(expected)s are in; not yet: "
        "%(streets)s. Please check the numbers and submit.",
        minutes,
    ) % (said | {"minutes": minutes})
