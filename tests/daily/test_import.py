"""Daily numbers from sheets and chat lines: checked, shown, written, taken back."""

from __future__ import annotations

import uuid
from datetime import timedelta

import pytest
from django.urls import reverse

from core import clock
from core.imports.judging import judge_lines
from core.imports.kinds import UndoRefused, kind_of
from core.imports.models import ImportRow, ImportRun, RunState
from core.imports.services.checking import Upload, start_run
from core.imports.services.confirming import confirm_run
from core.imports.services.ending import undo_run
from core.inputs import Conflict, Refused
from core.scope import Scope, scoped
from core.sheets.table import Line
from personnel.roles import POLICY, Role
from reporting.daily.models import CellChange, ReportCell
from tests.daily.make import DUE, House, make_house, set_time


@pytest.fixture
def house(db) -> House:
    house = make_house()
    place = house.place
    for division, name in (
        (place.community_here, "灵峰社区"),
        (place.community_there, "龙凤社区"),
        (place.here, "八宝山街道"),
        (place.there, "老山街道"),
    ):
        division.name = name
        division.save()
    return house


def bring(house: House, text: str, role: Role = Role.STREET_OFFICIAL, name: str = "") -> ImportRun:
    """Check a pasted text through the services, as a request would."""
    scope = house.scope(role)
    with scoped(scope):
        kind = kind_of("daily")
        return start_run(
            run_id=uuid.uuid4(), kind=kind, place=kind.places(scope)[0].place,
            upload=Upload(text.encode(), name), by=scope.actor, at=clock.now(),
        )  # fmt: skip


def confirm(house: House, run: ImportRun, role: Role = Role.STREET_OFFICIAL) -> ImportRun:
    scope = house.scope(role)
    with scoped(scope):
        run, written = confirm_run(
            run_id=run.pk, preview=run.preview, scope=scope, by=scope.actor, at=clock.now()
        )
    assert written
    return run


def undo(house: House, run: ImportRun, role: Role = Role.STREET_OFFICIAL) -> ImportRun:
    scope = house.scope(role)
    with scoped(scope):
        return undo_run(run_id=run.pk, scope=scope, by=scope.actor, at=clock.now())


def rows(run: ImportRun) -> list[ImportRow]:
    """The rows as somebody of the district may see them."""
    with scoped(Scope(districts=frozenset({run.district_id}))):
        return list(run.rows.order_by("line"))


def told(run: ImportRun) -> list[tuple[int, str, list[str]]]:
    return [
        (row.line, row.verdict, [reason["code"] for reason in row.reasons]) for row in rows(run)
    ]


def test_a_sheet_changes_cells_and_is_taken_back(house: House) -> None:
    before = ReportCell.objects.get(pk=house.cell("sampled").pk)

    run = bring(house, "社区\t已采人数\t上门申请\n灵峰\t1,234\t１２\n合计\t1,234\t12\n")

    assert told(run) == [(2, "changed", []), (3, "refused", ["total"])]
    confirm(house, run)
    sampled = house.cell("sampled")
    assert (sampled.value, sampled.saved_by, sampled.revision) == (
        1234, "user:street_official", 1,
    )  # fmt: skip
    assert house.cell("home_requests").value == 12
    assert house.report().edition > 0
    assert house.report().touched_at is not None

    undo(house, run)

    sampled = house.cell("sampled")
    assert (sampled.value, sampled.saved_by) == (before.value, "")
    assert house.cell("home_requests").value is None
    assert CellChange.objects.count() == 4


def test_after_an_undo_a_cell_follows_the_system_again(house: House) -> None:
    run = confirm(house, bring(house, "社区\t已采\n灵峰社区\t77\n"))
    ReportCell.objects.filter(pk=house.cell("sampled").pk).update(system_value=9)

    undo(house, run)

    assert (house.cell("sampled").value, house.cell("sampled").saved_by) == (9, "")


def test_also_after_a_second_import_and_its_undo(house: House) -> None:
    for figure in (77, 88):
        run = confirm(house, bring(house, f"社区\t已采\n灵峰社区\t{figure}\n"))
        ReportCell.objects.filter(pk=house.cell("sampled").pk).update(system_value=figure % 10)
        undo(house, run)

    assert (house.cell("sampled").value, house.cell("sampled").saved_by) == (8, "")


