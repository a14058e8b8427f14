"""The list of points: what each has, and what its street still needs (S032, S040, S065, X10)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, Q, QuerySet

from campaigns.models import Division
from core.scope import Scope
from core.statements import run
from sites.models import SamplingPoint, SamplingUnit
from sites.models.points import Channel, QueueBand, State
from sites.queries.preparation import Preparation, preparation_of

IDLE_AFTER = timedelta(minutes=15)
"""An open unit without a capture for this long stands idle, or its device is cut off (S046)."""
QUEUE_OLD_AFTER = timedelta(minutes=45)
"""A queue report older than this says little about now."""


# Shape and colour of a state and of a queue.
_STATE_KINDS: dict[str, str] = {
    State.PLANNED: "info",
    State.OPEN: "ok",
    State.PAUSED: "warn",
    State.CLOSED: "stale",
}
_QUEUE_KINDS: dict[str, str] = {
    "": "stale",
    QueueBand.SMOOTH: "ok",
    QueueBand.BUSY: "warn",
    QueueBand.JAMMED: "crit",
}


@dataclass(frozen=True)
class Filters:
    """What the list is narrowed to; empty means all."""

    street: int | None = None
    state: str = ""
    kind: str = ""
    text: str = ""


@dataclass(frozen=True)
class ChannelCount:
    channel: str
    word: str
    open: int
    total: int


@dataclass(frozen=True)
class PointRow:
    """One line of the list."""

    point: SamplingPoint
    street: Division | None
    channels: list[ChannelCount]
    devices: int
    last_capture: datetime | None
    preparation: Preparation
    queue_is_old: bool
    words: Mapping[str, str]

    @property
    def state_kind(self) -> str:
        return _STATE_KINDS[self.point.state]

    @property
    def state_word(self) -> str:
        return self.words[self.point.state]

    @property
    def kind_word(self) -> str:
        return self.words[self.point.kind]

    @property
    def queue_kind(self) -> str:
        return "stale" if self.queue_is_old else _QUEUE_KINDS[self.point.queue_band]

    @property
    def queue_word(self) -> str:
        return self.words[self.point.queue_band]

    @property
    def units_open(self) -> int:
        return sum(channel.open for channel in self.channels)

    @property
    def units_total(self) -> int:
        return sum(channel.total for channel in self.channels)


@dataclass(frozen=True)
class Summary:
    """How many points are in each state, and how many units are open."""

    points: int
    open: int
    paused: int
    planned: int
    closed: int
    units: int
    units_open: int


def points_in(round_id: int, scope: Scope, filters: Filters) -> QuerySet[SamplingPoint]:
    """The points of a round in one's area, in the order of streets, communities and codes."""
    points = SamplingPoint.objects.within(scope).of_round(round_id)
    if filters.street is not None:
        points = points.filter(street_id=filters.street)
    if filters.state:
        points = points.filter(state=filters.state)
    if filters.kind:
        points = points.filter(kind=filters.kind)
    if filters.text:
        points = points.filter(
            Q(name__icontains=filters.text)
            | Q(code__icontains=filters.text)
            | Q(address__icontains=filters.text)
        )
    return points.select_related("community", "backup").order_by("community__code", "code", "pk")


def rows_of(points: Sequence[SamplingPoint], *, now: datetime, real: datetime) -> list[PointRow]:
    """The lines of these points: seven queries, whatever their number.

    `now` is the scenario's clock; `real` is real time, on which the tokens of devices run out.
    """
    units = list(
        SamplingUnit.objects.filter(point__in=[point.pk for point in points])
        .annotate(working=Count("devices", filter=working_devices(real)))
        .order_by("number")
    )
    by_point: dict[int, list[SamplingUnit]] = {}
    for unit in units:
        by_point.setdefault(unit.point_id, []).append(unit)
    streets = Division.objects.in_bulk({point.street_id for point in points})
    rounds = {point.round_id for point in points}
    last = last_captures(rounds, [unit.pk for unit in units])
    prepared = preparation_of(points)
    words = {
        str(value): str(word)
        for choices in (State, SamplingPoint.Kind, QueueBand, Channel)
        for value, word in choices.choices
    }
    return [
        PointRow(
            point=point,
            street=streets.get(point.street_id),
            channels=channel_counts(by_point.get(point.pk, []), words),
            devices=sum(getattr(unit, "working", 0) for unit in by_point.get(point.pk, [])),
            last_capture=_latest(by_point.get(point.pk, []), last),
            preparation=prepared[point.pk],
            queue_is_old=is_queue_old(point, now),
            words=words,
        )
        for point in points
    ]


def working_devices(real: datetime) -> Q:
    """Condition on units' devices: the token is good at `real` (real time)."""
    return Q(devices__revoked_at__isnull=True, devices__expires_at__gt=real)


def is_queue_old(point: SamplingPoint, now: datetime) -> bool:
    return point.queue_at is not None and now - point.queue_at > QUEUE_OLD_AFTER


def channel_counts(units: Iterable[SamplingUnit], words: Mapping[str, str]) -> list[ChannelCount]:
    """Units open and in all by channel; channels without a unit are left out."""
    units = list(units)
    counts = []
    for channel in Channel:
        own = [unit for unit in units if unit.channel == channel]
        if own:
            is_open = sum(unit.state == State.OPEN for unit in own)
            counts.append(ChannelCount(channel, words[channel], is_open, len(own)))
    return counts


def last_captures(round_ids: Iterable[int], unit_ids: Sequence[int]) -> dict[int, datetime]:
    """When each unit took its last valid swab in these rounds: one index look-up a unit."""
    if not unit_ids:
        return {}
    found = run(
        """SELECT u.id, max(s.at) FROM unnest(%b::int[]) AS u(id)
           CROSS JOIN unnest(%b::int[]) AS r(id)
           CROSS JOIN LATERAL (SELECT s.at FROM sites_swab s
                               WHERE s.round_id = r.id AND s.unit_id = u.id AND s.valid
                               ORDER BY s.at DESC LIMIT 1) s
           GROUP BY u.id""",
        [list(unit_ids), sorted(round_ids)],
    )
    return dict(found)


def _latest(units: Iterable[SamplingUnit], last: Mapping[int, datetime]) -> datetime | None:
    return max((last[unit.pk] for unit in units if unit.pk in last), default=None)


def summary_of(round_id: int, scope: Scope) -> Summary:
    """Counts over all points of the round in one's area, whatever the filters."""
    points = SamplingPoint.objects.within(scope).of_round(round_id)
    states = dict(points.order_by().values_list("state").annotate(Count("pk")))
    units = SamplingUnit.objects.filter(point__in=points.order_by().values("pk"))
    totals = units.aggregate(all=Count("pk"), open=Count("pk", filter=Q(state=State.OPEN)))
    return Summary(
        points=sum(states.values()),
        open=states.get(State.OPEN, 0),
        paused=states.get(State.PAUSED, 0),
        planned=states.get(State.PLANNED, 0),
        closed=states.get(State.CLOSED, 0),
        units=totals["all"],
        units_open=totals["open"],
    )
