"""The queue of buildings of a point, and what to do next about it (S044-S046, S048)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from campaigns.models import Division, PopulationGroup
from core.scope import Scope
from core.statements import run
from sites.models import BuildingCall, BuildingNotice, SamplingPoint, SamplingUnit
from sites.models.points import QueueBand, State
from sites.queries.points import is_queue_old, last_captures
from sites.queries.unit_day import silence_of

Building = tuple[int, str]
"""A community's id and a building as the register names it."""


@dataclass(frozen=True)
class Household:
    """People of a building: on the register, sampled in the round, to be knocked for."""

    residents: int
    sampled: int
    knock: int


@dataclass(frozen=True)
class CallRow:
    """One building in the queue as the page shows it."""

    call: BuildingCall
    community: str
    people: Household
    notices: list[BuildingNotice]
    is_first: bool
    is_last: bool

    @property
    def state(self) -> str:
        if self.call.done_at is not None:
            return "done"
        return "called" if self.call.called_at is not None else "waiting"

    @property
    def given(self) -> set[str]:
        return {notice.kind for notice in self.notices}

    @property
    def left(self) -> int:
        """People of the building not sampled yet; never below nought."""
        return max(self.people.residents - self.people.sampled, 0)


@dataclass(frozen=True)
class Advice:
    """What to do next, and why: go, wait, stop or ask."""

    kind: str
    title: str | Promise
    words: str | Promise


@dataclass(frozen=True)
class Desk:
    """An open unit that stands idle."""

    unit: SamplingUnit
    silence: timedelta


@dataclass(frozen=True)
class CallSheet:
    """Everything that the page of one point's call-up shows."""

    waiting: list[CallRow] = field(default_factory=list)
    called: list[CallRow] = field(default_factory=list)
    done: list[CallRow] = field(default_factory=list)
    idle: list[Desk] = field(default_factory=list)
    units_open: int = 0
    units_spare: int = 0
    without_building: int = 0

    @property
    def next(self) -> CallRow | None:
        return self.waiting[0] if self.waiting else None

    @property
    def is_empty(self) -> bool:
        return not (self.waiting or self.called or self.done)


def communities_of(point: SamplingPoint, scope: Scope) -> list[Division]:
    """The communities that the point serves and the caller sees; its own if none is named."""
    served = list(point.serves.all()) or [point.community]
    ids = [division.pk for division in served]
    return list(Division.objects.within(scope).filter(pk__in=ids).order_by("code"))


def households(point: SamplingPoint, communities: Sequence[Division]) -> dict[Building, Household]:
    """People by building of these communities; residents without a building under ''."""
    knock = PopulationGroup.objects.filter(
        district_id=point.district_id, needs_knock=True
    ).values_list("code", flat=True)
    found = run(
        """SELECT r.community_id, r.building, count(*),
                  count(*) FILTER (WHERE c.first_at IS NOT NULL),
                  count(*) FILTER (WHERE r.groups ?| %(knock)s::text[])
           FROM campaigns_resident r
           LEFT JOIN sites_coverage c ON c.round_id = %(round)s AND c.person_key = r.person_key
           WHERE r.community_id = ANY (%(communities)s::int[])
           GROUP BY r.community_id, r.building""",
        {
            "knock": list(knock),
            "round": point.round_id,
            "communities": [division.pk for division in communities],
        },
    )
    return {
        (community, building): Household(people, sampled, knocked)
        for community, building, people, sampled, knocked in found
    }


def call_sheet(point: SamplingPoint, scope: Scope, now: datetime) -> CallSheet:
    """The queue of a point with people, notices and desks: a fixed number of queries."""
    communities = communities_of(point, scope)
    people = households(point, communities)
    calls = list(
        BuildingCall.objects.within(scope)
        .filter(point=point)
        .select_related("community")
        .prefetch_related("notices")
        .order_by("position")
    )
    rows = _rows(calls, people)
    units = list(point.units.order_by("number"))
    last = last_captures([point.round_id], [unit.pk for unit in units])
    silent = [(unit, silence_of(unit, last.get(unit.pk), now)) for unit in units]
    return CallSheet(
        waiting=[row for row in rows if row.state == "waiting"],
        called=[row for row in rows if row.state == "called"],
        done=[row for row in rows if row.state == "done"],
        idle=[Desk(unit, silence) for unit, silence in silent if silence is not None],
        units_open=sum(unit.state == State.OPEN for unit in units),
        units_spare=sum(unit.state in (State.PLANNED, State.PAUSED) for unit in units),
        without_building=sum(who.residents for (_c, name), who in people.items() if not name),
    )


def _rows(calls: Sequence[BuildingCall], people: dict[Building, Household]) -> list[CallRow]:
    waiting = [call.pk for call in calls if call.called_at is None]
    return [
        CallRow(
            call=call,
            community=call.community.name,
            people=people.get((call.community_id, call.building), Household(call.residents, 0, 0)),
            notices=sorted(call.notices.all(), key=lambda notice: notice.at),
            is_first=bool(waiting) and call.pk == waiting[0],
            is_last=bool(waiting) and call.pk == waiting[-1],
        )
        for call in calls
    ]


def advise(point: SamplingPoint, sheet: CallSheet, now: datetime) -> Advice:
    """Whether to call the next building, by the state of the point and its last queue report."""
    if point.state != State.OPEN:
        return Advice(
            "stop",
            _("Do not call yet: the point is not open"),
            _("Announce the slots in the groups; call once the point is open."),
        )
    if not sheet.units_open:
        return Advice(
            "stop", _("Do not call: no unit is open"), _("Open a unit of the point first.")
        )
    if not point.queue_band or is_queue_old(point, now):
        return Advice(
            "ask",
            _("First ask how long the queue is"),
            _("The last report is too old to say. One tap below, then call."),
        )
    if point.queue_band == QueueBand.JAMMED:
        return _jammed(point, sheet)
    if point.queue_band == QueueBand.BUSY:
        return Advice(
            "wait",
            _("Wait: people stand 26 to 49 minutes"),
            _("Call the next building when the queue is down to 25 minutes."),
        )
    if sheet.next is None:
        return Advice("go", _("Nobody waits to be called"), _("All buildings have been called."))
    return Advice(
        "go",
        _("Call the next building now"),
        _("The queue is short: units would stand idle without it."),
    )


def _jammed(point: SamplingPoint, sheet: CallSheet) -> Advice:
    words: str | Promise = _("Every unit is open. Ask the street for another unit.")
    if sheet.units_spare:
        words = _("Open one more unit: some are planned or paused. Call again at 25 minutes.")
    elif point.backup_id:
        words = _("Every unit is open. Send the next buildings to the backup point.")
    return Advice("stop", _("Do not call: people stand 50 minutes or more"), words)