def test_an_undo_gives_back_what_a_person_had_said(house: House) -> None:
    house.save(house.cell("sampled"), "6", reason="paper")
    run = confirm(house, bring(house, "社区\t已采\n灵峰社区\t77\n"))

    undo(house, run)

    cell = house.cell("sampled")
    assert (cell.value, cell.reason, cell.saved_by) == (6, "paper", "user:street_official")


def test_what_somebody_changed_since_is_not_taken_back(house: House) -> None:
    run = confirm(house, bring(house, "社区\t已采\t册外\n灵峰社区\t77\t3\n"))
    house.save(house.cell("sampled"), "78")

    with pytest.raises(UndoRefused) as refused:
        undo(house, run)

    assert [(line, reason.column) for line, _label, reason in refused.value.rows] == [
        (2, "sampled")
    ]
    assert (house.cell("sampled").value, house.cell("off_register").value) == (78, 3)


def test_what_was_submitted_since_is_not_taken_back(house: House) -> None:
    run = confirm(house, bring(house, "社区\t上门申请\n灵峰社区\t3\n"))
    house.submit()

    with pytest.raises(UndoRefused) as refused:
        undo(house, run)

    assert [reason.code for _line, _label, reason in refused.value.rows] == ["undo_submitted"]


@pytest.mark.parametrize(
    ("row", "codes"),
    [
        ("灵峰社区\t1200\t", []),
        ("灵峰社区\t\t", ["row_empty"]),
        ("\t5\t", ["value_missing"]),
        ("灵峰社区\t五\t", ["number_not_whole"]),
        ("灵峰社区\t-1\t", ["number_negative"]),
        ("灵峰社区\t1.2万\t", ["number_read_as"]),
        ("灵峰社区\t25,310人\t", ["number_read_as"]),
        ("灵峰社区\t\t3", ["cell_not_asked"]),
        ("八宝山街道\t\t3", []),
        ("峰\t5\t", ["place_unclear"]),
        ("总计\t5\t", ["total"]),
        ("龙凤社区\t5\t", ["place_unknown"]),  # the neighbour street's
        ("没有社区\t5\t", ["place_unknown"]),
    ],
)
def test_each_row_is_answered_alone(house: House, row: str, codes: list[str]) -> None:
    run = bring(house, f"社区\t已采\t车辆\n{row}\n")

    [(_line, verdict, found)] = told(run)
    refused = codes and codes != ["number_read_as"]
    assert found == codes
    assert (verdict == "refused") is bool(refused)
    assert run.rows_in == run.rows_accepted + run.rows_refused == 1


def test_a_neighbours_name_is_refused_in_the_same_words_as_none(house: House) -> None:
    run = bring(house, "社区\t已采\n龙凤社区\t5\n没有社区\t5\n")

    theirs, nobodys = [row.reasons for row in rows(run)]
    assert theirs == nobodys
    assert run.rows_refused == 2


def test_one_community_under_two_names_is_refused_twice(house: House) -> None:
    run = bring(house, "社区\t已采\n灵峰社区\t5\n灵峰\t6\n")

    assert [codes for _line, _verdict, codes in told(run)] == [["duplicate"], ["duplicate"]]


def test_a_name_of_two_communities_is_refused_with_both(house: House) -> None:
    house.place.community_there.name = "灵峰村"
    house.place.community_there.save()

    run = bring(house, "社区\t街道\t已采\n灵峰\t\t5\n灵峰\t老山\t6\n", Role.REPORTING_OFFICER)

    [first, second] = rows(run)
    assert [reason["code"] for reason in first.reasons] == ["place_twice"]
    assert first.reasons[0]["params"]["names"] == "八宝山街道 灵峰社区、老山街道 灵峰村"
    assert second.verdict == "changed"


def test_the_district_brings_all_streets_in_one_sheet(house: House) -> None:
    run = bring(house, "社区\t已采\n灵峰\t7\n龙凤\t8\n", Role.REPORTING_OFFICER)
    confirm(house, run, Role.REPORTING_OFFICER)

    there = house.cell("sampled", house.place.community_there, house.place.there)
    assert (house.cell("sampled").value, there.value) == (7, 8)


