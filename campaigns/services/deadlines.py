"""Nested deadlines: key communities, streets, the district, in hours from the start (S067)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from campaigns.models import Deadline, Division, Round
from campaigns.models.divisions import Level
from campaigns.queries.areas import communities_of, streets_of
from campaigns.services.rounds import check_setting_up, locked, trail
from core.inputs import Refused
from core.scope import Scope


@transaction.atomic
def set_deadlines(
    *, round_id: int, key_communities: Iterable[int], community_hours: int | None,
    street_hours: int | None, district_hours: int, scope: Scope, by: str, at: datetime,
) -> Round:  # fmt: skip
    """Set the deadlines of a round anew, each so many hours after its start.

    Key communities first, then streets, then the district: hours may not fall on the way up. The
    district's deadline is the planned end. None leaves a level without deadlines.
    """
    round_ = locked(round_id, scope)
    check_setting_up(round_)
    given = [hours for hours in (community_hours, street_hours, district_hours) if hours]
    if given != sorted(given):
        raise Refused(
            "deadlines_not_nested",
            _("Key communities are due first, then streets, then the district."),
        )
    chosen = set(key_communities)
    keys = [row for row in communities_of(round_) if row.pk in chosen]
    if len(keys) < len(chosen):
        raise Refused(
            "community_outside_round", _("Key communities must lie in the area of the round.")
        )
    if bool(keys) != bool(community_hours):
        raise Refused(
            "deadline_half", _("Name key communities together with their hours, or neither.")
        )
    rows: list[tuple[str, Division, int]] = [
        (Level.DISTRICT, round_.campaign.district, district_hours)
    ]
    rows += [(Level.STREET, row, street_hours) for row in streets_of(round_) if street_hours]
    rows += [(Level.COMMUNITY, row, community_hours) for row in keys if community_hours]
    _write(round_, rows)
    trail(
        "round.deadlines", round_.campaign.district_id, round_.pk, by=by, at=at,
        community=community_hours, street=street_hours, district=district_hours, keys=len(keys),
    )  # fmt: skip
    return round_


def _write(round_: Round, rows: list[tuple[str, Division, int]]) -> None:
    round_.deadlines.all().delete()
    Deadline.objects.bulk_create(
        Deadline(
            round=round_, level=level, division=division,
            due_at=round_.starts_at + timedelta(hours=hours),
        )
        for level, division, hours in rows
    )  # fmt: skip
    round_.planned_end_at = round_.starts_at + timedelta(hours=rows[0][2])
    round_.save(update_fields=["planned_end_at"])
