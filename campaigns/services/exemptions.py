"""Who need not be sampled in a running round: accepted one by one, with a reason, and ended."""

from __future__ import annotations

from datetime import datetime

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from campaigns.models import Exemption, Mark, Resident, Round
from core import audit
from core.clock import minute_of
from core.constraints import readable
from core.inputs import Conflict, Refused


class Unknown(Refused):
    """There is nothing of this kind in the caller's area (HTTP 404)."""

    status = 404


def accept(*, resident: Resident, round_id: int, reason: str, by: str, at: datetime) -> Exemption:
    """Accept somebody's reason after the targets were frozen.

    The target stands: the reason counts towards closure of the community where they live, whose
    figures are computed anew. Raises Refused for an unknown reason or a round that takes no
    samples, Conflict if they are exempt already.
    """
    if reason not in Exemption.Reason.values:
        raise Refused("reason_missing", _("Choose the reason."))
    try:
        with transaction.atomic():
            round_ = _round(round_id, resident)
            exemption = Exemption.objects.create(
                round=round_,
                person_key=resident.person_key,
                district_id=resident.district_id,
                street_id=resident.street_id,
                community_id=resident.community_id,
                reason=reason,
                frozen=False,
                accepted_at=at,
                accepted_by=by[:80],
            )
            _mark(exemption, at)
            _record("exemption.accept", resident, exemption, by, at)
            return exemption
    except IntegrityError as error:
        raise readable(error) from error


@transaction.atomic
def end(*, exemption: Exemption, resident: Resident, why: str, by: str, at: datetime) -> None:
    """End a reason that was accepted after the freeze.

    One that the frozen target already counts stays: the target would no longer add up. Raises
    Conflict for those.
    """
    if not why:
        raise Refused("why_missing", _("Say why."))
    found = (
        Exemption.objects.select_for_update()
        .filter(pk=exemption.pk, person_key=resident.person_key)
        .first()
    )
    if found is None:
        return
    if found.frozen:
        raise Conflict(
            "exemption_frozen",
            _("The frozen target already leaves this person out. Freeze the targets anew instead."),
        )
    _round(found.round_id, resident)
    _mark(found, at)
    _record("exemption.end", resident, found, by, at, why=why[:120])
    found.delete()


def _round(round_id: int, resident: Resident) -> Round:
    rounds = Round.objects.taking_samples().filter(campaign__district_id=resident.district_id)
    found = rounds.filter(pk=round_id).first()
    if found is None:
        raise Unknown("round_not_taking", _("No such round takes samples here now."))
    return found


def _mark(exemption: Exemption, at: datetime) -> None:
    """The community's closure is computed with its totals: any of its minutes brings them about."""
    Mark.objects.create(
        street_id=exemption.street_id,
        round_id=exemption.round_id,
        kind=Mark.Kind.COMMUNITY,
        key_id=exemption.community_id,
        minute=minute_of(at),
    )


def _record(
    act: str, resident: Resident, exemption: Exemption, by: str, at: datetime, **more: str
) -> None:
    audit.record(
        by=by, at=at, act=act, object_type="resident", object_id=resident.pk,
        district_id=exemption.district_id, street_id=exemption.street_id,
        round=exemption.round_id, reason=exemption.reason, **more,
    )  # fmt: skip
