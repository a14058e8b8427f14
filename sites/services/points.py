"""Points are added, edited, opened, paused and closed; each step is audited."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, time
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from campaigns.models import Division, Round
from campaigns.models.divisions import Level
from core import audit
from core.constraints import readable
from core.inputs import Conflict as Contradiction
from core.inputs import Refused
from core.scope import Scope
from sites.models import PointStateChange, SamplingPoint
from sites.models.points import State
from sites.queries.preparation import preparation_of
from sites.services.finding import locked_point, refuse_closed_round
from sites.services.units import NEEDS_REASON, TRANSITIONS, follow_point, set_unit_counts

# What a point is called, where it lies and who heads it stays out of the audit trail.
_UNTRACED = frozenset({"name", "address", "lead_name", "lead_phone", "serves", "community"})
_FLAGS = ("has_power", "has_cover", "has_network", "has_step_free_lane")


@dataclass(frozen=True)
class PointDetails:
    """What people say about a point. Times are local; an end before the start is the next day."""

    code: str
    name: str
    community: Division
    kind: str = SamplingPoint.Kind.TEMPORARY
    address: str = ""
    opens: time | None = None
    closes: time | None = None
    lead_name: str = ""
    lead_phone: str = ""
    has_power: bool = False
    has_cover: bool = False
    has_network: bool = False
    has_step_free_lane: bool = False
    backup: SamplingPoint | None = None
    serves: Sequence[Division] = field(default_factory=tuple)


@transaction.atomic
def add_point(
    *,
    round_id: int,
    details: PointDetails,
    units: Mapping[str, int],
    scope: Scope,
    by: str,
    at: datetime,
) -> tuple[SamplingPoint, bool]:
    """Add a point with so many units of each channel; returns it and whether it is new.

    The same code, name and community again give the point that is there, so that a form sent
    twice makes one. Raises Refused.
    """
    refuse_closed_round(round_id)
    _check(details, round_id, scope)
    known = SamplingPoint.objects.filter(round_id=round_id, code=details.code).first()
    if known and (known.name, known.community_id) == (details.name, details.community.pk):
        return known, False
    point = SamplingPoint(
        round_id=round_id,
        street_id=_street_of(details.community),
        district_id=_district_of(details.community),
    )
    _take(point, details)
    _save(point)
    point.serves.set(details.serves)
    set_unit_counts(point_id=point.pk, wanted=units, scope=scope, by=by, at=at)
    _note(point, act="point.add", by=by, at=at, code=point.code, kind=point.kind)
    return point, True


@transaction.atomic
def edit_point(
    *, point_id: int, details: PointDetails, scope: Scope, by: str, at: datetime
) -> SamplingPoint:
    """Change what is said about a point. Raises Refused.

    Communities that the caller does not see stay served, and a backup point that the caller does
    not see stays unless another is chosen: nobody takes away what they cannot see.
    """
    point = locked_point(point_id, scope)
    refuse_closed_round(point.round_id)
    unseen_backup = _unseen_backup(point, details, scope)
    if unseen_backup is not None:
        details = replace(details, backup=None)
    _check(details, point.round_id, scope)
    street = _street_of(details.community)
    if street != point.street_id and point.state != State.PLANNED:
        raise Contradiction(
            "point_moved", _("A point that has opened stays in its street; add another one.")
        ).at("community")
    before = _traced(point)
    _take(point, details)
    point.backup = unseen_backup or point.backup
    point.street_id = street
    _save(point)
    point.units.update(street_id=street)
    unseen = point.serves.exclude(pk__in=Division.objects.within(scope).values("pk"))
    point.serves.set([*details.serves, *unseen])
    _note(point, act="point.edit", by=by, at=at, changed=audit.changes(before, _traced(point)))
    return point


@transaction.atomic
def change_point_state(
    *,
    point_id: int,
    to: str,
    reason: str,
    scope: Scope,
    by: str,
    at: datetime,
    with_units: bool = True,
) -> SamplingPoint:
    """Open, pause or close a point. Asking for the state it is in changes nothing.

    A point opens only when its areas and its checklist are met; what is missing is said. Opening
    it `with_units` opens those that are planned or paused; pausing and closing it always takes
    its open units along. Raises Refused.
    """
    point = locked_point(point_id, scope)
    if point.state == to:
        return point
    refuse_closed_round(point.round_id)
    if to not in TRANSITIONS[point.state]:
        raise Contradiction(
            "point_step",
            _("A point that is %(now)s cannot become %(to)s."),
            now=State(point.state).label,
            to=State(to).label,
        )
    if to in NEEDS_REASON and not reason:
        raise Refused("reason_missing", _("Say why the point pauses or closes."))
    if to == State.OPEN:
        _refuse_unprepared(point)
    before, point.state = point.state, to
    point.save(update_fields=["state"])
    PointStateChange.objects.create(
        point=point, from_state=before, to_state=to, reason=reason, at=at, by=by
    )
    moved = follow_point(point, to=to, reason=reason, by=by, at=at) if _takes(to, with_units) else 0
    _note(point, act="point.state", by=by, at=at, before=before, after=str(to), units=moved)
    return point


def details_of(point_id: int, scope: Scope) -> PointDetails:
    """What is said about a point now, locked until the transaction ends. Raises Unknown."""
    point = locked_point(point_id, scope)
    seen = Division.objects.within(scope).filter(served_by=point)
    plain = {name: getattr(point, name) for name in PointDetails.__dataclass_fields__}
    return PointDetails(**plain | {"serves": tuple(seen)})


def _takes(to: str, with_units: bool) -> bool:
    return with_units or to != State.OPEN


def _refuse_unprepared(point: SamplingPoint) -> None:
    missing = preparation_of([point])[point.pk].missing
    if missing:
        raise Contradiction(
            "point_not_ready",
            _("The point cannot open yet. Still missing: %(missing)s."),
            missing="; ".join(missing),
        )


def _check(details: PointDetails, round_id: int, scope: Scope) -> None:
    home = details.community
    if home.level != Level.COMMUNITY or not _seen([home], scope):
        raise Refused("community_unknown", _("Choose a community of your area.")).at("community")
    if not Round.objects.filter(pk=round_id, campaign__district_id=home.district_id).exists():
        raise Refused("round_other_district", _("This round belongs to another district."))
    if details.serves and not _seen(tuple(details.serves), scope):
        raise Refused("serves_unknown", _("Choose communities of your area.")).at("serves")
    backup = details.backup
    if backup is not None and (
        backup.round_id != round_id
        or not SamplingPoint.objects.within(scope).filter(pk=backup.pk).exists()
    ):
        raise Refused("backup_unknown", _("Choose a backup point of this round in your area.")).at(
            "backup"
        )
    if (details.opens is None) != (details.closes is None):
        raise Refused(
            "hours_together", _("Give both the opening and the closing time, or none.")
        ).at("closes")


def _unseen_backup(
    point: SamplingPoint, details: PointDetails, scope: Scope
) -> SamplingPoint | None:
    """The backup that stays because the caller neither sees it nor names another."""
    backup = point.backup
    if backup is None or details.backup not in (None, backup):
        return None
    seen = SamplingPoint.objects.within(scope).filter(pk=backup.pk).exists()
    return None if seen else backup


def _seen(divisions: Sequence[Division], scope: Scope) -> bool:
    ids = {division.pk for division in divisions}
    return Division.objects.within(scope).filter(pk__in=ids).count() == len(ids)


def _street_of(community: Division) -> int:
    if community.street_id is None:
        raise Refused("community_unknown", _("Choose a community of your area.")).at("community")
    return community.street_id


def _district_of(community: Division) -> int:
    if community.district_id is None:
        raise Refused("community_unknown", _("Choose a community of your area.")).at("community")
    return community.district_id


def _take(point: SamplingPoint, details: PointDetails) -> None:
    point.code, point.name, point.kind = details.code, details.name, details.kind
    point.community, point.address, point.backup = (
        details.community,
        details.address,
        details.backup,
    )
    point.opens, point.closes = details.opens, details.closes
    point.lead_name, point.lead_phone = details.lead_name, details.lead_phone
    for flag in _FLAGS:
        setattr(point, flag, getattr(details, flag))


def _save(point: SamplingPoint) -> None:
    try:
        with transaction.atomic():
            point.save()
    except IntegrityError as broken:
        raise readable(broken) from None


def _traced(point: SamplingPoint) -> dict[str, Any]:
    names = [name for name in PointDetails.__dataclass_fields__ if name not in _UNTRACED]
    values = {name: getattr(point, name) for name in names if name != "backup"}
    return {**values, "backup": point.backup_id, "community_id": point.community_id}


def _note(point: SamplingPoint, *, act: str, by: str, at: datetime, **summary: Any) -> None:
    audit.record(
        by=by,
        at=at,
        act=act,
        object_type="point",
        object_id=point.pk,
        district_id=point.district_id,
        street_id=point.street_id,
        **summary,
    )
