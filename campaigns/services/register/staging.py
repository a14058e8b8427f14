"""The worker's own table of staged people: filled by COPY, emptied by dropping its partition."""

from __future__ import annotations

import json
from collections.abc import Sequence
from uuid import UUID

from django.db import connection
from django.utils.translation import gettext_noop as _

from campaigns.services.register.rows import Person, masked
from core.crypto import encrypt
from core.imports.kinds import Reason
from core.imports.models import ImportRow, ImportRun, Verdict
from core.imports.storing import plain

_COLUMNS = """run_id, line, person_key, street_id, community_id, building, id_type, id_number, name,
    phone, id_last4, name_mask, name_print, phone_print, birth_on, groups, cells"""
COPY = f"COPY campaigns_registerstage ({_COLUMNS}) FROM STDIN"
_BITS = 2**27 - 1
_SPECIAL = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})
_NULL = "\\N"

# The first of several rows of one person is kept. Their cells were staged because a bit map said
# that the person may have come before.
_DOUBLES = """
WITH doubled AS MATERIALIZED (
    SELECT person_key FROM campaigns_registerstage WHERE run_id = %(run)s
    GROUP BY person_key HAVING count(*) > 1
), first AS MATERIALIZED (
    SELECT DISTINCT ON (s.person_key) s.*
    FROM campaigns_registerstage s JOIN doubled d ON d.person_key = s.person_key
    WHERE s.run_id = %(run)s ORDER BY s.person_key, s.line
), gone AS (
    DELETE FROM campaigns_registerstage s USING first f
    WHERE s.run_id = %(run)s AND s.person_key = f.person_key AND s.line <> f.line
    RETURNING s.line, f.line AS first_line, s.cells,
        (s.name_print, s.phone_print, s.community_id, s.building, s.birth_on, s.groups)
        IS NOT DISTINCT FROM
        (f.name_print, f.phone_print, f.community_id, f.building, f.birth_on, f.groups) AS equal
)
INSERT INTO core_importrow (run_id, district_id, line, verdict, key, target, cells, faults,
                            values, before, reasons)
SELECT %(run)s, %(district)s, g.line, 'refused', '', '', COALESCE(g.cells, %(none)s), '[]',
       %(nothing)s, %(nothing)s,
       jsonb_build_array(jsonb_build_object(
           'column', 'number', 'code', CASE WHEN g.equal THEN 'repeated' ELSE 'contradicts' END,
           'text', CASE WHEN g.equal THEN %(repeated)s ELSE %(contradicts)s END,
           'params', jsonb_build_object('row', g.first_line)))
FROM gone g"""
REPEATED = _("The same person stands in row %(row)s with the same content. Only that row counts.")
CONTRADICTS = _(
    "Row %(row)s says something else about the same person. That row was kept; if this one is "
    "right, mend it there."
)


class Stage:
    """Staged people of one run. A crash loses the rows: then the run is checked again."""

    def __init__(self, run: ImportRun) -> None:
        self.run = run
        self._run_id = str(run.pk)
        self._seen = bytearray((_BITS + 1) // 8)
        self._lines: list[str] = []
        self._refused: list[ImportRow] = []

    def open(self) -> None:
        """Begin with an empty stage; whatever an interrupted check left is gone."""
        _call("campaigns_stage_open", self.run.pk)
        self.run.rows.all().delete()

    def add(self, line: int, person: Person, cells: Sequence[str]) -> None:
        """Stage a person; `cells` are kept only where the person may have come before."""
        bit = person.person_key.int & _BITS
        place, mask = bit >> 3, 1 << (bit & 7)
        suspect = bool(self._seen[place] & mask)
        self._seen[place] |= mask
        home = person.home
        building = _NULL if person.building is None else person.building.translate(_SPECIAL)
        phone = _NULL if person.phone is None else _hex(person.phone)
        groups = _NULL if person.groups is None else json.dumps(person.groups).translate(_SPECIAL)
        phone_print = _NULL if person.phone_print is None else person.phone_print
        self._lines.append(
            f"{self._run_id}\t{line}\t{person.person_key.hex}\t{home.street_id}\t{home.community_id}\t{building}"
            f"\t{person.id_type}\t{_hex(person.number)}\t{_hex(person.name)}\t{phone}"
            f"\t{person.number[-4:]}\t{masked(person.name).translate(_SPECIAL)}"
            f"\t{person.name_print}\t{phone_print}\t{person.birth_on or _NULL}\t{groups}"
            f"\t{_hex(_json(cells)) if suspect else _NULL}\n"
        )

    def refuse(self, line: int, reasons: Sequence[Reason], cells: Sequence[str]) -> None:
        """Keep a refused row whole, encrypted, with its reasons."""
        self._refused.append(
            ImportRow(
                run=self.run,
                district_id=self.run.district_id,
                line=line,
                verdict=Verdict.REFUSED,
                cells=_json(cells),
                reasons=[plain(reason) for reason in reasons],
            )
        )

    def __len__(self) -> int:
        return len(self._lines) + len(self._refused)

    def flush(self) -> None:
        """Write what was added, inside the caller's transaction."""
        if self._lines:
            with connection.cursor() as cursor, cursor.copy(COPY) as copy:
                copy.write("".join(self._lines))
        ImportRow.objects.bulk_create(self._refused, batch_size=2_000)
        self._lines, self._refused = [], []

    def settle(self) -> None:
        """Refuse people who stand in the file more than once, except for their first row."""
        self._seen = bytearray()
        _call("campaigns_stage_ready", self.run.pk)
        with connection.cursor() as cursor:
            cursor.execute(
                _DOUBLES,
                {
                    "run": self.run.pk,
                    "district": self.run.district_id,
                    "none": encrypt("[]"),
                    "nothing": encrypt("{}"),
                    "repeated": REPEATED,
                    "contradicts": CONTRADICTS,
                },
            )


def is_open(run: ImportRun) -> bool:
    """Whether the staged people of a run are there.

    A restored backup has no stage; after a crash of the database an unlogged one is empty.
    """
    part = f"campaigns_registerstage_{run.pk.hex}"
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT to_regclass(%s) IS NOT NULL
                      AND (%s OR EXISTS (SELECT FROM campaigns_registerstage WHERE run_id = %s))""",
            [part, not run.rows_accepted, run.pk],
        )
        row = cursor.fetchone()
    return bool(row and row[0])


def close(run: ImportRun) -> None:
    """Drop the stage of a run; harmless if it is gone."""
    _call("campaigns_stage_close", run.pk)


def register_changed() -> None:
    """Let the planner know how large the register is now."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT campaigns_register_changed()")


def _call(function: str, run_id: UUID) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {function}(%s)", [run_id])


def _hex(text: str) -> str:
    return "\\\\x" + encrypt(text).hex()


def _json(cells: Sequence[str]) -> str:
    return json.dumps(list(cells), ensure_ascii=False)
