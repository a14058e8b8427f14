"""Geometry of the charts: figures in, ready coordinates out; the templates only write them down.

Server-side drawing costs the browser nothing, prints, never leaks memory on a wall, and has a data
table beneath it. All coordinates are strings, so that no locale can put a comma into a path.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Any

from reporting.boards.formats import ZONE, axis, clock, count

HOUR = timedelta(hours=1)
MAX_POINTS = 240
ROOM_FOR_WORDS = 92  # width of the longest label of a vertical line
NIGHT_FROM, NIGHT_TO = 22, 6  # local hours shaded as night


def number(value: float) -> str:
    """A coordinate with one decimal at most."""
    return f"{value:.1f}".rstrip("0").rstrip(".")


@dataclass(frozen=True)
class Tick:
    at: str
    label: str
    strong: bool = False


@dataclass(frozen=True)
class Box:
    x: str
    y: str
    width: str
    height: str
    label: str = ""


@dataclass(frozen=True)
class Mark:
    """A vertical line with a label; ``anchor`` keeps the words inside the picture."""

    x: str
    label: str
    anchor: str


@dataclass
class Chart:
    """Everything the curve template needs, in the units of its viewBox."""

    width: int
    height: int
    left: int
    right: int
    top: int
    bottom: int
    bars_top: int
    bars_bottom: int
    persons: str = ""
    swabs: str = ""
    plan: str = ""
    band: str = ""
    area: str = ""
    y_ticks: list[Tick] = field(default_factory=list)
    x_ticks: list[Tick] = field(default_factory=list)
    nights: list[Box] = field(default_factory=list)
    bars: list[Box] = field(default_factory=list)
    bars_peak: str = ""
    deadline: Mark | None = None
    now: Mark | None = None
    dot_y: str = ""
    target_y: str = ""

    @property
    def view_box(self) -> str:
        return f"0 0 {self.width} {self.height}"


# One drawing cannot serve a desk, a phone and a wall: their words would come out too small.
SHAPES: dict[str, dict[str, Any]] = {
    "wide": {"width": 880, "height": 330, "left": 52, "right": 868, "top": 34, "bottom": 228},
    "short": {"width": 880, "height": 212, "left": 58, "right": 874, "top": 36, "bottom": 146},
    "narrow": {"width": 360, "height": 300, "left": 40, "right": 354, "top": 34, "bottom": 198},
}


class Plane:
    """Maps moments and counts onto the drawing area."""

    def __init__(self, chart: Chart, start: datetime, end: datetime, peak: int) -> None:
        self.chart, self.start, self.end, self.peak = chart, start, end, max(peak, 1)
        self.seconds = max((end - start).total_seconds(), 60.0)

    def x(self, moment: datetime) -> float:
        share = (moment - self.start).total_seconds() / self.seconds
        share = min(1.0, max(0.0, share))
        return self.chart.left + share * (self.chart.right - self.chart.left)

    def y(self, value: float) -> float:
        share = min(1.0, max(0.0, value / self.peak))
        return self.chart.bottom - share * (self.chart.bottom - self.chart.top)

    def path(self, points: Sequence[tuple[datetime, float]]) -> str:
        steps = [f"{number(self.x(at))} {number(self.y(value))}" for at, value in points]
        return "M" + "L".join(steps) if len(steps) > 1 else ""


def curve_chart(curve: Any, size: str = "wide") -> Chart:
    """The cumulative curve against the plan, with people per hour beneath on the same time axis."""
    shape = SHAPES[size]
    chart = Chart(**shape, bars_top=shape["bottom"] + 30, bars_bottom=shape["height"] - 6)
    start, end = _reach(curve)
    target = curve.plan[-1][1] if curve.plan else 0
    reached = max((point[1] for point in curve.points), default=0)
    swabbed = max((point[2] for point in curve.points), default=0)
    highest = max(target, reached, swabbed, 10)
    step = nice_step(highest)
    plane = Plane(chart, start, end, -(-highest * 105 // 100))
    _draw_axes(chart, plane, step, most=5 if size == "narrow" else 9)
    _draw_lines(chart, plane, curve, target)
    _draw_marks(chart, plane, curve)
    _draw_bars(chart, plane, curve)
    return chart


def _reach(curve: Any) -> tuple[datetime, datetime]:
    """The time axis: from the start to the latest of plan, deadline, now and the forecast."""
    moments = [point[0] for point in curve.points] + [point[0] for point in curve.plan]
    moments += [moment for moment in (curve.deadline, curve.now) if moment is not None]
    start = min(moments)
    end = max(moments)
    if curve.band and curve.band[1]:
        end = max(end, min(curve.band[1], end + timedelta(hours=12)))
    return start, end + (end - start) / 40


def nice_step(peak: int) -> int:
    """Four or five round grid lines below the peak."""
    raw = peak / 4
    magnitude = 10 ** (len(str(int(raw))) - 1) if raw >= 1 else 1
    for factor in (1, 2, 2.5, 5, 10):
        if magnitude * factor >= raw:
            return max(1, int(magnitude * factor))
    return max(1, int(magnitude * 10))


def _draw_axes(chart: Chart, plane: Plane, step: int, *, most: int) -> None:
    for value in range(0, plane.peak + 1, step):
        chart.y_ticks.append(Tick(number(plane.y(value)), axis(value)))
    total_hours = (plane.end - plane.start) / HOUR
    every = next((n for n in (1, 2, 3, 6, 12, 24) if total_hours / n <= most), 48)
    local = plane.start.astimezone(ZONE).replace(minute=0, second=0, microsecond=0)
    while local <= plane.end:
        if local >= plane.start:
            if local.hour % every == 0:
                midnight = local.hour == 0
                label = local.strftime("%m-%d") if midnight else clock(local)
                chart.x_ticks.append(Tick(number(plane.x(local)), label, midnight))
        local += HOUR
    _draw_nights(chart, plane)


def _draw_nights(chart: Chart, plane: Plane) -> None:
    """Night is shaded, because a flat night is expected and a flat afternoon is not."""
    day = plane.start.astimezone(ZONE).replace(hour=0, minute=0, second=0, microsecond=0)
    day -= timedelta(days=1)
    while day <= plane.end:
        dusk = day.replace(hour=NIGHT_FROM)
        dawn = day + timedelta(days=1, hours=NIGHT_TO)
        x0, x1 = plane.x(dusk), plane.x(dawn)
        if x1 - x0 > 1 and dawn > plane.start and dusk < plane.end:
            height = number(chart.bottom - chart.top)
            chart.nights.append(Box(number(x0), number(chart.top), number(x1 - x0), height))
        day += timedelta(days=1)


def _draw_lines(chart: Chart, plane: Plane, curve: Any, target: int) -> None:
    points = thin(curve.points)
    chart.persons = plane.path([(point[0], point[1]) for point in points])
    chart.swabs = plane.path([(point[0], point[2]) for point in points])
    plan = [(point[0], point[1]) for point in curve.plan]
    if plan and plan[-1][0] < plane.end:
        plan.append((plane.end, plan[-1][1]))
    chart.plan = plane.path(plan)
    if chart.persons:
        base = number(chart.bottom)
        first, last = number(plane.x(points[0][0])), number(plane.x(points[-1][0]))
        chart.area = f"{chart.persons}L{last} {base}L{first} {base}Z"
    if curve.band and points and target and all(curve.band):
        last_at, last_persons = points[-1][0], points[-1][1]
        corner = f"{number(plane.x(last_at))} {number(plane.y(last_persons))}"
        low, high = (_on_the_way(plane, last_at, last_persons, at, target) for at in curve.band)
        chart.band = f"M{corner}L{low}L{high}Z"
    if target:
        chart.target_y = number(plane.y(target))


def _on_the_way(plane: Plane, since: datetime, done: int, finish: datetime, target: int) -> str:
    """Where the line from now to the finish leaves the picture (the finish may lie beyond it)."""
    if finish <= plane.end:
        return f"{number(plane.x(finish))} {number(plane.y(target))}"
    share = (plane.end - since) / (finish - since)
    return f"{number(plane.x(plane.end))} {number(plane.y(done + (target - done) * share))}"


def _draw_marks(chart: Chart, plane: Plane, curve: Any) -> None:
    """The left one of deadline and now has its words to the left, so that they never meet."""
    now = curve.now if curve.points else None
    now_first = now is None or curve.deadline is None or now <= curve.deadline

    def mark(moment: datetime, *, left: bool) -> Mark:
        x = plane.x(moment)
        room_left = x - chart.left > ROOM_FOR_WORDS
        room_right = chart.right - x > ROOM_FOR_WORDS
        leftwards = (left and room_left) or not room_right
        return Mark(number(x), clock(moment), "end" if leftwards else "start")

    if curve.deadline is not None:
        chart.deadline = mark(curve.deadline, left=not now_first)
    if now is not None:
        chart.now = mark(min(now, plane.end), left=now_first)
        chart.dot_y = number(plane.y(curve.points[-1][1]))


def _draw_bars(chart: Chart, plane: Plane, curve: Any) -> None:
    """People per clock hour; the running hour is drawn as far as it has come."""
    hourly = per_hour(curve.points)
    if not hourly:
        return
    peak = max(people for _, people in hourly) or 1
    room = chart.bars_bottom - chart.bars_top
    for start, people in hourly:
        x0, x1 = plane.x(start), plane.x(start + HOUR)
        height = room * max(people, 0) / peak
        chart.bars.append(
            Box(
                number(x0 + 0.8),
                number(chart.bars_bottom - height),
                number(max(x1 - x0 - 1.6, 0.8)),
                number(height),
                f"{clock(start)} {count(people)}",
            )
        )
    chart.bars_peak = axis(peak) if peak >= 1000 else count(peak)


def per_hour(points: Sequence[tuple[datetime, int, int]]) -> list[tuple[datetime, int]]:
    """People first swabbed in each local clock hour, from the cumulative points."""
    totals: dict[datetime, int] = {}
    for (_, before, _s), (at, after, _t) in pairwise(points):
        # a point counts for the hour that ends at it, so 09:00 belongs to 08:00-09:00
        hour = (at - timedelta(microseconds=1)).astimezone(ZONE)
        hour = hour.replace(minute=0, second=0, microsecond=0)
        totals[hour] = totals.get(hour, 0) + after - before
    return sorted(totals.items())


def thin(points: Sequence[tuple[datetime, int, int]]) -> list[tuple[datetime, int, int]]:
    """At most ``MAX_POINTS`` points, always with the first and the last one."""
    if len(points) <= MAX_POINTS:
        return list(points)
    every = -(-len(points) // MAX_POINTS)
    kept = list(points[::every])
    if kept[-1] != points[-1]:
        kept.append(points[-1])
    return kept


@dataclass(frozen=True)
class Bar:
    """A progress bar in a 100-wide box: done, plan tick, and whether it runs over."""

    done: str
    tick: str
    over: bool


def progress_bar(share: Decimal | None, plan: Decimal | None) -> Bar:
    """Shares in percent; over 100 the bar is full and marked, never wider than its box."""
    done = min(max(float(share or 0), 0.0), 100.0)
    tick = "" if plan is None else number(min(max(float(plan), 0.0), 100.0))
    return Bar(number(done), tick, share is not None and share > 100)
