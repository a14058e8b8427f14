"""What is needed where and when: stated by template for points, by hand for posts; replaced whole.

Stating the same again changes nothing. What was needed before now stays as it was.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Count, Q
from django.utils.translation import gettext_lazy as _

from core import audit
from core.constraints import readable
from core.inputs import Refused
from core.locks import named_lock
from core.scope import Scope
from personnel.models import DutyPlace, Shift
from personnel.services.duty_locks import told_when_busy
from personnel.services.duty_rules import refuse_span, role_of
from personnel.services.places import locked_place
from personnel.services.templates import Need, Norms, template_of
from sites.models import SamplingPoint
from sites.models.points import State
from sites.services.finding import Unknown

LONGEST = timedelta(days=31)
"""Further ahead nobody plans shifts; a longer time is a slip in a date."""
MOST_SHIFTS = 24
MOST_PEOPLE = 200

Span = tuple[datetime, datetime]


@dataclass
class Stated:
    """What stating needs has changed, in shifts."""

    made: int = 0
    removed: int = 0
    same: int = 0
    places: int = 0

    @property
    def changed(self) -> bool:
        return bool(self.made or self.removed)


@dataclass
class _Change:
    """Rows to write and to take away, over all places of one act."""

    at: datetime
    new: list[Shift] = field(default_factory=list)
    gone: list[int] = field(default_factory=list)
    same: int = 0


def cut(starts_at: datetime, ends_at: datetime, shifts: int) -> list[Span]:
    """A stretch cut into equal shifts; whole minutes, the last one takes the rest."""
    refuse_span(starts_at, ends_at)
    if ends_at - starts_at > LONGEST:
        raise Refused("span_long", _("At most 31 days are planned at once.")).at("ends_at")
    if not 1 <= shifts <= MOST_SHIFTS * LONGEST.days:
        raise Refused("shift_count", _("Cut the time into fewer shifts.")).at("shifts")
    minutes = int((ends_at - starts_at) / shifts / timedelta(minutes=1))
    if not minutes:
        raise Refused("shift_count", _("Cut the time into fewer shifts.")).at("shifts")
    bounds = [starts_at + n * timedelta(minutes=minutes) for n in range(shifts)] + [ends_at]
    return list(pairwise(bounds))


@told_when_busy()
@transaction.atomic
def state_points(
    *,
    template: str,
    starts_at: datetime,
    ends_at: datetime,
    shifts: int | None = None,
    round_id: int | None = None,
    street_id: int | None = None,
    point_ids: Collection[int] | None = None,
    scope: Scope,
    by: str,
    at: datetime,
) -> Stated:
    """State what points need in a stretch of time by a template: chosen points, or a street's.

    All that was stated for that time at those points is replaced from now on. Raises Refused: 404
    if none of the points is in the scope.
    """
    chosen = template_of(template)
    spans = cut(starts_at, ends_at, shifts or chosen.shifts)
    points = _points(scope, round_id, street_id, point_ids)
    for street in sorted({point.street_id for point in points}):
        named_lock(f"needs/{street}")
    places = _places_of(points)
    norms = {district: Norms.of(district) for district in {p.district_id for p in points}}
    wanted = {
        places[point.pk]: chosen.reckon(norms[point.district_id], point.desks) for point in points
    }
    stated = _replace(wanted, spans, roles=None, at=at)
    if stated.changed:
        _note_points(points, stated, spans, by=by, at=at, template=template)
    return stated


@told_when_busy()
@transaction.atomic
def state_post(
    *,
    place_id: int,
    needs: Mapping[int, int],
    starts_at: datetime,
    ends_at: datetime,
    shifts: int = 1,
    basis: str = "",
    scope: Scope,
    by: str,
    at: datetime,
) -> Stated:
    """State how many of each role one place needs, cut into shifts; 0 takes a role's need away.

    Other roles stay as they are. A unit has no needs of its own. Raises Refused.
    """
    spans = cut(starts_at, ends_at, shifts)
    place = locked_place(place_id, scope)
    if place.kind == DutyPlace.Kind.UNIT:
        raise Refused("need_at_unit", _("What is needed is stated at the point, not at its units."))
    named_lock(f"needs/{place.street_id}")
    for role_id, people in needs.items():
        role_of(role_id, place.district_id)
        if not 0 <= people <= MOST_PEOPLE:
            raise Refused("need_count", _("Between 0 and %(most)s people."), most=MOST_PEOPLE)
    wanted = {place: [Need(role, people, basis[:200]) for role, people in needs.items() if people]}
    stated = _replace(wanted, spans, roles=set(needs), at=at)
    if stated.changed:
        _note(place, "need.state", stated, spans, by=by, at=at, needs=sum(needs.values()))
    return stated


def _points(
    scope: Scope, round_id: int | None, street_id: int | None, point_ids: Collection[int] | None
) -> list[Any]:
    points = SamplingPoint.objects.within(scope).exclude(state=State.CLOSED)
    if round_id is not None:
        points = points.filter(round_id=round_id)
    if street_id is not None:
        points = points.filter(street_id=street_id)
    if point_ids is not None:
        points = points.filter(pk__in=list(point_ids))
    if street_id is None and point_ids is None:
        raise Refused("points_missing", _("Choose points or a street."))
    desks = Count("units", filter=~Q(units__state=State.CLOSED))
    found = list(points.annotate(desks=desks).order_by("pk"))
    if not found:
        raise Unknown("point_unknown", _("There is no such point in your area."))
    return found


def _places_of(points: Sequence[SamplingPoint]) -> dict[int, DutyPlace]:
    """The places of points by point; those that are missing are made together."""
    kind = DutyPlace.Kind.POINT
    DutyPlace.objects.bulk_create(
        (
            DutyPlace(kind=kind, point=p, district_id=p.district_id, street_id=p.street_id)
            for p in points
        ),
        ignore_conflicts=True,
    )
    rows = DutyPlace.objects.filter(kind=kind, point__in=points).select_related("point")
    return {row.point_id: row for row in rows if row.point_id is not None}


def _replace(
    wanted: Mapping[DutyPlace, Sequence[Need]],
    spans: Sequence[Span],
    *,
    roles: set[int] | None,
    at: datetime,
) -> Stated:
    """Put the wanted needs in the place of all needs of these roles in the spans, from `at` on."""
    start, end = max(spans[0][0], at), spans[-1][1]
    if end <= start:
        raise Refused("span_over", _("That time is over.")).at("ends_at")
    known = Shift.objects.filter(place__in=list(wanted), starts_at__lt=end, ends_at__gt=start)
    if roles is not None:
        known = known.filter(role__in=roles)
    by_place: dict[int, list[Shift]] = {}
    for shift in known.order_by("starts_at"):
        by_place.setdefault(shift.place_id, []).append(shift)
    change = _Change(at)
    for place, needs in wanted.items():
        rows = [_shift(place, need, span) for need in needs for span in spans if span[1] > at]
        _compare(by_place.get(place.pk, []), rows, (start, end), change)
    Shift.objects.filter(pk__in=change.gone).delete()
    try:
        with transaction.atomic():
            Shift.objects.bulk_create(change.new)
    except IntegrityError as error:
        raise readable(error) from error
    made, removed = len(change.new), len(change.gone)
    return Stated(made=made, removed=removed, same=change.same, places=len(wanted))


def _compare(known: Iterable[Shift], rows: list[Shift], window: Span, change: _Change) -> None:
    """Keep what is stated already, cut the rest out of the window, add what is new."""
    start, end = window
    left = list(rows)
    for shift in known:
        same = next((row for row in left if _same(shift, row, start)), None)
        if same is not None:
            left.remove(same)
            change.same += 1
            continue
        change.gone.append(shift.pk)
        if shift.starts_at < start:
            change.new.append(_remnant(shift, shift.starts_at, start))
        if shift.ends_at > end:
            change.new.append(_remnant(shift, end, shift.ends_at))
    for row in left:
        # Before now nothing is stated after the fact.
        row.starts_at = max(row.starts_at, start)
    change.new += left


def _same(shift: Shift, row: Shift, start: datetime) -> bool:
    """Whether a stored need says what the row says for the time from `start` on."""
    begun = row.starts_at <= shift.starts_at <= max(row.starts_at, start)
    alike = (shift.role_id, shift.needed) == (row.role_id, row.needed)
    return alike and begun and shift.ends_at == row.ends_at


def _shift(place: DutyPlace, need: Need, span: Span) -> Shift:
    return Shift(
        place=place,
        district_id=place.district_id,
        street_id=place.street_id,
        round_id=place.point.round_id if place.point is not None else None,
        role_id=need.role_id,
        starts_at=span[0],
        ends_at=span[1],
        needed=need.people,
        basis=need.basis,
    )


def _remnant(shift: Shift, starts_at: datetime, ends_at: datetime) -> Shift:
    return Shift(
        place_id=shift.place_id, district_id=shift.district_id, street_id=shift.street_id,
        round_id=shift.round_id, role_id=shift.role_id, starts_at=starts_at, ends_at=ends_at,
        needed=shift.needed, basis=shift.basis,
    )  # fmt: skip


def _note(
    place: DutyPlace, act: str, stated: Stated, spans: Sequence[Span], *, by: str, at: datetime,
    **summary: Any,
) -> None:  # fmt: skip
    audit.record(
        by=by,
        at=at,
        act=act,
        object_type="duty_place",
        object_id=place.pk,
        district_id=place.district_id,
        street_id=place.street_id,
        **_sums(stated, spans),
        **summary,
    )


def _note_points(
    points: Sequence[SamplingPoint], stated: Stated, spans: Sequence[Span], *, by: str,
    at: datetime, template: str,
) -> None:  # fmt: skip
    streets = {point.street_id for point in points}
    audit.record(
        by=by,
        at=at,
        act="need.template",
        object_type="point" if len(points) == 1 else "street",
        object_id=points[0].pk if len(points) == 1 else points[0].street_id,
        district_id=points[0].district_id,
        street_id=points[0].street_id if len(streets) == 1 else None,
        template=template,
        points=len(points),
        **_sums(stated, spans),
    )


def _sums(stated: Stated, spans: Sequence[Span]) -> dict[str, Any]:
    return {
        "made": stated.made,
        "removed": stated.removed,
        "starts": spans[0][0].isoformat(),
        "ends": spans[-1][1].isoformat(),
        "shifts": len(spans),
    }
