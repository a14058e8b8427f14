"""Staffing norms: how many of a role each unit or point needs, with their source; a district's."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from core import audit
from core.inputs import Refused
from core.locks import named_lock
from core.scope import Scope
from personnel.models import DutyRole, StaffingNorm
from personnel.services.terms import TermUnknown


@transaction.atomic
def set_staffing_norm(
    *,
    role_id: int,
    per: str,
    people: Decimal | None,
    source: str,
    scope: Scope,
    by: str,
    at: datetime,
) -> StaffingNorm | None:
    """Say how many of a role are needed for each unit or point; None ends the norm.

    Rosters made before keep what they were reckoned from. Raises TermUnknown for another
    district's role, Refused without a source.
    """
    role = DutyRole.objects.within(scope).filter(pk=role_id).first()
    if role is None:
        raise TermUnknown
    if people is not None and not source:
        raise Refused("norm_source", _("Say where this number comes from.")).at("source")
    named_lock(f"terms/{role.district_id}")
    norm = StaffingNorm.objects.filter(role=role, per=per).first()
    before = norm.people if norm else None
    if people is None:
        if norm is None:
            return None
        norm.delete()
        norm = None
    else:
        norm = norm or StaffingNorm(district_id=role.district_id, role=role, per=per)
        norm.people, norm.source = people, source
        norm.save()
    audit.record(
        by=by, at=at, act="staffing_norm.set", object_type="staffing_norm", object_id=role.pk,
        district_id=role.district_id, role=role.code, per=per,
        people=[str(before) if before is not None else None,
                str(people) if people is not None else None],
    )  # fmt: skip
    return norm