def test_a_street_that_submitted_is_left_alone(house: House) -> None:
    house.submit()

    run = bring(house, "社区\t已采\n灵峰\t7\n龙凤\t8\n", Role.REPORTING_OFFICER)

    assert told(run) == [(2, "refused", ["report_closed"]), (3, "changed", [])]


def test_a_report_submitted_after_the_preview_is_not_written(house: House) -> None:
    run = bring(house, "社区\t上门申请\n灵峰\t7\n")
    house.submit()

    with pytest.raises(Refused) as refused:
        confirm(house, run)

    assert refused.value.code == "report_closed"
    assert house.cell("home_requests").value is None


def test_numbers_that_moved_while_it_is_written_are_a_conflict(house: House) -> None:
    kind = kind_of("daily")
    place = kind.places(house.scope())[0].place
    kind = kind.at(place)
    lines = [Line(2, ["灵峰", "7"])]
    judged = judge_lines(kind, lines, ["_place", "sampled"], ["社区", "已采"], place)
    house.save(house.cell("sampled"), "6", reason="paper")

    with pytest.raises(Conflict):
        kind.apply(judged, place, run_id=uuid.uuid4(), by="x", at=clock.now())
    assert house.cell("sampled").value == 6


def test_nothing_is_open_once_the_report_is_locked(house: House) -> None:
    set_time(DUE + timedelta(minutes=61))

    assert kind_of("daily").places(house.scope()) == []


def test_a_community_worker_brings_no_sheets(house: House) -> None:
    scope = Scope(
        communities=frozenset({house.place.community_here.pk}),
        permissions=POLICY[Role.COMMUNITY_WORKER].permissions,
    )
    assert not scope.can(kind_of("daily").permission)


def test_chat_lines_come_as_the_same_preview(house: House) -> None:
    text = (
        "#接龙\n今天15:00上报\n\n1. 灵峰社区 已采19640 豁免３ 管1982\n2、峰 已采：25,310人\n"
        "3. 收到\n4. 灵峰 核酸5\n合计 已采 44950"
    )

    run = bring(house, text)

    assert told(run) == [
        (4, "changed", []),
        (5, "refused", ["place_unclear"]),
        (6, "refused", ["chat_no_number"]),
        (7, "refused", ["chat_number_bare"]),
        (8, "refused", ["total"]),
    ]
    confirm(house, run)
    assert [house.cell(code).value for code in ("sampled", "exempt", "tubes")] == [19640, 3, 1982]


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_the_whole_way_by_pages(house: House, language: str) -> None:
    client = house.client(Role.STREET_OFFICIAL)
    client.post(reverse("personnel:language_switch"), {"language": language, "next": "/"})
    start = reverse("imports:start", args=["daily"])
    page = client.get(start)
    assert page.status_code == 200
    assert ("已采" if language != "en" else "Sampled") in page.content.decode()

    checked = client.post(start, {"pasted": "1. 灵峰社区 已采1.2万", "run_id": uuid.uuid4()})
    assert checked.status_code == 302, checked.content
    run = ImportRun.objects.get()
    preview = client.get(checked["Location"]).content.decode()
    assert "12,000" in preview
    assert "灵峰社区" in preview

    client.post(reverse("imports:confirm", args=[run.pk]), {"preview": run.preview})
    assert house.cell("sampled").value == 12000

    client.post(reverse("imports:undo", args=[run.pk]))
    run.refresh_from_db()
    assert (run.state, house.cell("sampled").value) == (RunState.UNDONE, 5)


def test_a_large_sheet_costs_the_same_queries_per_thousand_rows(
    house: House, django_assert_max_num_queries
) -> None:
    text = "社区\t已采\n" + "".join(f"没有{n}\t{n}\n" for n in range(3_000)) + "灵峰\t7\n"

    with django_assert_max_num_queries(30):
        run = bring(house, text)

    assert (run.rows_in, run.rows_refused) == (3_001, 3_000)
