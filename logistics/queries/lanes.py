"""Who stands at one row of the dispatch board: places and roles as lanes, people as blocks."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q

from core.scope import Scope
from logistics.queries.supply import standing_in
from logistics.queries.sweep import Frame
from personnel.models import Duty, DutyPlace, DutyRole, TeamPlace


@dataclass(frozen=True)
class Block:
    """People of one role together at one place of an open row, or a vehicle's halt there.

    `over` says why a limit was passed over for one of them; `order_ids` lead to their orders.
    """

    starts_at: datetime
    ends_at: datetime
    words: str
    people: int
    present: int = 0
    over: str = ""
    order_id: int | None = None


@dataclass(frozen=True)
class Lane:
    """One line below an open row: a place and a role, with its blocks in order."""

    place_id: int
    name: str
    role: str
    blocks: list[Block]


def lanes_of(
    scope: Scope,
    frame: Frame,
    roles: dict[int, DutyRole],
    *,
    point_id: int | None,
    place_id: int | None,
) -> list[Lane]:
    """Who stands at an opened row: a line for each place and role, masked names in its blocks."""
    where = Q(place__point_id=point_id) if point_id else Q(place_id=place_id)
    span = (frame.starts_at, frame.ends_at)
    lanes: dict[tuple[int, int], list[Block]] = defaultdict(list)
    names: dict[int, tuple[int, str]] = {}
    single = (
        Duty.objects.within(scope)
        .filter(where, standing_in(*span), team_duty__isnull=True)
        .select_related("member", "place__unit__point", "place__point", "order")
        .order_by("starts_at", "pk")
    )
    for duty in single:
        names[duty.place_id] = _sorted_name(duty.place)
        lanes[duty.place_id, duty.role_id].append(_person_block(duty))
    parts = (
        TeamPlace.objects.within(scope)
        .filter(where, standing_in(*span, of="duty__"))
        .select_related("duty__team", "duty__order", "place__unit__point", "place__point")
        .order_by("duty__starts_at", "pk")
    )
    for part in parts:
        names[part.place_id] = _sorted_name(part.place)
        lanes[part.place_id, part.role_id].append(_team_block(part))
    return [
        Lane(place, names[place][1], str(roles.get(role, "")), _together(blocks))
        for (place, role), blocks in sorted(
            lanes.items(), key=lambda item: (*names[item[0][0]], item[0][1])
        )
    ]


def _sorted_name(place: DutyPlace) -> tuple[int, str]:
    if place.unit is not None:
        return place.unit.number, str(place.unit.number)
    return 0, ""


def _person_block(duty: Duty) -> Block:
    order = getattr(duty, "order", None)
    return Block(
        duty.starts_at, duty.ends_at, duty.member.name_mask, 1,
        present=int(duty.state == "present"), over=duty.reason,
        order_id=order.pk if order else None,
    )  # fmt: skip


def _team_block(part: TeamPlace) -> Block:
    order = getattr(part.duty, "order", None)
    return Block(
        part.duty.starts_at, part.duty.ends_at, part.duty.team.name, part.people,
        present=part.people if part.duty.state == "present" else 0,
        order_id=order.pk if order else None,
    )  # fmt: skip


def _together(blocks: Collection[Block]) -> list[Block]:
    """People of the same hours are one block with all their names."""
    groups: dict[tuple[datetime, datetime], list[Block]] = defaultdict(list)
    for block in blocks:
        groups[block.starts_at, block.ends_at].append(block)
    return [
        Block(
            *hours,
            "、".join(block.words for block in each),
            sum(block.people for block in each),
            sum(block.present for block in each),
            next((block.over for block in each if block.over), ""),
            each[0].order_id if len(each) == 1 else None,
        )
        for hours, each in sorted(groups.items())
    ]
