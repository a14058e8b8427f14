"""Tallies: what a unit counted on paper in one quarter hour. Corrections are new versions."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from campaigns.models import Mark, Round
from core import audit
from core.clock import quarter_of
from core.inputs import Refused
from core.scope import Scope
from sites.models import SamplingUnit, Tally

TALLY_AGE = timedelta(days=30)
"""How long after its quarter hour a sheet of paper is still taken."""

SWABS_IN_A_QUARTER = 500
"""More swabs than one desk can take in a quarter hour (95 an hour at the peak), with room."""


@transaction.atomic
def record_tally(
    *,
    tally_id: UUID,
    unit_id: int,
    round_id: int,
    quarter: datetime,
    swabs: int,
    tubes: int,
    reason: str,
    scope: Scope,
    by: str,
    at: datetime,
) -> tuple[Tally, bool]:
    """Record or correct the tally of a unit's quarter hour; returns it and whether it is new.

    The same `tally_id` again returns the same row. A later one supersedes the current version
    and needs a reason. Counts are 人次 and 管. Raises Refused.
    """
    unit = SamplingUnit.objects.within(scope).select_for_update(no_key=True).filter(pk=unit_id)
    desk = unit.first()
    if desk is None:
        raise Refused("unit_unknown", _("There is no such unit in your area."))
    known = Tally.objects.filter(pk=tally_id).first()
    if known is not None:
        return _repeat(known, (desk.pk, round_id, quarter, swabs, tubes)), False
    _check(desk, round_id, quarter, swabs, tubes, at)
    before = _supersede(desk, round_id, quarter, reason, at)
    tally = Tally.objects.create(
        id=tally_id,
        round_id=round_id,
        unit=desk,
        street_id=desk.street_id,
        district_id=desk.district_id,
        quarter=quarter,
        version=before.version + 1 if before else 1,
        swabs=swabs,
        tubes=tubes,
        reason=reason,
        entered_at=at,
        entered_by=by,
    )
    Mark.objects.create(
        street_id=desk.street_id,
        round_id=round_id,
        kind=Mark.Kind.UNIT,
        key_id=desk.pk,
        minute=quarter,
    )
    _note(tally, before)
    return tally, True


def _supersede(
    desk: SamplingUnit, round_id: int, quarter: datetime, reason: str, at: datetime
) -> Tally | None:
    """Close the current version of the quarter hour, if there is one and a reason is given."""
    before = Tally.objects.current().filter(round_id=round_id, unit=desk, quarter=quarter).first()
    if before is not None:
        if not reason:
            raise Refused(
                "tally_exists",
                _("This quarter hour already has a tally; give a reason to correct it."),
            )
        before.superseded_at = at
        before.save(update_fields=["superseded_at"])
    return before


def _note(tally: Tally, before: Tally | None) -> None:
    audit.record(
        by=tally.entered_by,
        at=tally.entered_at,
        act="tally.record" if before is None else "tally.correct",
        object_type="tally",
        object_id=str(tally.pk),
        district_id=tally.district_id,
        street_id=tally.street_id,
        swabs=tally.swabs,
        before=before.swabs if before else None,
    )


def _repeat(known: Tally, sent: tuple[int, int, datetime, int, int]) -> Tally:
    stored = (known.unit_id, known.round_id, known.quarter, known.swabs, known.tubes)
    if stored != sent:
        raise Refused(
            "id_reused",
            _("This id was used for another tally; send the correction with a new one."),
        )
    return known


def _check(
    desk: SamplingUnit, round_id: int, quarter: datetime, swabs: int, tubes: int, at: datetime
) -> None:
    round_ = Round.objects.taking_samples().filter(
        pk=round_id, campaign__district_id=desk.district_id
    )
    if not round_.exists():
        raise Refused("round_not_taking", _("This round takes no samples here."))
    # Also keeps times off that the calendar cannot turn into UTC.
    near = at - TALLY_AGE <= quarter <= at + timedelta(minutes=15)
    if not near or quarter != quarter_of(quarter):
        raise Refused(
            "quarter_wrong",
            _("A tally belongs to a quarter hour that has begun: :00, :15, :30 or :45."),
        )
    if tubes > swabs:
        raise Refused("tally_tubes", _("There cannot be more tubes than swabs."))
    if swabs > SWABS_IN_A_QUARTER:
        raise Refused(
            "tally_too_large",
            _("More than %(most)s swabs in one quarter hour at one unit: split or check.")
            % {"most": SWABS_IN_A_QUARTER},
        )
