"""Patches from a sheet: which building, whose, handed over and taken back."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta

import pytest

from core import clock
from core.clock import HERE
from core.imports.kinds import UndoRefused, kind_of
from core.imports.services.checking import Upload, start_run
from core.imports.services.confirming import confirm_run
from core.imports.services.ending import undo_run
from core.scope import Scope, scoped
from personnel.models import PatchAssignment
from personnel.services.patches import assign
from tests.imports.files import table
from tests.imports.make import codes, verdicts
from tests.personnel.make import make_district, make_division
from tests.personnel.people import make_document, make_member

pytestmark = pytest.mark.django_db
HEADINGS = ["楼栋", "社区", "责任人身份证号"]
NOW = datetime(2021, 11, 5, 9, tzinfo=HERE)


@pytest.fixture
def place():
    place = make_district()
    clock.set_clock(NOW, rate=1)
    return place


def scope_of(place, street=None) -> Scope:
    return Scope(
        districts=frozenset() if street else frozenset({place.district.pk}),
        streets=frozenset({street.pk}) if street else frozenset(),
        permissions=frozenset({"manage_staff"}),
        actor="user:1:planner",
    )


def make_building(community, name=""):
    building = make_division("building", community)
    building.community_id = community.pk
    building.name = name or building.name
    building.save()
    return building


def bring(place, *rows, street=None):
    kind, scope = kind_of("patches"), scope_of(place, street)
    with scoped(scope):
        return start_run(
            run_id=uuid.uuid4(),
            kind=kind,
            place=kind.places(scope)[0].place,
            upload=Upload(table([HEADINGS, *rows]).encode(), "patches.csv"),
            by=scope.actor,
            at=clock.now(),
        )


def write(place, run):
    with scoped(scope_of(place)):
        _run, written = confirm_run(
            run_id=run.pk, preview=run.preview, scope=scope_of(place), by="t", at=clock.now()
        )
    assert written


def undo(place, run):
    with scoped(scope_of(place)):
        undo_run(run_id=run.pk, scope=scope_of(place), by="t", at=clock.now())


def owner_of(building):
    return PatchAssignment.objects.get(building=building, ends_at=None).owner_id


def later(minutes):
    clock.set_clock(NOW + timedelta(minutes=minutes), rate=1)


def test_buildings_are_given_handed_over_and_taken_back(place):
    one, two = make_building(place.community_here, "2号楼"), make_building(place.community_here)
    make_building(place.community_there, "2号楼")
    first, second = (make_member(place.district, place.here) for _ in range(2))
    given = bring(
        place,
        ["2号楼", place.community_here.name, first.id_number],
        [two.code, "", first.id_number],
    )
    assert verdicts(given) == {2: "new", 3: "new"}
    write(place, given)
    assert {owner_of(one), owner_of(two)} == {first.pk}

    later(10)
    handed = bring(place, [one.code, "", second.id_number], [two.code, "", first.id_number])
    assert verdicts(handed) == {2: "changed", 3: "same"}
    write(place, handed)
    assert owner_of(one) == second.pk
    assert PatchAssignment.objects.get(owner=first, building=one).ends_at is not None

    later(20)
    undo(place, handed)
    assert owner_of(one) == first.pk
    assert PatchAssignment.objects.count() == 2


def test_what_cannot_be_is_refused_with_its_reason(place):
    one = make_building(place.community_here, "2号楼")
    make_building(place.community_there, "2号楼")
    mine, theirs = make_member(place.district, place.here), make_member(place.district, place.there)
    run = bring(
        place,
        ["2号楼", "", mine.id_number],
        ["9号楼", "", mine.id_number],
        ["2号楼", "无此社区", mine.id_number],
        [one.code, "", make_document()],
        [one.code, place.community_here.name, theirs.id_number],
        ["2号楼", place.community_here.name, mine.id_number],
        [one.code, place.community_here.code, mine.id_number],
    )
    assert codes(run) == {
        2: ["building_twice"],
        3: ["building_unknown"],
        4: ["community_unknown"],
        5: ["staff_unknown"],
        6: ["owner_elsewhere"],
        8: ["building_again"],
    }


def test_a_street_gives_its_own_buildings_alone(place):
    theirs = make_building(place.community_there)
    mine = make_member(place.district, place.here)
    run = bring(place, [theirs.code, "", mine.id_number], street=place.here)
    assert codes(run) == {2: ["building_unknown"]}


def test_what_was_handed_on_since_is_not_undone(place):
    building = make_building(place.community_here)
    first, second = (make_member(place.district, place.here) for _ in range(2))
    run = bring(place, [building.code, "", first.id_number])
    write(place, run)
    with scoped(scope_of(place)):
        assign(
            building_ids=[building.pk], owner_id=second.pk, hand_over=True,
            scope=scope_of(place), by="t", at=NOW + timedelta(hours=1),
        )  # fmt: skip
    with pytest.raises(UndoRefused):
        undo(place, run)
    assert owner_of(building) == second.pk
