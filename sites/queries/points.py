"""The list of points: what each has, and what its street still needs (S032, S040, S065, X10)."""

from __future__ import annotations

from collections import Counter
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
    """One line of the list; its texts are put together here, for a page shows fifty of them."""

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
    def place_text(self) -> str:
        """Code, kind, street and community."""
        place = f"{self.street.name if self.street else ''} {self.point.community.name}"
        return f"{self.point.code} · {self.words[self.point.kind]} · {place}"

    @property
    def hours_text(self) -> str:
        """From when to when it opens on a day; empty where nothing is said."""
        opens, closes = self.point.opens, self.point.closes
        return f"{opens:%H:%M}–{closes:%H:%M}" if opens and closes else ""

    @property
    def queue_kind(self) -> str:
        return "stale" if self.queue_is_old else _QUEUE_KINDS[self.point.queue_band]

    @property
    def queue_word(self) -> str:
        return self.words[self.point.queue_band]

    @property
    def channels_text(self) -> str:
        """Open units of all, channel by channel."""
        return " · ".join(f"{each.word} {each.open}/{each.total}" for each in self.channels)

    @property
    def units_text(self) -> str:
        """Open units of all."""
        return f"{sum(c.open for c in self.channels)} / {sum(c.total for c in self.channels)}"


@dataclass(frozen=True)
class Summary:
    """How many points are in each state, how many units are open, and in which streets."""

    streets: dict[int, Division]
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


def rows_of(
    points: Sequence[SamplingPoint],
    streets: Mapping[int, Division],
    *,
    now: datetime,
    real: datetime,
) -> list[PointRow]:
    """The lines of these points: four queries, whatever their number.

    `streets` are those of the summary. `now` is the scenario's clock; `real` is real time, on
    which the tokens of devices run out.
    """
    ids = [point.pk for point in points]
    words = {
        str(value): str(word)
        for choices in (State, SamplingPoint.Kind, QueueBand, Channel)
        for value, word in choices.choices
    }
    channels, devices = _desks(ids, words, real)
    last = dict(run(_LAST.format(key="point_id"), [sorted({p.round_id for p in points}), ids]))
    units = {pk: {each.channel: each.total for each in own} for pk, own in channels.items()}
    prepared = preparation_of(points, units)
    return [
        PointRow(
            point=point,
            street=streets.get(point.street_id),
            channels=channels.get(point.pk, []),
            devices=devices[point.pk],
            last_capture=last.get(point.pk),
            preparation=prepared[point.pk],
            queue_is_old=is_queue_old(point, now),
            words=words,
        )
        for point in points
    ]


def _desks(
    point_ids: Sequence[int], words: Mapping[str, str], real: datetime
) -> tuple[dict[int, list[ChannelCount]], Counter[int]]:
    """Units of these points by channel, and their devices that work: counted by the database."""
    rows = (
        SamplingUnit.objects.filter(point__in=point_ids)
        .order_by()
        .values_list("point_id", "channel")
        .annotate(
            open=Count("pk", filter=Q(state=State.OPEN), distinct=True),
            total=Count("pk", distinct=True),
            working=Count("devices", filter=working_devices(real)),
        )
    )
    channels: dict[int, list[ChannelCount]] = {}
    devices: Counter[int] = Counter()
    for point_id, channel, is_open, total, working in rows:
        count = ChannelCount(channel, words[channel], is_open, total)
        channels.setdefault(point_id, []).append(count)
        devices[point_id] += working
    order = list(Channel).index
    for own in channels.values():
        own.sort(key=lambda count: order(Channel(count.channel)))
    return channels, devices


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


_LAST = """
    SELECT u.{key}, max(s.at) FROM sites_samplingunit u
    CROSS JOIN unnest(%b::int[]) AS r(id)
    CROSS JOIN LATERAL (SELECT s.at FROM sites_swab s
                        WHERE s.round_id = r.id AND s.unit_id = u.id AND s.valid
                        ORDER BY s.at DESC LIMIT 1) s
    WHERE u.{key} = ANY(%b::int[])
    GROUP BY u.{key}"""


def last_captures(round_ids: Iterable[int], unit_ids: Sequence[int]) -> dict[int, datetime]:
    """When each unit took its last valid swab in these rounds: one index look-up a unit."""
    if not unit_ids:
        return {}
    return dict(run(_LAST.format(key="id"), [sorted(round_ids), list(unit_ids)]))


def summary_of(round_id: int, scope: Scope) -> Summary:
    """Counts over all points of the round in one's area, whatever the filters."""
    points = SamplingPoint.objects.within(scope).of_round(round_id).order_by()
    rows = points.values_list("street_id", "state").annotate(
        points=Count("pk", distinct=True),
        all_units=Count("units"),
        open_units=Count("units", filter=Q(units__state=State.OPEN)),
    )
    states: Counter[str] = Counter()
    streets: set[int] = set()
    units = units_open = 0
    for street_id, state, count, all_units, open_units in rows:
        streets.add(street_id)
        states[state] += count
        units += all_units
        units_open += open_units
    return Summary(
        streets={
            street.pk: street for street in Division.objects.filter(pk__in=streets).order_by("code")
        },
        points=states.total(),
        open=states[State.OPEN],
        paused=states[State.PAUSED],
        planned=states[State.PLANNED],
        closed=states[State.CLOSED],
        units=units,
        units_open=units_open,
    )
