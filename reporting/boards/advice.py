"""Crowding and idle units of a street, each with what to do about it (S046)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils.translation import gettext, ngettext

from reporting.boards import formats
from reporting.progress.queries import PointRow
from sites.models.points import QueueBand, State

REPORT_HOLDS = timedelta(hours=2)
"""An older queue report says nothing about now."""


@dataclass(frozen=True, slots=True)
class Advice:
    """`kind` gives shape and colour, `word` says it; `what` is seen, `do` is the next step."""

    kind: str
    word: str
    where: str
    what: str
    do: str
    since: datetime | None


def advice(points: Sequence[PointRow], *, as_of: datetime) -> list[Advice]:
    """Jammed queues first, then open units that take nobody, each in the order of the points."""
    jammed = [point for point in points if is_jammed(point, as_of=as_of)]
    idle = [point for point in points if any(unit.idle for unit in point.units)]
    smooth = [p for p in points if p.queue_band == QueueBand.SMOOTH and p.open_units]
    return [
        *(_of_jammed(point, idle, smooth, as_of) for point in jammed),
        *(_of_idle(point, jammed) for point in idle),
    ]


def is_jammed(point: PointRow, *, as_of: datetime) -> bool:
    """Whether people wait fifty minutes or more here, by a report that still holds."""
    if point.queue_band != QueueBand.JAMMED or point.queue_at is None:
        return False
    return as_of - point.queue_at <= REPORT_HOLDS


def _of_jammed(
    point: PointRow, idle: Sequence[PointRow], smooth: Sequence[PointRow], as_of: datetime
) -> Advice:
    return Advice(
        kind="crit",
        word=gettext("Jammed"),
        where=point.name,
        what=gettext("people wait 50 minutes or more"),
        do=_relief(point, idle, smooth),
        since=point.queue_at,
    )


def _relief(point: PointRow, idle: Sequence[PointRow], smooth: Sequence[PointRow]) -> str:
    """The nearest help: a unit planned here, idle hands elsewhere, a point where nobody waits."""
    spare = [unit for unit in point.units if unit.state in (State.PLANNED, State.PAUSED)]
    if spare:
        return ngettext(
            "Open the unit that is ready here: unit %(which)s.",
            "Open one of the units that are ready here: units %(which)s.",
            len(spare),
        ) % {"which": numbers(unit.number for unit in spare)}
    for other in idle:
        if other.id != point.id:
            unit = next(unit for unit in other.units if unit.idle)
            return gettext("Bring unit %(n)s of %(point)s, which takes nobody now.") % {
                "n": unit.number,
                "point": other.name,
            }
    for other in smooth:
        if other.id != point.id:
            return gettext("Send people on to %(point)s, where they wait up to 25 minutes.") % {
                "point": other.name
            }
    return gettext("Nothing spare in this street: ask the district for a unit.")


def _of_idle(point: PointRow, jammed: Sequence[PointRow]) -> Advice:
    units = [unit for unit in point.units if unit.idle]
    since = min((unit.last_swab_at for unit in units if unit.last_swab_at), default=None)
    elsewhere = next((other for other in jammed if other.id != point.id), None)
    if elsewhere is not None:
        do = gettext("Move it to %(point)s, where people wait.") % {"point": elsewhere.name}
    else:
        do = gettext("Call the next building, or close it; if people stand there, see its device.")
    return Advice(
        kind="warn",
        word=gettext("Idle"),
        where=point.name,
        what=ngettext(
            "unit %(which)s is open and took nobody for 15 minutes",
            "units %(which)s are open and took nobody for 15 minutes",
            len(units),
        )
        % {"which": numbers(unit.number for unit in units)},
        do=do,
        since=since,
    )


def numbers(found: object) -> str:
    """Numbers of units as people write them: 2, 3."""
    return ", ".join(formats.count(n) for n in found)  # type: ignore[attr-defined]
