"""Links for walls: made, opened, revoked."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from campaigns.models import Division, Round
from core.inputs import Refused
from core.scope import Scope
from personnel import tokens
from personnel.models import WallLink
from personnel.queries import wall_scope
from personnel.services.trail import note

LONGEST = timedelta(days=31)


@dataclass(frozen=True)
class WallGrant:
    """What an opened link allows; `expires_at` is real time."""

    scope: Scope
    round_id: int
    expires_at: datetime
    link_id: int


@transaction.atomic
def create_wall_link(
    *,
    round: Round,
    division: Division,
    label: str,
    by: str,
    at: datetime,
    lives: timedelta = timedelta(days=7),
) -> tuple[WallLink, str]:
    """Make a link to the wall of `round` in `division` and return it with its token (shown once).

    Raises:
        Refused: not a district or street of the round's district, or longer than 31 days.
    """
    if division.level not in ("district", "street"):
        raise Refused("wall_level", _("A wall shows a district or a street."))
    if division.district_id != round.campaign.district_id:
        raise Refused("wall_elsewhere", _("This area does not take part in the round."))
    if not timedelta(0) < lives <= LONGEST:
        raise Refused("wall_too_long", _("A wall's link lives at most 31 days."))
    token = tokens.new_token()
    link = WallLink.objects.create(
        round=round,
        division=division,
        label=label,
        token_hash=tokens.token_hash(token),
        created_at=at,
        created_by=by,
        expires_at=at + lives,
    )
    _note(link, by=by, act="wall_link_created")
    return link, token


@transaction.atomic
def revoke_wall_link(*, link: WallLink, by: str, at: datetime) -> bool:
    """End a link at `at`; False if it was revoked already. Open walls stop when they renew."""
    revoked = WallLink.objects.filter(pk=link.pk, revoked_at__isnull=True).update(
        revoked_at=at, revoked_by=by
    )
    if revoked:
        _note(link, by=by, act="wall_link_revoked")
    return bool(revoked)


def open_wall(token: str, *, at: datetime) -> WallGrant | None:
    """What the link with `token` allows at `at` (real time); None if it opens nothing."""
    link = (
        WallLink.objects.working_at(at)
        .select_related("division")
        .filter(token_hash=tokens.token_hash(token))
        .first()
    )
    return WallGrant(wall_scope(link), link.round_id, link.expires_at, link.pk) if link else None


def _note(link: WallLink, *, by: str, act: str) -> None:
    note(
        by=by,
        act=act,
        object_type="wall_link",
        object_id=link.pk,
        district_id=link.division.district_id,
        street_id=link.division.street_id,
        round=link.round_id,
    )
