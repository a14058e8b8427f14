"""Visits from a sheet: words, faults, the person who is asked for already, and undoing."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime
from typing import Any

import pytest

from core import clock
from core.imports.kinds import UndoRefused, kind_of
from core.imports.services.checking import Upload, start_run
from core.imports.services.confirming import confirm_run
from core.imports.services.ending import undo_run
from core.scope import scoped
from logistics.models import Visit, VisitStep
from personnel.roles import Role
from tests.boards.make import signed_in
from tests.imports.files import table
from tests.imports.make import codes, ended_namesake, verdicts
from tests.logistics.homes import make_visit, planner
from tests.logistics.test_visits import give
from tests.personnel.make import make_user
from tests.personnel.people import floor_of
from tests.sites.make import NOW, id_number, make_resident, make_round

pytestmark = pytest.mark.django_db
HEADINGS = ["社区", "楼栋", "姓名", "电话", "身份证号", "类别", "方式", "门牌", "在家时间", "紧急"]
SECRETS = ("李桂芳", "13911112222", "2单元302")


@pytest.fixture
def place() -> Any:
    place = make_round()
    clock.set_clock(NOW, rate=0.001)
    with floor_of(place.district):
        yield place


def row(place: Any, *, name: str = "李桂芳", reason: str = "卧床", **over: str) -> list[str]:
    given = {"community": place.community_here.name, "building": "3号楼", "phone": "", "number": "",
             "way": "", "address": "", "window": "", "urgent": ""} | over  # fmt: skip
    return [given["community"], given["building"], name, given["phone"], given["number"], reason,
            given["way"], given["address"], given["window"], given["urgent"]]  # fmt: skip


def bring(place: Any, *rows: list[str]) -> Any:
    kind, scope = kind_of("visits"), planner(place.here)
    with scoped(scope):
        return start_run(
            run_id=uuid.uuid4(), kind=kind, place=kind.places(scope)[0].place,
            upload=Upload(table([HEADINGS, *rows]).encode(), "visits.csv"),
            by=scope.actor, at=clock.now(),
        )  # fmt: skip


def write(place: Any, run: Any) -> None:
    with scoped(planner(place.here)) as scope:
        _run, written = confirm_run(
            run_id=run.pk, preview=run.preview, scope=scope, by="t", at=clock.now()
        )
    assert written


def undo(place: Any, run: Any) -> None:
    with scoped(planner(place.here)) as scope:
        undo_run(run_id=run.pk, scope=scope, by="t", at=clock.now())


def test_words_of_a_sheet_become_requests(place: Any):
    run = bring(place, row(place, phone="13911112222", address="2单元302", urgent="是", way="接送",
                           reason="孕妇", window="2021-11-05 21:00-01:30"))  # fmt: skip
    write(place, run)

    visit = Visit.objects.get()
    assert (visit.name, visit.name_mask, visit.phone_mask) == ("李桂芳", "李*", "139****2222")
    assert (visit.reason, visit.way, visit.urgent) == ("pregnant", "fetch", True)
    assert (visit.address, visit.building, visit.state) == ("2单元302", "3号楼", "asked")
    assert visit.window_starts == datetime(2021, 11, 5, 13, tzinfo=UTC)
    assert visit.window_ends == datetime(2021, 11, 5, 17, 30, tzinfo=UTC)
    assert visit.phone_print == make_visit(place, phone="13911112222").phone_print
    assert VisitStep.objects.filter(visit=visit, from_state="", to_state="asked").count() == 1


def test_a_code_that_was_used_before_names_the_current_community(place: Any):
    ended_namesake(place.community_here)
    write(place, bring(place, row(place, community=place.community_here.code)))
    assert Visit.objects.get().community == place.community_here


def test_the_register_says_what_the_row_leaves_out(place: Any):
    resident, number = make_resident(place)
    run = bring(place, row(place, name="", community="", number=number))
    write(place, run)
    visit = Visit.objects.get()
    assert (visit.name, visit.community, visit.person_key) == (
        "张三", place.community_here, resident.person_key,
    )  # fmt: skip


def test_faults_are_said_row_by_row(place: Any):
    run = bring(
        place,
        row(place, name=""),
        row(place, community=place.community_there.name, building="1"),
        row(place, community="", building="2"),
        row(place, reason="懒"),
        row(place, way="飞"),
        row(place, window="明天上午"),
        row(place, urgent="也许"),
        row(place, number="123"),
    )
    assert set(verdicts(run).values()) == {"refused"}
    assert [codes(run)[line][0] for line in sorted(codes(run))] == [
        "name_missing", "community_unknown", "community_missing", "visit_reason_word",
        "visit_way_word", "visit_window", "visit_urgent_word", codes(run)[9][0],
    ]  # fmt: skip


def test_who_is_asked_for_already_stays_as_they_are(place: Any):
    number = id_number()
    make_visit(place, number=number, name="周芳")
    run = bring(place, row(place, number=number), row(place, name="钱七"))
    assert verdicts(run) == {2: "same", 3: "new"}
    write(place, run)
    again = bring(place, row(place, number=number))
    assert verdicts(again) == {2: "same"}
    assert sorted(Visit.objects.values_list("name_mask", flat=True)) == ["周*", "钱*"]


def test_one_person_comes_once_in_a_file_and_a_known_telephone_is_remarked(place: Any):
    make_visit(place, phone="13911112222")
    number = id_number()
    run = bring(place, row(place, number=number), row(place, number=number),
                row(place, name="钱七", phone="13911112222"))  # fmt: skip
    assert verdicts(run)[4] == "new"
    assert codes(run)[4] == ["visit_phone"]
    assert "refused" in (verdicts(run)[2], verdicts(run)[3])


def test_an_import_is_undone_until_somebody_has_worked_on_it(place: Any):
    first = bring(place, row(place))
    write(place, first)
    undo(place, first)
    assert not Visit.objects.exists()

    second = bring(place, row(place), row(place, name="钱七"))
    write(place, second)
    give(place, Visit.objects.order_by("pk")[0])
    with pytest.raises(UndoRefused) as kept:
        undo(place, second)
    assert [line for line, _label, _why in kept.value.rows] == [2]
    assert Visit.objects.count() == 2


def test_a_closed_round_takes_no_sheet(place: Any):
    run = bring(place, row(place))
    place.round.state = "closed"
    place.round.save()
    with scoped(planner(place.here)) as scope:
        assert kind_of("visits").places(scope) == []
        with pytest.raises(Exception, match=r"closed|关闭"):
            confirm_run(run_id=run.pk, preview=run.preview, scope=scope, by="t", at=NOW)


def test_the_preview_shows_nobody(place: Any):
    client = signed_in(make_user(Role.STREET_OFFICIAL, place.here))
    text = table([HEADINGS, row(place, phone="13911112222", address="2单元302")])
    answer = client.post("/imports/visits/", {"pasted": text}, follow=True)
    page = answer.content.decode()
    assert "李*" in page
    assert not [secret for secret in SECRETS if secret in page]
