"""The mechanism itself: one run a form, what was seen is what is written, a day to undo it."""

from __future__ import annotations

import uuid
from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from campaigns.models import Division
from core import clock
from core.audit import AuditEvent
from core.imports.kinds import kind_of
from core.imports.models import ImportRow, ImportRun
from core.imports.services.checking import RunMoved, Upload, name_columns, start_run
from core.imports.services.confirming import NothingToWrite, confirm_run
from core.imports.services.ending import UndoTooLate, discard_run, sweep_imports, undo_run
from core.inputs import Refused
from core.scope import scoped
from core.sheets.words import FileRefused
from tests.imports.make import HEADINGS, Desk, bring, make_desk, rows_of_streets, seeing, verdicts

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk() -> Desk:
    return make_desk()


def confirm(desk: Desk, run: ImportRun, *, preview: int | None = None):
    with scoped(desk.scope):
        return confirm_run(
            run_id=run.pk,
            preview=run.preview if preview is None else preview,
            scope=desk.scope,
            by=desk.scope.actor,
            at=clock.now(),
        )


def streets() -> int:
    return Division.objects.filter(code__startswith="S").count()


def test_a_form_sent_twice_is_one_run_and_another_file_is_another(desk: Desk):
    form = uuid.uuid4()

    first = bring(desk, rows_of_streets(desk, 2), run_id=form)
    second = bring(desk, rows_of_streets(desk, 2), run_id=form)
    other = bring(desk, rows_of_streets(desk, 3), run_id=form)

    assert first.pk == second.pk == form != other.pk
    assert ImportRun.objects.count() == 2


def test_confirming_twice_writes_once(desk: Desk):
    run = bring(desk, rows_of_streets(desk, 3))

    assert [confirm(desk, run)[1] for _time in range(2)] == [True, True]
    assert streets() == 3
    assert AuditEvent.objects.filter(act="import.apply").count() == 1


def test_nothing_is_written_by_checking(desk: Desk):
    bring(desk, rows_of_streets(desk, 3))

    assert streets() == 0


def test_a_world_that_changed_gives_a_new_preview_and_writes_nothing(desk: Desk):
    run = bring(desk, rows_of_streets(desk, 2))
    confirm(desk, bring(desk, rows_of_streets(desk, 1)))

    run, written = confirm(desk, run)

    assert (written, run.state, streets()) == (False, "checked", 1)
    assert verdicts(run) == {2: "same", 3: "new"}
    assert confirm(desk, run)[1]
    assert streets() == 2


def test_who_saw_an_older_preview_sees_the_newer_one_first(desk: Desk):
    run = bring(desk, rows_of_streets(desk, 2))

    assert confirm(desk, run, preview=run.preview - 1)[1] is False
    assert streets() == 0


def test_a_file_without_news_is_not_written(desk: Desk):
    confirm(desk, bring(desk, rows_of_streets(desk, 1)))

    with pytest.raises(NothingToWrite):
        confirm(desk, bring(desk, rows_of_streets(desk, 1)))


def test_a_failure_in_the_middle_writes_nothing(desk: Desk, monkeypatch):
    run = bring(desk, rows_of_streets(desk, 3))
    kind = kind_of("divisions")
    real = kind.apply

    def half(rows, place, **more):
        real(rows, place, **more)
        raise IntegrityError("the last row")

    monkeypatch.setattr(kind, "apply", half, raising=False)
    with pytest.raises(Refused) as caught:
        confirm(desk, run)
    assert caught.value.code == "not_consistent"

    run.refresh_from_db()
    assert (run.state, streets()) == ("checked", 0)


def test_rows_that_do_not_add_up_cannot_be_stored(desk: Desk):
    run = bring(desk, rows_of_streets(desk, 2))

    with pytest.raises(IntegrityError, match="import_run_rows_add_up"), transaction.atomic():
        ImportRun.objects.filter(pk=run.pk).update(rows_in=3)


def test_undo_within_a_day_once_and_not_later(desk: Desk):
    run = bring(desk, rows_of_streets(desk, 2))
    confirm(desk, run)
    late = clock.now() + timedelta(hours=24, seconds=1)
    with scoped(desk.scope):
        with pytest.raises(UndoTooLate):
            undo_run(run_id=run.pk, scope=desk.scope, by="t", at=late)
        for _time in range(2):
            undo_run(run_id=run.pk, scope=desk.scope, by="t", at=clock.now())

    run.refresh_from_db()
    assert (run.state, streets(), run.rows_in) == ("undone", 0, 2)
    with seeing(run):
        assert not run.rows.exists()


