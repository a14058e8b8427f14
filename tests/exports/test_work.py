"""What the worker writes, what survives an interruption, and what is erased."""

from __future__ import annotations

import hashlib
import io
from datetime import timedelta

import pytest
from django.utils import timezone
from openpyxl import load_workbook

from core.audit import AuditEvent
from core.scope import scoped
from reporting.outlets.models import ExportJob, ExportPart
from reporting.outlets.queries import export_rows
from reporting.outlets.services import export_work
from reporting.outlets.services.exports import ExportMoved, cancel_export, take_export
from tests.exports.make import (
    agree,
    ask,
    asker,
    content,
    csv_rows,
    recount,
    sampled,
    work,
    written,
)
from tests.sites.make import Desk, make_desk

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def desk() -> Desk:
    desk = make_desk()
    desk.place.here.name = "=北岸街道"
    desk.place.here.save()
    return desk


def acts(job: ExportJob) -> list[str]:
    rows = AuditEvent.objects.filter(object_type="export", object_id=str(job.pk))
    return list(rows.order_by("pk").values_list("act", flat=True))


def test_tubes_leave_with_their_counts_and_without_anybody(desk):
    place = desk.place
    numbers = sampled(desk, "TUBE0001", 3) + sampled(desk, "TUBE0002", 1, seal=False)

    job = written(place, "tubes")
    rows = csv_rows(place, job)

    assert [(r["tube code"], r["swabs"], r["state"]) for r in rows] == [
        ("TUBE0001", "3", "sealed"),
        ("TUBE0002", "1", "open"),
    ]
    assert rows[0]["street or town"] == "'=北岸街道"
    assert rows[0]["made for"].startswith("user:1:planner ")
    raw = content(place, job)
    assert raw.startswith(b"\xef\xbb\xbf")
    assert raw.endswith(b"\r\n")
    assert not [number for number in numbers if number.encode() in raw]
    assert (job.rows_done, job.rows_total, job.bytes) == (2, 2, len(raw))
    assert job.sha256 == hashlib.sha256(raw).hexdigest()
    assert acts(job) == ["export.ask", "export.finish"]


def test_what_lies_in_the_database_is_not_readable_as_it_is(desk):
    sampled(desk, "TUBE0001", 1)

    job = written(desk.place, "tubes")

    with scoped(asker(desk.place)):
        stored = bytes(ExportPart.objects.get(job=job).content)
    assert b"TUBE0001" not in stored


def test_a_workbook_keeps_numbers_text_and_notes(desk):
    place = desk.place
    sampled(desk, "000123456789012345", 2)

    job = written(place, "tubes", format="xlsx")
    book = load_workbook(io.BytesIO(content(place, job)))

    sheet, notes = book.worksheets
    assert [cell.value for cell in sheet[1]][:2] == ["tube code", "sampling point"]
    assert sheet.freeze_panes == "A2"
    row = {head.value: cell for head, cell in zip(sheet[1], sheet[2], strict=True)}
    assert (row["tube code"].value, row["tube code"].data_type) == ("000123456789012345", "s")
    assert (row["street or town"].value, row["street or town"].data_type) == ("=北岸街道", "s")
    assert row["swabs"].value == 2
    said = {key.value: value.value for key, value in notes.iter_rows(max_col=2)}
    assert said["rows"] == "1 row"
    assert said["SHA-256 of the rows (as CSV)"] == job.rows_digest
    assert said["made for"] == row["made for"].value
    assert not said["tube code"]
    assert said["swabs"] == "valid swabs in it now"


def test_progress_adds_up_to_the_swabs(desk):
    place = desk.place
    sampled(desk, "TUBE0001", 4)
    recount()

    rows = {
        level: csv_rows(place, written(place, "progress", level=level, width=15))
        for level in ("unit", "street", "community")
    }

    assert {level: sum(int(r["swabs"]) for r in of) for level, of in rows.items()} == {
        "unit": 4, "street": 4, "community": 0,
    }  # fmt: skip
    assert sum(int(r["people sampled, of the target"]) for r in rows["community"]) == 4
    assert {r["minutes"] for r in rows["unit"]} == {"15"}


def test_one_street_leaves_out_its_neighbour(desk):
    place = desk.place
    other = make_desk(place, street=place.there)
    sampled(desk, "TUBE0001", 1)
    sampled(other, "TUBE0002", 1)

    both = csv_rows(place, written(place, "swabs"))
    one = csv_rows(place, written(place, "swabs", street_id=place.there.pk))

    assert sorted(r["tube code"] for r in both) == ["TUBE0001", "TUBE0002"]
    assert [r["tube code"] for r in one] == ["TUBE0002"]


