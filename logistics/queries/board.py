"""The dispatch board (S9): one street's points by hours, what is needed, booked and missing."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, Q, QuerySet

from campaigns.models import Round
from core import clock
from core.scope import Scope
from logistics.queries.lanes import Lane
from logistics.queries.supply import need_and_supply, spot_of
from logistics.queries.sweep import Frame, Moment, Run, Stretch, moments, runs
from personnel.models import DutyPlace, DutyRole, Shift
from sites.models import SamplingPoint

BACK = timedelta(hours=2)
LENGTH = timedelta(hours=24)
STEPS = (30, 60, 120)
K = DutyPlace.Kind
NOT_ROWS = (K.UNIT, K.VEHICLE)


@dataclass
class Row:
    """A point with its units, or a place that stands alone. `place_id` is where people are
    booked; a point that nobody was ever booked for has none yet."""

    key: str
    name: str
    place_id: int | None
    point_id: int | None
    community_id: int | None
    units: int = 0
    kind: str = K.POINT
    runs: list[Run] = field(default_factory=list)
    now: Moment | None = None
    sources: list[str] = field(default_factory=list)
    lanes: list[Lane] = field(default_factory=list)

    @property
    def stated(self) -> bool:
        """Whether a need is stated for any hour that is shown."""
        return any(run.worst.needed for run in self.runs)


def frame_at(now: datetime, *, minutes: int = 60, begins: datetime | None = None) -> Frame:
    """Twenty-four hours from two hours ago on, or from a chosen hour, in columns of `minutes`."""
    step = timedelta(minutes=minutes)
    start = begins or now - BACK
    local = clock.local(start)
    past = timedelta(hours=local.hour, minutes=local.minute) % step
    even = start.replace(second=0, microsecond=0) - past
    return Frame(even, step, int(LENGTH / step))


def running_round(scope: Scope, district_id: int | None = None) -> Round | None:
    """The round whose points are shown: the latest that takes samples, else the next one."""
    found = Round.objects.within(scope).filter(is_template=False)
    if district_id:
        found = found.filter(campaign__district_id=district_id)
    for state in (Round.State.RUNNING, Round.State.READY, Round.State.CLOSING):
        if hit := found.filter(state=state).order_by("-starts_at", "-pk").first():
            return hit
    return None


def roles_of(scope: Scope) -> dict[int, DutyRole]:
    """The duty roles of one's area, in their district's own order.

    A scope of streets has no district of its own: it reads the roles its places are staffed in.
    """
    roles = DutyRole.objects.within(scope)
    if not roles and scope.streets:
        roles = DutyRole.objects.filter(
            district_id__in=DutyPlace.objects.within(scope).values("district_id")
        )
    return {role.pk: role for role in roles}


def street_rows(
    scope: Scope,
    frame: Frame,
    *,
    round_id: int | None,
    street_id: int | None,
    role_id: int | None = None,
    now: datetime,
) -> list[Row]:
    """A street's points and other places in a fixed order; without a street, the district's own
    posts (command, checkpoints). Five statements, however many rows."""
    rows = board_rows(scope, round_id, street_id)
    where = Q(place__street_id=street_id) if street_id else Q(place__street_id__isnull=True)
    needs, supply = need_and_supply(
        scope, (frame.starts_at, frame.ends_at), role_id=role_id,
        street_ids=[street_id] if street_id else None,
        place_ids=None if street_id else [row.place_id for row in rows if row.place_id],
    )  # fmt: skip
    needed, booked = _by_spot(needs), _by_spot(supply)
    for row in rows:
        own = needed.get(row.key, []), booked.get(row.key, [])
        row.runs = runs(*own, frame)
        row.now = moments(*own, starts_at=now, ends_at=now + timedelta(minutes=1))[0]
    # Work all over a street is a row where somebody needs it or does it, and nowhere else.
    rows = [row for row in rows if row.kind != K.STREET or row.key in needed or row.key in booked]
    _add_sources(scope, where, frame, rows)
    return rows


def board_rows(scope: Scope, round_id: int | None, street_id: int | None) -> list[Row]:
    """The rows of a street, or of the district's own posts, before anything is counted."""
    places = DutyPlace.objects.within(scope).filter(street_id=street_id, closed_at__isnull=True)
    points: QuerySet[Any] = SamplingPoint.objects.none()
    if street_id and round_id:
        points = SamplingPoint.objects.within(scope).filter(round_id=round_id, street_id=street_id)
    of_points = dict(places.filter(kind=K.POINT).values_list("point_id", "pk"))
    found = [
        Row(
            spot_of(0, pk), name, of_points.get(pk), pk, community, units,
        )
        for pk, name, community, units in points.order_by("code")
        .annotate(n=Count("units")).values_list("pk", "name", "community_id", "n")
    ]  # fmt: skip
    for place in places.exclude(kind__in=[*NOT_ROWS, K.POINT]).order_by("kind", "name", "pk"):
        found.append(
            Row(spot_of(place.pk, None), str(place), place.pk, None, None, kind=place.kind)
        )
    return found


def _by_spot(stretches: list[Stretch]) -> dict[str, list[Stretch]]:
    found: dict[str, list[Stretch]] = defaultdict(list)
    for each in stretches:
        found[each.spot].append(each)
    return found


def _add_sources(scope: Scope, where: Q, frame: Frame, rows: list[Row]) -> None:
    """What each row's need was reckoned from, in the words it was stated with."""
    said: dict[str, list[str]] = defaultdict(list)
    stated = (
        Shift.objects.within(scope)
        .filter(where, starts_at__lt=frame.ends_at, ends_at__gt=frame.starts_at)
        .exclude(basis="")
        .order_by("basis")
        .values_list("place_id", "place__point_id", "basis")
        .distinct()
    )
    for place, point, basis in stated:
        said[spot_of(place, point)].append(basis)
    for row in rows:
        row.sources = said.get(row.key, [])


def place_names(scope: Scope, place: DutyPlace) -> list[tuple[str, str]]:
    """Where else in the same street (or among the district's posts) somebody could be sent."""
    round_id = place.point.round_id if place.point else None
    if round_id is None and (running := running_round(scope, place.district_id)):
        round_id = running.pk
    return [(row.key, row.name) for row in board_rows(scope, round_id, place.street_id)]
