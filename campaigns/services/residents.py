"""What people do to single residents: search is counted, full data opened, groups set."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import connection, transaction
from django.utils.translation import gettext_lazy as _

from campaigns.models import Contradiction, PopulationGroup, Resident, Unmasking
from core import audit
from core.inputs import Conflict, Refused
from core.locks import named_lock

UNMASK_LIMIT = 200
"""Different people one account may open within `UNMASK_WINDOW`; beyond it somebody is copying."""
UNMASK_WINDOW = timedelta(minutes=10)


class TooManyOpened(Conflict):
    """An account opened more people than any work needs (HTTP 429)."""

    status = 429


@transaction.atomic
def note_search(*, exact: bool, found: int, by: str, at: datetime) -> None:
    """Keep that somebody searched and how many they saw; never what was typed."""
    audit.record(
        by=by, at=at, act="resident.search", object_type="register",
        way="whole" if exact else "last4", found=found,
    )  # fmt: skip


def unmask(*, resident: Resident, reason: str, by: str, at: datetime) -> Unmasking:
    """Let somebody read a resident's full data, for a reason that is kept.

    Raises Refused without a reason, and TooManyOpened beyond the limit, which is kept as an alarm
    in the audit trail.
    """
    if reason not in Unmasking.Reason.values:
        raise Refused("reason_missing", _("Choose the reason: it is kept with your name."))
    with transaction.atomic():
        named_lock(f"unmask/{by}")
        refused = not _opened_lately(resident, by)
        audit.record(
            by=by, at=at, act="resident.unmask_refused" if refused else "resident.unmask",
            object_type="resident", object_id=resident.pk, district_id=resident.district_id,
            street_id=resident.street_id, reason=reason,
        )  # fmt: skip
        if not refused:
            return Unmasking.objects.create(
                resident=resident,
                district_id=resident.district_id,
                street_id=resident.street_id,
                community_id=resident.community_id,
                reason=reason,
                by=by,
                at=at,
            )
    raise TooManyOpened(
        "unmask_limit",
        _(
            "You have opened %(limit)s people within ten minutes. Wait, or ask for a list with a "
            "purpose. This was recorded."
        ),
        limit=UNMASK_LIMIT,
    )


def _opened_lately(resident: Resident, by: str) -> bool:
    """Whether one more person may be opened; somebody opened again counts once."""
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT count(DISTINCT resident_id) FILTER (WHERE resident_id <> %s)
               FROM campaigns_unmasking
               WHERE by = %s
                 AND opened_at > clock_timestamp() - make_interval(secs => %s)""",
            [resident.pk, by, UNMASK_WINDOW.total_seconds()],
        )
        others = (cursor.fetchone() or (0,))[0]
    return bool(others < UNMASK_LIMIT)


@transaction.atomic
def set_groups(*, resident: Resident, groups: Sequence[str], by: str, at: datetime) -> Resident:
    """Say which population groups somebody belongs to. Raises Refused for a group not known."""
    wanted = sorted(set(groups))
    known = PopulationGroup.objects.filter(district_id=resident.district_id, code__in=wanted)
    if known.count() != len(wanted):
        raise Refused("group_unknown", _("This district has no such group."))
    fresh = Resident.objects.select_for_update().get(pk=resident.pk)
    if fresh.groups == wanted:
        return fresh
    before = list(fresh.groups)
    fresh.groups, fresh.updated_at = wanted, at
    fresh.save(update_fields=["groups", "updated_at"])
    audit.record(
        by=by, at=at, act="resident.groups", object_type="resident", object_id=fresh.pk,
        district_id=fresh.district_id, street_id=fresh.street_id, before=before, after=wanted,
    )  # fmt: skip
    return fresh


@transaction.atomic
def settle_contradiction(*, contradiction: Contradiction, by: str, at: datetime) -> None:
    """Take a contradiction off the list, because somebody looked. Twice is once."""
    fresh = Contradiction.objects.select_for_update().get(pk=contradiction.pk)
    if fresh.settled_at is not None:
        return
    fresh.settled_at, fresh.settled_by = at, by
    fresh.save(update_fields=["settled_at", "settled_by"])
    audit.record(
        by=by, at=at, act="register.settle", object_type="contradiction", object_id=fresh.pk,
        district_id=fresh.district_id, street_id=fresh.street_id, attribute=fresh.attribute,
    )  # fmt: skip
