"""People sampled in each clock hour beside what an even pace to the deadline would take."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from reporting.boards.formats import ZONE, axis, clock, count
from reporting.boards.svg import Box, Tick, nice_step, number, per_hour

HOUR = timedelta(hours=1)
LONGEST = 72
"""Hours drawn at most: the last ones."""
WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM = 330, 178, 40, 326, 10, 152


@dataclass(frozen=True, slots=True)
class HourRow:
    """One clock hour: people first swabbed in it (None: still to come), and the plan's share."""

    start: datetime
    people: int | None
    plan: int

    @property
    def end(self) -> datetime:
        return self.start + HOUR


@dataclass
class HourChart:
    """What the template writes down, in the units of its viewBox."""

    rows: list[HourRow]
    view_box: str = f"0 0 {WIDTH} {HEIGHT}"
    left: int = LEFT
    right: int = RIGHT
    bottom: int = BOTTOM
    bars: list[Box] = field(default_factory=list)
    plans: list[Box] = field(default_factory=list)
    y_ticks: list[Tick] = field(default_factory=list)
    x_ticks: list[Tick] = field(default_factory=list)


def hour_rows(curve: Any) -> list[HourRow]:
    """Hours from the start of the round to the deadline, or to now where that is later."""
    done = dict(per_hour(curve.points))
    moments = [curve.now, *done, *(at for at, _target in curve.plan)]
    first = min([*done, *(at for at, _target in curve.plan)], default=curve.now)
    hour = first.astimezone(ZONE).replace(minute=0, second=0, microsecond=0)
    rows: list[HourRow] = []
    while hour < max(moments) and len(rows) < 24 * 31:
        people = None if hour > curve.now else done.get(hour, 0)
        rows.append(HourRow(hour, people, _planned(curve, hour)))
        hour += HOUR
    return rows[-LONGEST:]


def _planned(curve: Any, hour: datetime) -> int:
    """The part of an even pace from start to deadline that falls into the hour."""
    if len(curve.plan) < 2:
        return 0
    (start, _nobody), (due, target) = curve.plan[0], curve.plan[-1]
    overlap = min(hour + HOUR, due) - max(hour, start)
    if due <= start or overlap <= timedelta(0):
        return 0
    return round(target * (overlap / (due - start)))


def hour_chart(curve: Any) -> HourChart:
    """Bars for what was done, a line over each for the plan."""
    rows = hour_rows(curve)
    chart = HourChart(rows)
    if not rows:
        return chart
    peak = max(max(row.people or 0, row.plan) for row in rows) or 1
    step = nice_step(peak)
    top = -(-peak // step) * step
    every = next((n for n in (1, 2, 3, 4, 6, 12) if len(rows) / n <= 6), 24)
    room = (RIGHT - LEFT) / len(rows)
    for index, row in enumerate(rows):
        x = LEFT + index * room
        if row.people is not None:
            chart.bars.append(_box(x, room, row.people, top, f"{clock(row.start)} "))
        if row.plan:
            chart.plans.append(_box(x, room, row.plan, top, ""))
        if row.start.hour % every == 0:
            midnight = row.start.hour == 0
            label = row.start.strftime("%m-%d") if midnight else clock(row.start)
            chart.x_ticks.append(Tick(number(x), label, midnight))
    for value in range(0, top + 1, step):
        y = BOTTOM - (BOTTOM - TOP) * value / top
        chart.y_ticks.append(Tick(number(y), axis(value)))
    return chart


def _box(x: float, room: float, value: int, top: int, label: str) -> Box:
    height = (BOTTOM - TOP) * max(value, 0) / top
    return Box(
        number(x + 0.8),
        number(BOTTOM - height),
        number(max(room - 1.6, 0.8)),
        number(height),
        f"{label}{count(value)}",
    )
