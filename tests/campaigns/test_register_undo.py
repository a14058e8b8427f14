"""Undoing a register's import: whole or not at all, and never against later work."""

from __future__ import annotations

from datetime import timedelta

import pytest

from campaigns.models import (
    Contradiction,
    Resident,
    ResidentBefore,
)
from campaigns.services.register import jobs, uploads
from core import clock
from core.scope import scoped
from tests.campaigns.make_register import (
    applied,
    planner,
    row,
    work,
    worker,
)
from tests.campaigns.test_register_bulk import people
from tests.personnel.make import District
from tests.sites.make import id_number, make_round

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def place() -> District:
    return make_round()


def test_undo_gives_everything_back_once(place):
    one, two = id_number(), id_number()
    applied(place, [row(one, place, building="1号楼")], sender="a")
    run = applied(
        place, [row(one, place, building="2号楼", name="改"), row(two, place)], sender="b"
    )
    scope = planner(place)

    for _time in range(2):
        uploads.ask_undo(run_id=run.pk, scope=scope, by=scope.actor, at=clock.now())
        work()

    run.refresh_from_db()
    assert run.state == "undone"
    left = people(place)
    assert set(left) == {one}
    assert (left[one].name, left[one].building) == ("张三", "1号楼")
    with scoped(scope):
        assert not Contradiction.objects.exists()


def test_undo_is_refused_when_somebody_was_changed_by_hand_since(place):
    one = id_number()
    run = applied(place, [row(one, place)])
    scope = planner(place)
    with scoped(scope):
        Resident.objects.update(updated_at=clock.now(), groups=["old"])

    uploads.ask_undo(run_id=run.pk, scope=scope, by=scope.actor, at=clock.now())
    work()

    run.refresh_from_db()
    assert run.state == "applied"
    assert run.failure[0]["code"] == "undo_people_touched"
    assert one in people(place)


def test_an_undo_that_breaks_three_times_leaves_the_import_in_force(place, monkeypatch):
    one = id_number()
    run = applied(place, [row(one, place)])
    scope = planner(place)

    def broken(*args: object, **kwargs: object) -> None:
        raise ValueError("broken")

    uploads.ask_undo(run_id=run.pk, scope=scope, by=scope.actor, at=clock.now())
    with monkeypatch.context() as cut:
        cut.setattr("campaigns.services.register.jobs.undoing.undo", broken)
        work(rings=4)

    run.refresh_from_db()
    assert (run.state, run.failure[0]["code"]) == ("applied", "undo_gave_up")
    assert one in people(place)
    uploads.ask_undo(run_id=run.pk, scope=scope, by=scope.actor, at=clock.now())
    work()
    assert people(place) == {}


def test_an_undo_asked_for_in_time_keeps_the_old_values_it_needs(place):
    one = id_number()
    applied(place, [row(one, place)], sender="a")
    run = applied(place, [row(one, place, name="改")], sender="b")
    scope = planner(place)

    uploads.ask_undo(run_id=run.pk, scope=scope, by=scope.actor, at=run.undo_until)
    with worker():
        jobs.clear_up(at=run.undo_until + timedelta(minutes=1))
    work()

    assert people(place)[one].name == "张三"


def test_without_old_values_nothing_is_undone(place):
    one = id_number()
    applied(place, [row(one, place)], sender="a")
    run = applied(place, [row(one, place, name="改")], sender="b")
    scope = planner(place)
    with worker():
        ResidentBefore.objects.all().delete()

    uploads.ask_undo(run_id=run.pk, scope=scope, by=scope.actor, at=clock.now())
    work()

    run.refresh_from_db()
    assert (run.state, run.failure[0]["code"]) == ("applied", "undo_too_late")
    assert people(place)[one].name == "改"
