"""Kept counts of the register: people by community, and by population group within it."""

from __future__ import annotations

from datetime import datetime

from django.db import connection, transaction

from campaigns.models import Division
from campaigns.models.divisions import Level
from core.locks import try_named_lock

_COUNT = """
INSERT INTO campaigns_registercount (district_id, street_id, community_id, "group", people,
                                     counted_at)
SELECT %(district)s, c.street_id, r.community_id, r.code, r.people, %(at)s
FROM (SELECT community_id, '' AS code, count(*) AS people FROM campaigns_resident
      WHERE district_id = %(district)s GROUP BY 1
      UNION ALL
      SELECT r.community_id, g.code, count(*)
      FROM campaigns_resident r, jsonb_array_elements_text(r.groups) AS g(code)
      WHERE r.district_id = %(district)s AND r.groups <> '[]' AND length(g.code) <= 24
      GROUP BY 1, 2) r
JOIN campaigns_division c ON c.id = r.community_id AND c.street_id IS NOT NULL"""


def recount(*, district_id: int, at: datetime) -> None:
    """Write the counts of a district anew, inside the caller's transaction.

    The caller must see the whole district: a worker, or somebody of the district.
    """
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM campaigns_registercount WHERE district_id = %s", [district_id])
        cursor.execute(_COUNT, {"district": district_id, "at": at})


def recount_all(*, at: datetime) -> int:
    """The counts of every district; returns how many. For the worker, every few minutes."""
    districts = Division.objects.filter(level=Level.DISTRICT).values_list("pk", flat=True)
    for district_id in list(districts):
        with transaction.atomic():
            # Who writes the register just now counts it as well: nobody waits for them here.
            if try_named_lock(f"register/{district_id}"):
                recount(district_id=district_id, at=at)
    return len(districts)
