"""A name and telephone in full: a logged act with a reason."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from core import audit, clock
from core.actors import account
from core.inputs import Conflict, Refused
from core.locks import named_lock
from core.scope import Scope
from personnel.models import StaffMember, Unveiling
from personnel.services.staff import StaffUnknown

LIMIT = 200
"""Different people one account may read within `WINDOW`; beyond it somebody is copying a list."""
WINDOW = timedelta(minutes=10)
"""Real time."""


class TooManyUnveiled(Conflict):
    """An account read more people than any work needs (HTTP 429)."""

    status = 429


def unveil(*, member_id: UUID, reason: str, scope: Scope, by: str, at: datetime) -> StaffMember:
    """Let somebody read a person's name and telephone, for a reason that is kept.

    Raises StaffUnknown outside of the scope, Refused without a reason, and TooManyUnveiled beyond
    the limit, which is kept in the audit trail.
    """
    if reason not in Unveiling.Reason.values:
        raise Refused("reason_missing", _("Choose the reason: it is kept with your name.")).at(
            "reason"
        )
    member = StaffMember.objects.within(scope, since=at).filter(pk=member_id).first()
    if member is None:
        raise StaffUnknown
    with transaction.atomic():
        reader = account(by)  # whoever changes the role is the same reader
        named_lock(f"unveil/{reader}")
        since = at - WINDOW * clock.rate()
        theirs = Unveiling.objects.filter(Q(by=reader) | Q(by__startswith=f"{reader}:"))
        others = theirs.filter(at__gt=since).exclude(member=member)
        refused = others.values("member").distinct().count() >= LIMIT
        audit.record(
            by=by, at=at, act="staff.unveil_refused" if refused else "staff.unveil",
            object_type="staff", object_id=member.pk, district_id=member.district_id,
            street_id=member.street_id, reason=reason,
        )  # fmt: skip
        if not refused:
            Unveiling.objects.create(
                member=member, district_id=member.district_id, street_id=member.street_id,
                reason=reason, at=at, by=by,
            )  # fmt: skip
            return member
    raise TooManyUnveiled(
        "unveil_limit",
        _("You have read %(limit)s people within ten minutes. Wait a little. This was recorded."),
        limit=LIMIT,
    )
