"""Daily numbers of twenty thousand communities, as a CSV and as chat lines, through the pages.

Far more communities than any district has: what is measured is the import, at the most rows that a
page takes. Each sheet is checked, its preview opened, and written; then the figures stored are
compared with those sent.
"""

from __future__ import annotations

import time
import uuid

import psycopg

from bench.load import district as districts
from bench.load.empty import requests_per_second
from bench.load.figures import line, step
from bench.load.house import house, worker_dsn
from bench.load.memory import Memory
from bench.load.reporters import reports_of
from bench.load.sheets import COLUMNS, Sender, Sheet, chain, table

STREETS = 20
COMMUNITIES, COMMUNITIES_QUICK = 1_000, 250
#: 14:30 in Shanghai.
BEGINS = districts.STARTS.replace(hour=6, minute=30)
OPENED = 300.0
#: A megabyte can be pasted; these are two thirds of one.
CHAT = 10_000


def run(*, quick: bool) -> int:
    """Print the figures; 1 when a row was lost, or a figure stored that was not sent."""
    size = districts.Size(
        streets=STREETS, communities=COMMUNITIES_QUICK if quick else COMMUNITIES,
        points=STREETS, units_per_point=1, residents=0,
    )  # fmt: skip
    with house(fsync=False) as stack:
        district = districts.build(size, begins=BEGINS)
        stack.wait_http()
        empty = requests_per_second(stack)
        step("reports are opened")
        reports_of("daily", STREETS, OPENED)
        sender = Sender(stack.web_port, *_officer(district.id))
        known = _communities()
        with (
            Memory(stack, "web") as memory,
            psycopg.connect(worker_dsn(stack), autocommit=True) as link,
        ):
            file = _bring(link, sender, table(known, seed=1), pasted=False)
            chat = _bring(link, sender, chain(known[:CHAT], seed=8), pasted=True)
    lost, wrong = file["lost"] + chat["lost"], file["wrong"] + chat["wrong"]
    print(
        line(
            s=file["check"] + file["write"], check_s=file["check"], write_s=file["write"],
            chat_s=chat["check"] + chat["write"], rss_mb=memory.peak / 2**20,
            rows=len(known), chat_rows=len(known[:CHAT]), refused=file["refused"], lost=lost,
            wrong=wrong, base_empty_per_s=empty, fsync="off",
        ),
        flush=True,
    )  # fmt: skip
    return 1 if lost + wrong else 0


def _officer(district: int) -> tuple[str, str]:
    from campaigns.models import Division
    from personnel.roles import Role

    return districts.person(Role.REPORTING_OFFICER, Division.objects.get(pk=district))


def _communities() -> list[tuple[str, str]]:
    from campaigns.models import Division

    found = Division.objects.filter(level="community").order_by("code")
    return list(found.values_list("code", "name"))


def _bring(
    link: psycopg.Connection, sender: Sender, sheet: Sheet, *, pasted: bool
) -> dict[str, float]:
    """Check and write one sheet; seconds of both, rows refused, lost and wrong."""
    row = link.execute(
        """SELECT c.id FROM daily_cutoff c JOIN daily_reportform f ON f.id = c.form_id
           WHERE f.code = 'daily' ORDER BY c.as_of LIMIT 1"""
    ).fetchone()
    assert row is not None
    step("chat lines" if pasted else "a file")
    began = time.monotonic()
    path = sender.check(sheet, place=f"c{row[0]}", pasted=pasted)
    sender.open(path)
    checked = time.monotonic()
    run_id = uuid.UUID(path.split("/")[3])
    preview = link.execute("SELECT preview FROM core_importrun WHERE id = %s", [run_id]).fetchone()
    assert preview is not None
    step("written")
    confirming = time.monotonic()
    sender.confirm(path, preview[0])
    written = time.monotonic() - confirming
    return {"check": checked - began, "write": written} | _compare(link, run_id, sheet)


def _compare(link: psycopg.Connection, run_id: uuid.UUID, sheet: Sheet) -> dict[str, int]:
    said = link.execute(
        """SELECT rows_new + rows_changed + rows_same, rows_refused FROM core_importrun
           WHERE id = %s AND state = 'applied'""",
        [run_id],
    ).fetchone()
    accepted, refused = said or (0, 0)
    stored = {
        code: tuple(values)
        for code, values in link.execute(
            """SELECT d.code, array_agg(e.value ORDER BY array_position(%s::text[], k.code::text))
               FROM daily_reportcell e
               JOIN daily_reportline l ON l.id = e.line_id
               JOIN daily_reportcolumn k ON k.id = e.column_id
               JOIN campaigns_division d ON d.id = l.community_id
               WHERE k.code = ANY(%s) AND e.saved_by <> '' GROUP BY d.code""",
            [list(COLUMNS), list(COLUMNS)],
        )
    }
    wrong = sum(stored.get(code) != numbers for code, numbers in sheet.good.items())
    rows = len(sheet.good) + sheet.faults
    return {
        "refused": refused,
        "lost": rows - accepted - refused,
        "wrong": wrong + abs(refused - sheet.faults),
    }