def test_people_leave_masked_and_only_after_a_second_person(desk):
    place = desk.place
    [number] = sampled(desk, "TUBE0001", 1)
    job = ask(place, "people", street_id=place.here.pk, reason="door to door")

    assert (job.state, work()) == ("asked", 0)
    agree(place, job)
    assert work() == 1
    job.refresh_from_db()
    [row] = csv_rows(place, job)

    assert row["name"] == "张*"
    assert row["document number"] == f"{number[:3]}***********{number[-4:]}"
    assert row["telephone"] == "138****0000"
    assert row["first sampled at"].startswith("2021-11-04 20:")
    assert number.encode() not in content(place, job)
    assert acts(job) == ["export.ask", "export.agree", "export.finish"]


def rested(job: ExportJob) -> None:
    """Let the time pass that a file which broke is left alone."""
    ExportJob.objects.filter(pk=job.pk).update(beat_at=timezone.now() - export_work.BREATH)


def test_a_worker_that_died_in_the_middle_is_taken_over(desk, monkeypatch):
    place = desk.place
    sampled(desk, "TUBE0001", 1)
    job = ask(place, "tubes")
    finish = export_work._finish

    def die(*args, **kwargs):
        raise SystemExit

    monkeypatch.setattr(export_work, "_finish", die)
    with pytest.raises(SystemExit):
        work()
    job.refresh_from_db()
    assert (job.state, job.sha256) == ("running", "")

    monkeypatch.setattr(export_work, "_finish", finish)
    assert work() == 0, "what broke it may still be there"
    rested(job)
    assert work() == 1
    job.refresh_from_db()

    assert (job.state, job.tries) == ("done", 2)
    assert [r["tube code"] for r in csv_rows(place, job)] == ["TUBE0001"]


def test_what_breaks_three_times_is_set_aside(desk, monkeypatch):
    job = ask(desk.place, "tubes")

    def broken(*args):
        raise RuntimeError

    monkeypatch.setattr(export_work, "Words", broken)
    for _ring in range(4):
        work()
        assert work() == 0
        rested(job)
    job.refresh_from_db()

    assert (job.state, job.tries, job.failure[0]["code"]) == ("failed", 3, "export_gave_up")
    assert acts(job) == ["export.ask", "export.fail"]


def test_a_job_called_off_while_it_is_written_leaves_nothing(desk, monkeypatch):
    place = desk.place
    for number in range(3):
        sampled(desk, f"TUBE000{number}", 1)
    job = ask(place, "tubes")
    monkeypatch.setattr(export_rows, "BATCH", 1)
    move_on = export_work._move_on

    def cancelled_after_one(moving, done, total):
        move_on(moving, done, total)
        if done == 1:
            ExportJob.objects.filter(pk=job.pk).update(state="cancelled")

    monkeypatch.setattr(export_work, "_move_on", cancelled_after_one)
    assert work() == 1
    job.refresh_from_db()

    assert (job.state, job.rows_done, job.rows_total) == ("cancelled", 1, 3)
    with scoped(asker(place)):
        assert not ExportPart.objects.filter(job=job).exists()


def test_a_file_that_would_be_too_long_is_refused_before_it_is_written(desk, monkeypatch):
    sampled(desk, "TUBE0001", 1)
    sampled(desk, "TUBE0002", 1)
    job = ask(desk.place, "tubes")
    monkeypatch.setattr(export_work, "most_rows", lambda kind, format_: 1)

    work()
    job.refresh_from_db()

    assert (job.state, job.failure[0]["code"]) == ("failed", "export_too_long")
    assert job.failure[0]["params"] == {"rows": 2, "most": 1}


def test_a_file_is_erased_when_its_day_is_over(desk):
    place = desk.place
    job = written(place, "tubes")
    assert job.expires_at - job.finished_at == timedelta(hours=24)
    scope = asker(place)
    with scoped(scope):
        take_export(job_id=job.pk, scope=scope, by=scope.actor, at=timezone.now())
    ExportJob.objects.filter(pk=job.pk).update(expires_at=timezone.now() - timedelta(seconds=1))

    work()
    job.refresh_from_db()

    assert (job.state, job.taken) == ("expired", 1)
    with scoped(scope):
        assert not ExportPart.objects.filter(job=job).exists()
        with pytest.raises(ExportMoved):
            take_export(job_id=job.pk, scope=scope, by=scope.actor, at=timezone.now())
        with pytest.raises(ExportMoved):
            cancel_export(job_id=job.pk, scope=scope, by=scope.actor, at=timezone.now())
    assert acts(job) == ["export.ask", "export.finish", "export.take", "export.expire"]


@pytest.mark.parametrize("kind", ["duty", "reports", "alerts"])
def test_tables_without_rows_have_their_headings(desk, kind):
    job = written(desk.place, kind)

    assert (job.rows_total, csv_rows(desk.place, job)) == (0, [])
    assert content(desk.place, job).count(b"\r\n") == 1
