"""Units open, pause and close, each change with its time, author and reason."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from core import audit
from core.inputs import Conflict as Contradiction
from core.inputs import Refused
from core.scope import Scope
from sites.models import SamplingUnit, UnitStateChange
from sites.models.points import State

TRANSITIONS: dict[str, frozenset[str]] = {
    State.PLANNED: frozenset({State.OPEN, State.CLOSED}),
    State.OPEN: frozenset({State.PAUSED, State.CLOSED}),
    State.PAUSED: frozenset({State.OPEN, State.CLOSED}),
    State.CLOSED: frozenset({State.OPEN}),
}
NEEDS_REASON = frozenset({State.PAUSED, State.CLOSED})


@transaction.atomic
def change_unit_state(
    *, unit_id: int, to: State, reason: str, scope: Scope, by: str, at: datetime
) -> SamplingUnit:
    """Open, pause or close a unit. Asking for the state it is in changes nothing.

    Pausing and closing need a reason. Raises Refused if the unit is not in the scope or the
    step is not in TRANSITIONS. A unit that is not open still captures: its device may only be
    late, and no swab is turned away.
    """
    units = SamplingUnit.objects.within(scope).select_for_update(no_key=True)
    unit = units.filter(pk=unit_id).first()
    if unit is None:
        raise Refused("unit_unknown", _("There is no such unit in your area."))
    if unit.state == to:
        return unit
    if to not in TRANSITIONS[unit.state]:
        raise Contradiction(
            "unit_step",
            _("A unit that is %(now)s cannot become %(to)s."),
            now=State(unit.state).label,
            to=to.label,
        )
    if to in NEEDS_REASON and not reason:
        raise Refused("reason_missing", _("Say why the unit pauses or closes."))
    before, unit.state = unit.state, to
    if to == State.OPEN:
        unit.opened_at = at
    unit.save(update_fields=["state", "opened_at"])
    UnitStateChange.objects.create(
        unit=unit, from_state=before, to_state=to, reason=reason, at=at, by=by
    )
    audit.record(
        by=by,
        at=at,
        act="unit.state",
        object_type="unit",
        object_id=str(unit.pk),
        district_id=unit.district_id,
        street_id=unit.street_id,
        before=before,
        after=str(to),
    )
    return unit
