"""Vehicles from a sheet: words, faults, changes, and what stands in the way of undoing."""

from __future__ import annotations

import uuid
from datetime import timedelta

import pytest

from core import clock
from core.imports.kinds import UndoRefused, kind_of
from core.imports.services.checking import Upload, start_run
from core.imports.services.confirming import confirm_run
from core.imports.services.ending import undo_run
from core.scope import Scope, scoped
from logistics.models import Trip, Vehicle
from logistics.services.vehicles import add_builtin_classes, change_pool
from personnel.models import DutyPlace
from tests.imports.files import table
from tests.imports.make import codes, verdicts
from tests.personnel.make import District, make_district
from tests.personnel.people import START, make_member, make_organisation

pytestmark = pytest.mark.django_db
HEADINGS = ["车牌号", "车型", "座位数", "单位", "服务街道", "驾驶员身份证号", "状态", "原因"]


@pytest.fixture
def place() -> District:
    place = make_district()
    add_builtin_classes(district_id=place.district.pk, by="t", at=START)
    make_organisation(place.district, name="区公交公司", code="BUS", kind="carrier")
    return place


def scope_of(place) -> Scope:
    return Scope(
        districts=frozenset({place.district.pk}),
        permissions=frozenset({"manage_vehicles"}),
        actor="user:1:dispatcher",
    )


def row(plate, kind="大巴车", *, seats="", owner="区公交公司", street="", driver="", pool="",
        reason=""):  # fmt: skip
    return [plate, kind, seats, owner, street, driver, pool, reason]


def bring(place, *rows):
    kind, scope = kind_of("vehicles"), scope_of(place)
    with scoped(scope):
        return start_run(
            run_id=uuid.uuid4(),
            kind=kind,
            place=kind.places(scope)[0].place,
            upload=Upload(table([HEADINGS, *rows]).encode(), "vehicles.csv"),
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


def stored(plate) -> Vehicle:
    return Vehicle.objects.get(plate=plate)


def test_vehicles_come_with_their_places_and_a_second_time_change_nothing(place):
    driver = make_member(place.district)
    rows = [
        row("渝A·10001", street=place.here.name, driver=driver.id_number),
        row("渝A20001", "sample_car", owner="BUS", pool="备用"),
        row("渝A30001", "box van", pool="维修", reason="刹车"),
    ]
    run = bring(place, *rows)
    assert set(verdicts(run).values()) == {"new"}
    write(place, run)

    coach, car = stored("渝A10001"), stored("渝A20001")
    assert (coach.seats, coach.street_id, coach.driver_id) == (45, place.here.pk, driver.pk)
    assert (coach.place.name, coach.place.street_id) == ("渝A10001", place.here.pk)
    assert (car.boxes, car.pool, car.place.kind) == (12, "reserve", "vehicle")
    assert set(verdicts(bring(place, *rows)).values()) == {"same"}


def test_what_cannot_be_is_refused_with_its_reason(place):
    run = bring(
        place,
        row("大巴"),
        row("渝A10001", "飞机"),
        row("渝A10002", owner="无名公司"),
        row("渝A10003", driver="990000198001010012"),
        row("渝A10004", pool="停用"),
        row("渝A10005", pool="不知道"),
        row("渝A10006"),
        row("渝A-10006"),
    )
    assert codes(run) == {
        2: ["plate"],
        3: ["name_unknown"],
        4: ["name_unknown"],
        5: ["staff_unknown"],
        6: ["reason_missing"],
        7: ["pool_unknown"],
        8: ["duplicate"],
        9: ["duplicate"],
    }


def test_a_change_is_shown_written_and_taken_back(place):
    first = bring(place, row("渝A10001", seats="45"))
    write(place, first)
    make_organisation(place.district, name="市九院", code="H9")

    run = bring(place, row("渝A10001", seats="50", owner="H9", street=place.there.name))
    assert verdicts(run) == {2: "changed"}
    write(place, run)
    changed = stored("渝A10001")
    assert (changed.seats, changed.owner.name) == (50, "市九院")
    assert changed.place.street_id == place.there.pk

    undo(place, run)
    back = stored("渝A10001")
    assert (back.seats, back.owner.name, back.street_id) == (45, "区公交公司", None)
    assert back.place.street_id is None
    undo(place, first)
    assert not Vehicle.objects.exists()
    assert not DutyPlace.objects.exists()


def test_a_vehicle_that_drives_is_not_taken_back(place):
    run = bring(place, row("渝A10001"), row("渝A10002"))
    write(place, run)
    Trip.objects.create(
        client_key=uuid.uuid4(), district_id=place.district.pk, vehicle=stored("渝A10001"),
        kind="staff", starts_at=START, ends_at=START + timedelta(hours=1), seats=45, room=0,
        at=START, by="t",
    )  # fmt: skip
    with pytest.raises(UndoRefused) as refused:
        undo(place, run)
    assert [(line, reason.code) for line, _label, reason in refused.value.rows] == [
        (2, "undo_used")
    ]
    assert Vehicle.objects.count() == 2


def test_a_vehicle_changed_on_its_page_is_not_taken_back(place):
    run = bring(place, row("渝A10001", pool="在用"))
    write(place, run)
    change_pool(
        vehicle_id=stored("渝A10001").pk, pool="reserve", reason="", scope=scope_of(place),
        by="t", at=START,
    )  # fmt: skip
    with pytest.raises(UndoRefused):
        undo(place, run)
