"""Postings: begun and ended, never rewritten."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from campaigns.models import Division
from core.inputs import Refused
from personnel.models import Posting, User
from personnel.roles import POLICY, Role
from personnel.services.trail import note


@transaction.atomic
def post(
    *,
    user: User,
    role: Role,
    division: Division,
    by: str,
    at: datetime,
    ends_at: datetime | None = None,
) -> Posting:
    """Post a person to a division from `at` on (real time).

    Raises:
        Refused: the role is not held at this level (a commander commands a district).
        ValidationError: the same posting is open already, or it ends before it starts.
    """
    if division.level not in POLICY[role].levels:
        raise Refused("posting_level", _("This role is not held at this level of division."))
    posting = Posting(user=user, role=role, division=division, starts_at=at, ends_at=ends_at)
    posting.full_clean()
    posting.save()
    _note(posting, by=by, act="posted")
    return posting


@transaction.atomic
def end_posting(*, posting: Posting, by: str, at: datetime) -> None:
    """End a posting at `at` (real time); the person's sessions feel it at their next request.

    Ending an ended posting changes nothing. One that has not begun is withdrawn: it was never in
    force, and its history keeps that it was planned.
    """
    row = Posting.objects.select_for_update(no_key=True).get(pk=posting.pk)
    if row.ends_at is not None and row.ends_at <= at:
        return
    if row.starts_at >= at:
        _note(row, by=by, act="posting_withdrawn")
        row.delete()
        return
    row.ends_at = at
    row.save(update_fields=["ends_at"])
    _note(row, by=by, act="posting_ended")


def _note(posting: Posting, *, by: str, act: str) -> None:
    division = posting.division
    note(
        by=by,
        act=act,
        object_type="posting",
        object_id=posting.pk,
        district_id=division.district_id,
        street_id=division.street_id,
        role=posting.role,
        user=posting.user_id,
    )
