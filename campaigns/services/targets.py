"""Targets are frozen: the register of each community less its exemptions, as a new version."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db import connection, transaction
from django.utils.translation import gettext_lazy as _

from campaigns.models import ExemptionRule, Round, TargetVersion
from campaigns.queries.areas import communities_of
from campaigns.services import rehoming
from campaigns.services.rounds import check_setting_up, locked, trail
from core import clock
from core.inputs import Conflict, Refused
from core.locks import named_lock, submission_lock
from core.scope import Scope

#: Freezing counts the whole register once; a web account's five seconds are for pages.
_PATIENCE = "SET LOCAL statement_timeout = '50s'"

#: How exemptions that rules made are told from those that a person accepted.
RULE = "freeze:"

# People whom a rule exempts, by age on the round's first day or by group. Who is exempt already
# for a reason of their own keeps it.
_EXEMPT = """
INSERT INTO campaigns_exemption (round_id, person_key, district_id, street_id, community_id,
                                 reason, frozen, accepted_at, accepted_by)
SELECT %(round)s, r.person_key, r.district_id, r.street_id, r.community_id,
       CASE WHEN r.birth_on > %(born_after)s::date THEN 'age'
            ELSE (SELECT u.reason FROM unnest(%(codes)s::text[], %(reasons)s::text[])
                         AS u(code, reason)
                  WHERE r.groups ? u.code LIMIT 1) END,
       true, %(at)s, %(by)s
FROM campaigns_resident r
WHERE r.community_id = ANY (%(communities)s)
  AND (r.birth_on > %(born_after)s::date OR r.groups ?| %(codes)s::text[])
ORDER BY r.person_key
ON CONFLICT (round_id, person_key) DO NOTHING
"""

# Exemptions that were accepted one by one count as frozen from now on. The target leaves these
# people out now, so the communities' closure must not count their reasons a second time.
_FREEZE_SINGLE = """
WITH frozen AS (
    UPDATE campaigns_exemption SET frozen = true
    WHERE round_id = %(round)s AND NOT frozen AND community_id = ANY (%(communities)s)
    RETURNING street_id, community_id)
INSERT INTO campaigns_mark (round_id, street_id, kind, key_id, minute)
SELECT DISTINCT %(round)s, street_id, 'community', community_id, %(minute)s::timestamptz
FROM frozen
"""

_TARGETS = """
INSERT INTO campaigns_roundtarget (version_id, round_id, community_id, street_id, district_id,
                                   registered, exempt, target)
SELECT %(version)s, %(round)s, c.id, c.street_id, c.district_id,
       coalesce(r.people, 0), coalesce(e.people, 0), coalesce(r.people, 0) - coalesce(e.people, 0)
FROM campaigns_division c
LEFT JOIN (SELECT community_id, count(*) AS people FROM campaigns_resident
           WHERE community_id = ANY (%(communities)s) GROUP BY 1) r ON r.community_id = c.id
LEFT JOIN (SELECT m.community_id, count(*) AS people
           FROM campaigns_exemption x
           JOIN campaigns_resident m
             ON m.district_id = x.district_id AND m.person_key = x.person_key
           WHERE x.round_id = %(round)s AND x.frozen AND m.community_id = ANY (%(communities)s)
           GROUP BY 1) e ON e.community_id = c.id
WHERE c.id = ANY (%(communities)s)
"""

# Groups whose tubes are smaller, as they are now; people who are exempt are not among them.
_GROUPS = """
INSERT INTO campaigns_targetgroup (version_id, community_id, group_id, people)
SELECT %(version)s, r.community_id, g.id, count(*)
FROM campaigns_resident r
JOIN campaigns_populationgroup g
  ON g.district_id = r.district_id AND g.pool_size IS NOT NULL AND r.groups ? g.code
WHERE r.community_id = ANY (%(communities)s) AND r.groups <> '[]'
  AND NOT EXISTS (SELECT FROM campaigns_exemption x
                  WHERE x.round_id = %(round)s AND x.person_key = r.person_key AND x.frozen)
