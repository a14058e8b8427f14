"""Somebody edits a row on its page while an import is being written: no edit is lost."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.db import connection

from campaigns.importing import writing as division_writing
from campaigns.importing.divisions import Divisions
from campaigns.models import Division
from campaigns.services.divisions import change_division
from core import clock
from core.imports.meanwhile import EditedMeanwhile
from core.imports.models import ImportRun
from core.imports.services.confirming import confirm_run
from core.scope import scoped
from sites.importing.points import Points
from sites.models import SamplingPoint
from tests.imports.make import Desk, bring, make_desk, verdicts
from tests.imports.test_points import points, row

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _fresh_process() -> Iterator[None]:
    yield
    clock.forget()


def elsewhere(act: Callable[[], Any]) -> threading.Thread:
    """Do it on a connection of its own, as another request would."""

    def run() -> None:
        try:
            act()
        finally:
            connection.close()

    thread = threading.Thread(target=run)
    thread.start()
    return thread


def confirm(desk: Desk, run: ImportRun) -> bool:
    run.refresh_from_db()
    with scoped(desk.scope):
        return confirm_run(
            run_id=run.pk, preview=run.preview, scope=desk.scope, by="t", at=clock.now()
        )[1]


def street_of(desk: Desk, population: str) -> ImportRun:
    street = desk.place.here
    return bring(desk, [[street.code, street.name, "街道", desk.district.code, population]])


def rename(desk: Desk, name: str) -> Callable[[], None]:
    def act() -> None:
        with scoped(desk.scope):
            change_division(
                division_id=desk.place.here.pk, changes={"name": name}, scope=desk.scope,
                by="page", at=clock.now(),
            )  # fmt: skip

    return act


def before_writing(monkeypatch: pytest.MonkeyPatch, kind: type, act: Callable[[], None]) -> None:
    """Between the judgement under the import's lock and the writing, somebody is quick."""
    write, quick = kind.apply, [act]

    def apply(self, *args: Any, **kwargs: Any) -> None:
        if quick:
            elsewhere(quick.pop()).join(20)
        write(self, *args, **kwargs)

    monkeypatch.setattr(kind, "apply", apply)


def test_a_division_edited_after_its_row_was_judged_is_not_overwritten(monkeypatch):
    desk = make_desk()
    run = street_of(desk, "4,321")
    before_writing(monkeypatch, Divisions, rename(desk, "新名街道"))

    with pytest.raises(EditedMeanwhile):
        confirm(desk, run)

    street = Division.objects.get(pk=desk.place.here.pk)
    assert (street.name, street.population) == ("新名街道", desk.place.here.population)
    # Once more: the rows are judged anew and shown, and only then written as they are seen.
    assert confirm(desk, run) is False
    assert verdicts(run) == {2: "changed"}
    assert confirm(desk, run) is True


def test_an_edit_that_comes_while_rows_are_written_waits_and_is_kept(monkeypatch):
    desk = make_desk()
    run = street_of(desk, "4,321")
    write, waiting = division_writing.update_rows, []

    def update_rows(*args: Any) -> None:
        waiting.append(elsewhere(rename(desk, "新名街道")))
        waiting[0].join(0.5)
        assert waiting[0].is_alive()
        write(*args)

    monkeypatch.setattr(division_writing, "update_rows", update_rows)

    assert confirm(desk, run) is True
    waiting[0].join(20)

    street = Division.objects.get(pk=desk.place.here.pk)
    assert (street.name, street.population) == ("新名街道", 4_321)


def test_a_point_edited_after_its_row_was_judged_is_not_overwritten(monkeypatch):
    desk = make_desk()
    assert confirm(desk, points(desk, row(desk, lead="王点长")))
    run = points(desk, row(desk, lead="王点长", units="3"))
    before_writing(monkeypatch, Points, lambda: SamplingPoint.objects.update(lead_name="李点长"))

    with pytest.raises(EditedMeanwhile):
        confirm(desk, run)

    assert SamplingPoint.objects.get().lead_name == "李点长"
    assert SamplingPoint.objects.get().units.count() == 2
    assert confirm(desk, run) is False
    assert confirm(desk, run) is True
    assert SamplingPoint.objects.get().units.count() == 3
