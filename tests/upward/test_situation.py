"""A situation report goes up as it was issued, byte for byte, and not before it is approved."""

from __future__ import annotations

from datetime import timedelta

import pytest

from core.scope import scoped
from reporting.outlets.models import OutletRun, RunState, SituationFile
from reporting.outlets.services.upward import add_outlet, add_superior
from reporting.outlets.services.upward_runs import STALE, make_due_runs, make_run, open_run_now
from tests.situation.make import LATER, Desk, make_desk


@pytest.fixture
def desk(db: None) -> Desk:
    return make_desk()


def owed(desk: Desk, form: str) -> OutletRun:
    who = desk.told()
    superior = add_superior(district_id=desk.district.pk, name="市指挥部", **who)
    outlet = add_outlet(
        superior_id=superior.pk, title="情况报告", what="situation", form=form, cadence="every",
        first_minute=0, every_minutes=120, due_after=30, language="zh-hans", active=True, **who,
    )  # fmt: skip
    return open_run_now(outlet_id=outlet.pk, **who)


def test_it_waits_for_the_approval_and_is_then_the_very_file(desk: Desk) -> None:
    run = owed(desk, "xlsx")
    later = run.as_of + timedelta(minutes=6)
    with scoped(desk.scope()):
        assert make_due_runs(by="t", at=later) == 0
        run.refresh_from_db()
        assert (run.state, run.problem) == (RunState.DUE, "")

        report = desk.issue(run.as_of)
        assert make_run(run.pk, by="t", at=later)

    run.refresh_from_db()
    kept = SituationFile.objects.get(report=report, kind="xlsx", language="zh")
    assert bytes(run.file.data) == bytes(kept.content)
    assert (run.state, run.file.sha256) == (RunState.MADE, kept.sha256)
    assert run.file.name.endswith(".xlsx")


def test_a_report_of_another_cut_off_is_not_sent_in_its_place(desk: Desk) -> None:
    desk.issue()
    desk.jump(LATER)
    run = owed(desk, "txt")

    with scoped(desk.scope()):
        assert not make_run(run.pk, by="t", at=run.as_of + timedelta(minutes=6))

        run.refresh_from_db()
        assert run.state == RunState.DUE
        # It does not wait for ever, and somebody is told.
        assert not make_run(run.pk, by="t", at=run.due_at + STALE + timedelta(minutes=1))

    run.refresh_from_db()
    assert (run.state, run.problem) == (RunState.FAILED, "not_issued")