GROUP BY r.community_id, g.id
"""


@transaction.atomic
def freeze_targets(
    *, round_id: int, reason: str, scope: Scope, by: str, at: datetime,
    client_key: UUID | None = None,
) -> TargetVersion:  # fmt: skip
    """Count who should be sampled, per community, and keep the figures as a new version.

    Before the start the exemptions made by rules are worked out anew. Once the round runs, a new
    version needs a reason; people who are covered already are judged again in the background.
    Raises Refused without an area, Conflict once the round closes. Sent twice (the same
    `client_key`), it is the version of the first time.
    """
    submission_lock(client_key)
    round_ = locked(round_id, scope)
    if client_key and (made := round_.target_versions.filter(client_key=client_key).first()):
        return made
    if round_.state in (Round.State.CLOSING, Round.State.CLOSED):
        raise Conflict("round_over", _("Targets stand once a round closes."))
    if round_.state != Round.State.RUNNING:
        check_setting_up(round_)
    if round_.state == Round.State.RUNNING and not reason:
        raise Refused("reason_missing", _("Say why the targets of a running round change."))
    communities = list(communities_of(round_).values_list("pk", flat=True))
    if not communities:
        raise Refused("area_missing", _("Say first which streets or communities are covered."))
    # The statements below must all see one register, and an undo must see this freeze.
    named_lock(f"register/{round_.campaign.district_id}")
    version = _next_version(round_, reason, client_key, by, at)
    _count(round_, version, communities, by, at)
    rehoming.ask(round=round_, by=by, at=at)
    totals = _totals(version)
    trail(
        "round.freeze", round_.campaign.district_id, round_.pk, by=by, at=at,
        version=version.version, communities=len(communities), **totals,
    )  # fmt: skip
    return version


def _next_version(
    round_: Round, reason: str, client_key: UUID | None, by: str, at: datetime
) -> TargetVersion:
    last = round_.target_versions.order_by("-version").first()
    round_.target_versions.update(is_current=False)
    return TargetVersion.objects.create(
        round=round_, version=(last.version if last else 0) + 1, frozen_at=at, frozen_by=by,
        reason=reason, client_key=client_key,
    )  # fmt: skip


def _count(
    round_: Round, version: TargetVersion, communities: list[int], by: str, at: datetime
) -> None:
    rules = ExemptionRule.objects.filter(
        district_id=round_.campaign.district_id, is_active=True
    ).select_related("group")
    ages = [rule.under_age for rule in rules if rule.under_age is not None]
    groups = [rule for rule in rules if rule.group is not None]
    first_day = clock.day_of(round_.starts_at)
    values: dict[str, Any] = {
        "round": round_.pk,
        "version": version.pk,
        "communities": communities,
        "codes": [rule.group.code for rule in groups if rule.group],
        "reasons": [rule.reason for rule in groups],
        "born_after": _years_before(first_day, max(ages)) if ages else "infinity",
        "at": at,
        "minute": clock.minute_of(at),
        "by": f"{RULE}{by}"[:80],
    }
    with connection.cursor() as cursor:
        cursor.execute(_PATIENCE)
        if round_.state != Round.State.RUNNING:
            cursor.execute(
                "DELETE FROM campaigns_exemption"
                " WHERE round_id = %s AND frozen AND accepted_by LIKE %s",
                [round_.pk, f"{RULE}%"],
            )
        cursor.execute(_EXEMPT, values)
        cursor.execute(_FREEZE_SINGLE, values)
        cursor.execute(_TARGETS, values)
        cursor.execute(_GROUPS, values)


def _years_before(day: date, years: int) -> date:
    """Whoever was born after this day is younger than so many years; 29 February counts as 28."""
    try:
        return day.replace(year=day.year - years)
    except ValueError:
        return day.replace(year=day.year - years, day=28)


def _totals(version: TargetVersion) -> dict[str, Any]:
    rows = list(version.targets.values_list("registered", "exempt", "target"))
    return {
        name: sum(row[place] for row in rows)
        for place, name in enumerate(("registered", "exempt", "target"))
    }
