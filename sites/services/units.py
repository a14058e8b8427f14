"""Units open, pause and close, each change with its time, author and reason; points get units."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from core import audit
from core.inputs import Conflict as Contradiction
from core.inputs import Refused
from core.scope import Scope
from sites.models import SamplingPoint, SamplingUnit, UnitStateChange
from sites.models.points import Channel, State
from sites.services.finding import locked_point, locked_unit, refuse_closed_round
from sites.services.storage import prepare_round

TRANSITIONS: dict[str, frozenset[str]] = {
    State.PLANNED: frozenset({State.OPEN, State.CLOSED}),
    State.OPEN: frozenset({State.PAUSED, State.CLOSED}),
    State.PAUSED: frozenset({State.OPEN, State.CLOSED}),
    State.CLOSED: frozenset({State.OPEN}),
}
"""Steps of a point and of a unit alike."""
NEEDS_REASON = frozenset({State.PAUSED, State.CLOSED})
MOST_UNITS = 40
"""Units of one channel at one point; the largest published point had 16 desks of a kind."""

# Which units go along when their point takes a step.
_FOLLOWING = {
    State.OPEN: (State.PLANNED, State.PAUSED),
    State.PAUSED: (State.OPEN,),
    State.CLOSED: (State.PLANNED, State.OPEN, State.PAUSED),
}


@transaction.atomic
def change_unit_state(
    *, unit_id: int, to: State, reason: str, scope: Scope, by: str, at: datetime
) -> SamplingUnit:
    """Open, pause or close a unit. Asking for the state it is in changes nothing.

    Pausing and closing need a reason; a unit opens only at a point that is open, for the point
    is what was checked, and in a round that is not closed. Raises Refused, also if the unit is not
    in the scope or the step is not in TRANSITIONS. A unit that is not open still captures: its
    device may only be late, and no swab is turned away.
    """
    unit = locked_unit(unit_id, scope)
    if unit.state == to:
        return unit
    if to not in TRANSITIONS[unit.state]:
        raise Contradiction(
            "unit_step",
            _("A unit that is %(now)s cannot become %(to)s."),
            now=State(unit.state).label,
            to=State(to).label,
        )
    if to in NEEDS_REASON and not reason:
        raise Refused("reason_missing", _("Say why the unit pauses or closes."))
    if to == State.OPEN:
        refuse_closed_round(unit.point.round_id)
    # Read after the unit is locked: a point that closes meanwhile closes this unit after us.
    if to == State.OPEN and unit.point.state != State.OPEN:
        raise Contradiction("point_not_open", _("Open the point first, then its units."))
    before = unit.state
    _step([unit], to=to, reason=reason, by=by, at=at)
    _note(unit, act="unit.state", by=by, at=at, before=before, after=str(to))
    return unit


def follow_point(point: SamplingPoint, *, to: str, reason: str, by: str, at: datetime) -> int:
    """Take the units of a point along with its step, inside its transaction; returns how many."""
    # All are locked and only then chosen: a filter would judge by the state from before the wait,
    # and pass over a unit that somebody is opening at this moment.
    locked = list(point.units.select_for_update(no_key=True).order_by("pk"))
    units = [unit for unit in locked if unit.state in _FOLLOWING[State(to)]]
    _step(units, to=to, reason=reason, by=by, at=at)
    return len(units)


@transaction.atomic
def set_unit_counts(
    *, point_id: int, wanted: Mapping[str, int], scope: Scope, by: str, at: datetime
) -> tuple[int, int]:
    """Give a point so many units of each channel; returns how many came and went.

    The counts are totals, so that a form sent twice adds no unit twice. Units go only while they
    were never used: planned, without a device, a state or a tally. Raises Refused.
    """
    point = locked_point(point_id, scope)
    refuse_closed_round(point.round_id)
    units = list(point.units.select_for_update(no_key=True).order_by("number"))
    added, removed = 0, 0
    last = max((unit.number for unit in units), default=0)
    for channel, count in wanted.items():
        if not 0 <= count <= MOST_UNITS:
            raise Refused(
                "unit_count", _("Between 0 and %(most)s units of a channel."), most=MOST_UNITS
            ).at(channel)
        have = [unit for unit in units if unit.channel == channel]
        new = range(last + 1, last + 1 + max(count - len(have), 0))
        SamplingUnit.objects.bulk_create(_new_unit(point, number, channel) for number in new)
        added, last = added + len(new), last + len(new)
        removed += _remove_unused(point, channel, len(have) - count)
    if added:
        prepare_round(point.round_id)
    if added or removed:
        _note_counts(point, by=by, at=at, added=added, removed=removed, wanted=dict(wanted))
    return added, removed


@transaction.atomic
def change_channel(
    *, unit_id: int, channel: str, scope: Scope, by: str, at: datetime
) -> SamplingUnit:
    """Give a unit another channel while it is not open: no tube may mix yellow and green."""
    unit = locked_unit(unit_id, scope)
    if unit.channel == channel:
        return unit
    if channel not in Channel.values:
        raise Refused("channel_unknown", _("There is no such channel."))
    if unit.state == State.OPEN:
        raise Contradiction("unit_is_open", _("Pause the unit before it changes its channel."))
    before, unit.channel = unit.channel, channel
    unit.save(update_fields=["channel"])
    _note(unit, act="unit.channel", by=by, at=at, before=before, after=channel)
    return unit


def _step(units: list[SamplingUnit], *, to: str, reason: str, by: str, at: datetime) -> None:
    changes = []
    for unit in units:
        changes.append(
            UnitStateChange(
                unit=unit, from_state=unit.state, to_state=to, reason=reason, at=at, by=by
            )
        )
        unit.state = to
        if to == State.OPEN:
            unit.opened_at = at
    SamplingUnit.objects.bulk_update(units, ["state", "opened_at"])
    UnitStateChange.objects.bulk_create(changes)


def _new_unit(point: SamplingPoint, number: int, channel: str) -> SamplingUnit:
    return SamplingUnit(
        point=point,
        street_id=point.street_id,
        district_id=point.district_id,
        number=number,
        channel=channel,
    )


def _remove_unused(point: SamplingPoint, channel: str, surplus: int) -> int:
    if surplus <= 0:
        return 0
    unused = point.units.filter(
        channel=channel,
        state=State.PLANNED,
        devices__isnull=True,
        changes__isnull=True,
        tallies__isnull=True,
    ).order_by("-number")[:surplus]
    doomed = [unit.pk for unit in unused]
    if len(doomed) < surplus:
        raise Contradiction(
            "units_in_use",
            _("Units that were opened or have a device stay; close them instead."),
        ).at(channel)
    SamplingUnit.objects.filter(pk__in=doomed).delete()
    return len(doomed)


def _note(unit: SamplingUnit, *, act: str, by: str, at: datetime, **summary: Any) -> None:
    audit.record(
        by=by,
        at=at,
        act=act,
        object_type="unit",
        object_id=unit.pk,
        district_id=unit.district_id,
        street_id=unit.street_id,
        **summary,
    )


def _note_counts(point: SamplingPoint, *, by: str, at: datetime, **summary: Any) -> None:
    audit.record(
        by=by,
        at=at,
        act="point.units",
        object_type="point",
        object_id=point.pk,
        district_id=point.district_id,
        street_id=point.street_id,
        **summary,
    )
