"""Buildings are lined up, announced, called and finished, each step with its time (S044, S045)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from campaigns.norms import norms_of
from core import audit
from core.inputs import Conflict as Contradiction
from core.inputs import Refused
from core.locks import named_lock
from core.scope import Scope
from sites.models import BuildingCall, BuildingNotice, SamplingPoint
from sites.models.points import State
from sites.queries.callup import Building, Household, communities_of, households
from sites.services.finding import Unknown, locked_point, refuse_closed_round
from sites.services.slots import plan_slots


@dataclass(frozen=True)
class Built:
    """What lining up brought: buildings added, and people whose building nobody wrote down."""

    added: int
    without_building: int


@transaction.atomic
def build_queue(*, point_id: int, scope: Scope, by: str, at: datetime) -> Built:
    """Line up the buildings of the communities that a point serves, and plan their slots.

    Buildings that stand in a queue of the round already keep their place; run again, it adds
    what the register has gained and counts people anew. Raises Refused.
    """
    point = locked_point(point_id, scope)
    refuse_closed_round(point.round_id)
    # Two points may serve one community: the second finds what the first has lined up.
    named_lock(f"call-up {point.round_id}")
    people = households(point, communities_of(point, scope))
    standing = {
        (call.community_id, call.building): call
        for call in BuildingCall.objects.filter(round_id=point.round_id)
    }
    new = sorted((key for key in people if key[1] and key not in standing), key=_natural)
    last = max((c.position for c in standing.values() if c.point_id == point.pk), default=0)
    BuildingCall.objects.bulk_create(
        BuildingCall(
            point=point,
            round_id=point.round_id,
            community_id=community,
            building=building,
            position=position,
            residents=people[community, building].residents,
        )
        for position, (community, building) in enumerate(new, last + 1)
    )
    _recount([c for c in standing.values() if c.point_id == point.pk], people)
    _plan(point, at)
    if new:
        _note(point, act="callup.build", by=by, at=at, buildings=len(new))
    without = sum(who.residents for (_c, name), who in people.items() if not name)
    return Built(len(new), without)


@transaction.atomic
def move_building(*, call_id: int, up: bool, scope: Scope, by: str, at: datetime) -> None:
    """Change places with the neighbour that also waits; slots follow. Raises Refused."""
    call = _locked(call_id, scope)
    if call.called_at is not None:
        raise Contradiction("call_called", _("This building was called already."))
    waiting = list(
        BuildingCall.objects.filter(point=call.point, called_at=None).order_by("position")
    )
    index = next(i for i, other in enumerate(waiting) if other.pk == call.pk)
    target = index - 1 if up else index + 1
    if not 0 <= target < len(waiting):
        return
    mine, other = waiting[index], waiting[target]
    mine.position, other.position = other.position, mine.position
    BuildingCall.objects.bulk_update([mine, other], ["position"])
    _plan(call.point, at)
    _note(call.point, act="callup.move", by=by, at=at, call=call.pk, position=mine.position)


@transaction.atomic
def give_notice(*, call_id: int, kind: str, scope: Scope, by: str, at: datetime) -> None:
    """Note that a building was told, and by which of the three ways.

    At an open point this calls the building. Before it opens, a message to the building's group
    announces the slot and calls nobody; the other two ways would bring people to a closed gate
    and are refused. The same notice again changes nothing. Raises Refused.
    """
    call = _locked(call_id, scope)
    if kind not in BuildingNotice.Kind.values:
        raise Refused("notice_unknown", _("Choose how the building is told."))
    is_open = call.point.state == State.OPEN
    if not is_open and kind != BuildingNotice.Kind.GROUP_MESSAGE:
        raise Contradiction(
            "point_not_open",
            _("The point is not open; only the group message can announce the slot."),
        )
    if call.done_at is not None:
        return
    _notice, made = BuildingNotice.objects.get_or_create(
        call=call, kind=kind, defaults={"at": at, "by": by}
    )
    if is_open and call.called_at is None:
        call.called_at = at
        call.save(update_fields=["called_at"])
    elif not made:
        return
    _note(call.point, act="callup.notice", by=by, at=at, call=call.pk, kind=kind)


@transaction.atomic
def finish_building(*, call_id: int, scope: Scope, by: str, at: datetime) -> None:
    """Note that the people of a called building have been through. Raises Refused."""
    call = _locked(call_id, scope)
    if call.done_at is not None:
        return
    if call.called_at is None:
        raise Contradiction("call_not_called", _("A building is called before it is done."))
    call.done_at = max(at, call.called_at)
    call.save(update_fields=["done_at"])
    _note(call.point, act="callup.done", by=by, at=at, call=call.pk)


@transaction.atomic
def undo_step(*, call_id: int, was: str, scope: Scope, by: str, at: datetime) -> None:
    """Take a step back that was a slip: `was` says which state the caller saw.

    If the building is in another state by now, nothing changes: a form sent twice goes one step
    back and not two. Taking back the call takes back its notices.
    """
    call = _locked(call_id, scope)
    if was == "done" and call.done_at is not None:
        call.done_at = None
    elif was == "called" and call.called_at is not None and call.done_at is None:
        call.called_at = None
        call.notices.all().delete()
    elif was == "waiting" and call.called_at is None and call.notices.exists():
        call.notices.all().delete()
    else:
        return
    call.save(update_fields=["called_at", "done_at"])
    _note(call.point, act="callup.undo", by=by, at=at, call=call.pk, was=was)


def _locked(call_id: int, scope: Scope) -> BuildingCall:
    """The call, after its point: all steps of one queue take turns."""
    seen = BuildingCall.objects.within(scope).filter(pk=call_id).values_list("point_id", flat=True)
    point_id = seen.first()
    if point_id is None:
        raise Unknown("call_unknown", _("There is no such building in your area."))
    SamplingPoint.objects.select_for_update(no_key=True).get(pk=point_id)
    call = BuildingCall.objects.select_related("point").get(pk=call_id)
    refuse_closed_round(call.round_id)
    return call


def _natural(key: Building) -> tuple[int, list[tuple[int, int, str]]]:
    """Community, then the building as people count: 2号楼 before 10号楼."""
    community, building = key
    parts = re.findall(r"\d+|\D+", building)
    return community, [
        (0, int(part), "") if part.isascii() and part.isdigit() else (1, 0, part) for part in parts
    ]


def _recount(calls: Sequence[BuildingCall], people: dict[Building, Household]) -> None:
    changed = []
    for call in calls:
        now = people.get((call.community_id, call.building))
        if now is not None and call.called_at is None and call.residents != now.residents:
            call.residents = now.residents
            changed.append(call)
    BuildingCall.objects.bulk_update(changed, ["residents"])


def _plan(point: SamplingPoint, at: datetime) -> None:
    """Slots of all that wait: people over open desks at the sustained rate of the norm."""
    waiting = list(BuildingCall.objects.filter(point=point, called_at=None).order_by("position"))
    desks = (
        point.units.filter(state=State.OPEN).count()
        or point.units.exclude(state=State.CLOSED).count()
    )
    rate = float(norms_of(point.district_id)["people_per_unit_hour"].value)
    slots = plan_slots(
        [call.residents for call in waiting],
        per_hour=rate * max(desks, 1),
        start=max(at, point.round.starts_at),
        opens=point.opens,
        closes=point.closes,
    )
    for call, (begin, end) in zip(waiting, slots, strict=True):
        call.slot_from, call.slot_to = begin, end
    BuildingCall.objects.bulk_update(waiting, ["slot_from", "slot_to"])


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
