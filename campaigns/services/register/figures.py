"""What a staged file would do to the register, counted by statements over the stage."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from django.db import connection

from core.imports.models import ImportRun

#: A staged row differs from the register where it says something else; silence changes nothing.
DIFFERS = """(s.name_print IS DISTINCT FROM r.name_print
    OR s.phone_print IS NOT NULL AND s.phone_print IS DISTINCT FROM r.phone_print
    OR s.community_id <> r.community_id
    OR s.building IS NOT NULL AND s.building <> r.building
    OR s.birth_on IS NOT NULL AND s.birth_on IS DISTINCT FROM r.birth_on
    OR s.groups IS NOT NULL AND s.groups <> r.groups)"""

_COUNT = f"""
SELECT count(*) FILTER (WHERE r.id IS NULL),
       count(*) FILTER (WHERE r.id IS NOT NULL AND {DIFFERS}),
       count(*) FILTER (WHERE r.id IS NOT NULL AND NOT {DIFFERS}),
       count(*) FILTER (WHERE s.community_id <> r.community_id)
FROM campaigns_registerstage s
LEFT JOIN campaigns_resident r ON r.district_id = %(district)s AND r.person_key = s.person_key
WHERE s.run_id = %(run)s"""  # noqa: S608 (parts of ours)

#: Staged rows beside what another sender said last about the same person.
DISPUTED = """
FROM campaigns_registerstage s
JOIN campaigns_resident r ON r.district_id = %(district)s AND r.person_key = s.person_key
JOIN campaigns_registersource o
  ON o.district_id = r.district_id AND o.person_key = r.person_key AND o.run_id = r.source_run
CROSS JOIN LATERAL (VALUES
    ('name', s.name_print <> o.name_print),
    ('home', s.community_id <> o.community_id),
    ('birth', s.birth_on <> o.birth_on)) AS a(attribute, differs)
WHERE s.run_id = %(run)s AND a.differs AND r.source_run <> %(run)s
  AND r.source_run <> ALL (%(same_sender)s::uuid[])"""


@dataclass(frozen=True)
class Figures:
    """How many staged people are new, changed or unchanged; how many would move; disputes."""

    new: int
    changed: int
    same: int
    moved: int
    disputed: int

    @property
    def staged(self) -> int:
        return self.new + self.changed + self.same

    def as_context(self) -> dict[str, int]:
        """For the run's own row."""
        return asdict(self)


def count(run: ImportRun) -> Figures:
    """Compare every staged person with the register as it is now; writes nothing."""
    values = parameters(run)
    with connection.cursor() as cursor:
        cursor.execute(_COUNT, values)
        new, changed, same, moved = cursor.fetchone() or (0, 0, 0, 0)
        cursor.execute(f"SELECT count(*) {DISPUTED}", values)
        disputed = (cursor.fetchone() or (0,))[0]
    return Figures(new, changed, same, moved, disputed)


def parameters(run: ImportRun) -> dict[str, Any]:
    """What the statements over a stage need: the run, its district, its sender's other runs.

    A newer list of the same sender brings the older one up to date; it contradicts nobody.
    """
    runs = ImportRun.objects.filter(kind=run.kind, district_id=run.district_id, sender=run.sender)
    mine = list(runs.exclude(sender="").values_list("pk", flat=True))
    return {"run": run.pk, "district": run.district_id, "same_sender": mine}
