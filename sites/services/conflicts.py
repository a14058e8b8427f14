"""Conflicts for a person to decide: raised once, decided once, never dropped."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from core import audit
from core.clock import quarter_of
from core.inputs import Conflict as Contradiction
from core.inputs import Refused
from core.scope import Scope
from core.statements import run
from sites.models import Conflict, Tally


class Unknown(Refused):
    """The thing named by the address does not exist in the caller's area (HTTP 404)."""

    status = 404


def raise_tally_conflicts(
    round_id: int, unit_minutes: Sequence[tuple[int, datetime]], at: datetime
) -> None:
    """List quarter hours that were both scanned and tallied: the scans count meanwhile."""
    touched = sorted({(unit_id, quarter_of(minute)) for unit_id, minute in unit_minutes})
    if not touched:
        return
    both = run(
        """SELECT t.id FROM unnest(%b::int[], %b::timestamptz[]) AS q(unit_id, start)
           JOIN sites_tally t ON t.round_id = %b AND t.unit_id = q.unit_id
            AND t.quarter = q.start AND t.superseded_at IS NULL AND t.swabs > 0
           WHERE EXISTS (SELECT 1 FROM sites_swab s
                         WHERE s.round_id = %b AND s.unit_id = q.unit_id AND s.valid
                           AND s.at >= q.start AND s.at < q.start + interval '15 minutes')""",
        [
            [unit_id for unit_id, _start in touched],
            [start for _unit_id, start in touched],
            round_id,
            round_id,
        ],
    )
    if not both:
        return
    Conflict.objects.bulk_create(
        [
            Conflict(
                event_id=tally.pk,
                code=Conflict.Code.TALLY_AND_SCANS,
                round_id=round_id,
                district_id=tally.district_id,
                street_id=tally.street_id,
                unit_id=tally.unit_id,
                raised_at=at,
            )
            for tally in Tally.objects.filter(pk__in=[tally_id for (tally_id,) in both])
        ],
        ignore_conflicts=True,
    )


@transaction.atomic
def decide_conflict(
    *, conflict_id: int, decision: str, scope: Scope, by: str, at: datetime
) -> Conflict:
    """Settle a conflict with words. Raises Refused if it is unknown here or already decided.

    The decision is recorded; it changes no count by itself. Deciding twice with the same words
    is harmless.
    """
    conflict = Conflict.objects.within(scope).select_for_update().filter(pk=conflict_id).first()
    if conflict is None:
        raise Unknown("conflict_unknown", _("There is no such conflict in your area."))
    if conflict.decided_at is not None:
        if conflict.decision == decision:
            return conflict
        raise Contradiction(
            "conflict_decided",
            _("This conflict was decided already by somebody else; reload the list."),
        )
    conflict.decided_at, conflict.decided_by, conflict.decision = at, by, decision
    conflict.save(update_fields=["decided_at", "decided_by", "decision"])
    audit.record(
        by=by,
        at=at,
        act="conflict.decide",
        object_type="conflict",
        object_id=str(conflict.pk),
        district_id=conflict.district_id,
        street_id=conflict.street_id,
        code=conflict.code,
    )
    return conflict