def test_what_came_in_the_file_is_encrypted_and_erased_after_its_time(desk: Desk):
    from django.db import connection

    run = bring(desk, rows_of_streets(desk, 2))
    with seeing(run), connection.cursor() as cursor:
        cursor.execute("SELECT cells, values, before FROM core_importrow")
        stored = b"".join(bytes(part) for row in cursor.fetchall() for part in row)
    assert "街道".encode() not in stored

    now = clock.now()
    with seeing(run):
        assert sweep_imports(by="system:worker", at=now + timedelta(hours=23)) == 0
        assert sweep_imports(by="system:worker", at=now + timedelta(hours=25)) == 1
        assert not ImportRow.objects.exists()
    run.refresh_from_db()
    assert (run.state, run.header) == ("discarded", "")


def test_a_discarded_run_cannot_be_written(desk: Desk):
    run = bring(desk, rows_of_streets(desk, 2))
    with scoped(desk.scope):
        discard_run(run_id=run.pk, scope=desk.scope, by="t", at=clock.now())

    with pytest.raises(RunMoved):
        confirm(desk, run)


def test_rows_of_a_neighbour_are_below_the_floor(desk: Desk):
    run = bring(desk, rows_of_streets(desk, 2))

    with scoped(make_desk().scope):
        assert not ImportRow.objects.exists()
        assert not ImportRun.objects.within(make_desk().scope).filter(pk=run.pk).exists()


def test_unknown_headings_are_asked_for_once_for_each_sender(desk: Desk):
    odd = ["bianma", "mingcheng", "jibie", "shangji", "beizhu"]
    rows = rows_of_streets(desk, 2)
    run = bring(desk, rows, headings=odd)
    assert (run.state, run.rows_in) == ("mapping", 2)

    with scoped(desk.scope):
        run = name_columns(
            run_id=run.pk,
            mapping=["code", "name", "level", "parent", ""],
            scope=desk.scope,
            by=desk.scope.actor,
            at=clock.now(),
        )
    assert (run.state, run.rows_new) == ("checked", 2)
    assert bring(desk, rows_of_streets(desk, 3), headings=odd).state == "checked"
    assert bring(make_desk(), rows, headings=odd).state == "mapping"


@pytest.mark.parametrize(
    "headings, code",
    [
        (["编码", "名称", "编码（必填）"], "heading_twice"),
        (["编码", "名称", ""], "heading_missing"),
    ],
)
def test_a_faulty_header_refuses_the_file(desk: Desk, headings: list[str], code: str):
    with pytest.raises(FileRefused) as caught:
        bring(desk, [["S1", "甲", "街道"]], headings=headings)

    assert caught.value.code == code
    assert not ImportRun.objects.exists()


def test_text_that_was_decoded_by_guess_must_have_known_headings(desk: Desk):
    kind = kind_of("divisions")
    data = "饕餮,魑魅\n1,2\n".encode("gb18030")

    with pytest.raises(FileRefused) as caught:
        start_run(
            run_id=uuid.uuid4(),
            kind=kind,
            place=kind.places(desk.scope)[0].place,
            upload=Upload(data, "a.csv"),
            by="t",
            at=clock.now(),
        )

    assert caught.value.code == "heading_unknown"


def test_titles_above_the_header_are_skipped_and_row_numbers_stay(desk: Desk):
    title = ["石景山区区划一览表", "", "", "", ""]

    run = bring(desk, [HEADINGS, *rows_of_streets(desk, 1)], headings=title)

    assert verdicts(run) == {3: "new"}


cell = st.sampled_from(
    ["", "S1", "S2", "甲", "街道", "社区", "1,200", "12.5", "合计", "=1+1", "\u202e"]
)


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(rows=st.lists(st.lists(cell, min_size=1, max_size=6), min_size=1, max_size=8))
def test_rows_in_are_always_accepted_or_refused(desk: Desk, rows: list[list[str]]):
    """Whatever the rows hold, each becomes exactly one verdict, and what is accepted is written."""
    from core.imports.judging import count, judge_lines, mark_lines
    from core.imports.kinds import Place
    from core.sheets.table import Line

    lines = [Line(number, row) for number, row in enumerate(rows, 2) if any(row)]
    mark_lines(lines, HEADINGS, even=True)
    place = Place(desk.district.pk)
    kind = kind_of("divisions")
    with transaction.atomic():
        judged = judge_lines(
            kind, lines, ["code", "name", "level", "parent", "population"], HEADINGS, place
        )
        counts = count(judged)
        assert [row.line for row in judged] == [line.number for line in lines]
        assert counts.rows_in == counts.new + counts.changed + counts.same + counts.refused
        assert all(row.reasons for row in judged if row.verdict == "refused")
        before = Division.objects.count()
        kind.apply(judged, place, run_id=None, by="t", at=clock.now())
        assert Division.objects.count() == before + counts.new
        transaction.set_rollback(True)
