"""Divisions from a sheet: the tree in any order, its faults, its undoing."""

from __future__ import annotations

import pytest

from campaigns.models import Division
from core import clock
from core.imports.kinds import UndoRefused
from core.imports.services.confirming import confirm_run
from core.imports.services.ending import undo_run
from core.scope import scoped
from personnel.roles import Role
from tests.imports.make import Desk, bring, codes, make_desk, seeing, verdicts
from tests.personnel.make import make_division, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk() -> Desk:
    return make_desk()


def write(desk: Desk, run) -> None:
    with scoped(desk.scope):
        _run, written = confirm_run(
            run_id=run.pk, preview=run.preview, scope=desk.scope, by="t", at=clock.now()
        )
    assert written


def undo(desk: Desk, run) -> None:
    with scoped(desk.scope):
        undo_run(run_id=run.pk, scope=desk.scope, by="t", at=clock.now())


TREE = [
    ["110107001001-B1", "1 号楼", "楼栋", "110107001001-C1", ""],
    ["110107001001-C1", "东小区", "小区", "110107001001", ""],
    ["110107001001", "北社区", "", "", "3,100"],
    ["110107001000", "八宝山街道", "街道", "", "５３０００"],
]


def test_a_tree_in_any_order_is_nested_by_codes_and_words(desk: Desk):
    run = bring(desk, TREE)
    write(desk, run)

    street, community, compound, building = (
        Division.objects.get(code=code)
        for code in ("110107001", "110107001001", "110107001001-C1", "110107001001-B1")
    )
    assert set(verdicts(run).values()) == {"new"}
    assert (street.parent_id, street.street_id, street.population) == (
        desk.district.pk, street.pk, 53_000,
    )  # fmt: skip
    assert (community.level, community.parent, community.community_id) == (
        "community", street, community.pk,
    )  # fmt: skip
    assert (building.parent, building.street_id, building.community_id, building.district_id) == (
        compound, street.pk, community.pk, desk.district.pk,
    )  # fmt: skip


def test_the_same_sheet_again_changes_nothing(desk: Desk):
    write(desk, bring(desk, TREE))

    again = bring(desk, [TREE[3][:1] + ["八宝山街道", "街道", "", "54000"], *TREE[:3]])

    assert verdicts(again) == {2: "changed", 3: "same", 4: "same", 5: "same"}


@pytest.mark.parametrize(
    "rows, expected",
    [
        ([["X1", "甲", "社区", "X2", ""], ["X2", "乙", "社区", "X1", ""]],
         {2: ["division_nesting"], 3: ["parent_refused"]}),
        ([["X1", "甲", "街道", "X1", ""]], {2: ["division_nesting"]}),
        ([["X1", "甲", "网格", "", ""]], {2: ["parent_missing"]}),
        ([["X1", "甲", "", "", ""]], {2: ["level_unknown"]}),
        ([["X1", "甲", "大队", "", ""]], {2: ["level_word"]}),
        ([["X1", "甲", "社区", "X9", ""]], {2: ["parent_unknown"]}),
        ([["X1", "甲", "街道", "", "1.2万"]], {2: ["number_offered"]}),
        ([["X1", "甲", "街道", "", "-5"]], {2: ["number_not_whole"]}),
        ([["X1", "", "街道", "", ""]], {2: ["value_missing"]}),
        ([["X1", "甲\u202e", "街道", "", ""]], {2: ["text_direction"]}),
        ([["X1", "甲", "街道", "", ""], ["X1", "乙", "街道", "", ""]],
         {2: ["duplicate"], 3: ["duplicate"]}),
        ([["X1", "甲", "区", "", ""]], {2: ["district_new"]}),
        ([["X1", "甲", "街道"], ["X2", "乙", "街道", "", ""]], {2: ["uneven"]}),
        ([["X1", "甲", "街道", "", "", "7"]], {2: ["uneven"]}),
        ([["X1", "甲", "街道", "", ""], ["合计", "", "", "", "1000"]], {3: ["total"]}),
        ([["X1", "甲", "街道", "", "x"], ["X2", "乙", "社区", "X1", ""]],
         {2: ["number_not_whole"], 3: ["parent_refused"]}),
    ],
)  # fmt: skip
def test_each_fault_is_named_and_nothing_else_is_refused(desk: Desk, rows, expected):
    run = bring(desk, rows)

    assert codes(run) == expected
    assert run.rows_in == len(rows) == run.rows_accepted + run.rows_refused
    assert run.rows_refused == len(expected)


def test_a_code_of_another_district_is_refused_and_not_described(desk: Desk):
    stranger = make_desk().place.here

    run = bring(desk, [[stranger.code, "mine", "街道", "", ""]])

    with seeing(run):
        reasons = str(list(run.rows.values("key", "reasons")))
    assert codes(run) == {2: ["code_elsewhere"]}
    assert stranger.name not in reasons


def test_an_empty_community_moves_and_one_in_use_does_not(desk: Desk):
    place = desk.place
    used = place.community_here
    empty = Division.objects.create(
        code="E1", name="空", level="community", parent=place.here, district_id=place.district.pk,
        street_id=place.here.pk, valid_from=used.valid_from,
    )  # fmt: skip
    Division.objects.filter(pk=empty.pk).update(community_id=empty.pk)
    make_user(Role.COMMUNITY_WORKER, used)

    run = bring(
        desk,
        [
            [used.code, used.name, "社区", place.there.code, ""],
            ["E1", "空", "社区", place.there.code, ""],
        ],
    )
    write(desk, run)

    empty.refresh_from_db()
    assert codes(run) == {2: ["move_in_use"]}
    assert (empty.parent_id, empty.street_id) == (place.there.pk, place.there.pk)
    undo(desk, run)
    empty.refresh_from_db()
    assert (empty.parent_id, empty.street_id) == (place.here.pk, place.here.pk)


@pytest.mark.parametrize("since", ["posted", "moved"])
def test_a_move_is_not_undone_once_something_rests_on_it(desk: Desk, since: str):
    place = desk.place
    empty = Division.objects.create(
        code="E1", name="空", level="community", parent=place.here, district_id=place.district.pk,
        street_id=place.here.pk, valid_from=place.here.valid_from,
    )  # fmt: skip
    Division.objects.filter(pk=empty.pk).update(community_id=empty.pk)
    third = make_division("street", place.district)
    run = bring(desk, [["E1", "空", "社区", place.there.code, ""]])
    write(desk, run)
    if since == "posted":
        make_user(Role.COMMUNITY_WORKER, empty)
    else:
        write(desk, bring(desk, [["E1", "空", "社区", third.code, ""]]))

    with pytest.raises(UndoRefused):
        undo(desk, run)

    empty.refresh_from_db()
    assert empty.street_id == (place.there if since == "posted" else third).pk


def test_undo_takes_new_ones_away_and_gives_old_values_back(desk: Desk):
    street = desk.place.here
    before = set(Division.objects.values_list("pk", flat=True))
    run = bring(desk, [*TREE, [street.code, "新名", "街道", "", "9"]])
    write(desk, run)

    undo(desk, run)

    street.refresh_from_db()
    assert (street.population, street.name == "新名") == (None, False)
    assert set(Division.objects.values_list("pk", flat=True)) == before


def test_undo_is_refused_as_a_whole_when_somebody_was_posted_there(desk: Desk):
    run = bring(desk, TREE)
    write(desk, run)
    make_user(Role.STREET_OFFICIAL, Division.objects.get(code="110107001"))

    with pytest.raises(UndoRefused) as caught:
        undo(desk, run)

    assert [(line, reason.code) for line, _label, reason in caught.value.rows] == [(5, "undo_used")]
    assert Division.objects.filter(code="110107001001-B1").exists()


def test_undo_is_refused_when_a_value_was_changed_again(desk: Desk):
    street = desk.place.here
    run = bring(desk, [[street.code, "新名", "街道", "", ""]])
    write(desk, run)
    Division.objects.filter(pk=street.pk).update(name="更新名")

    with pytest.raises(UndoRefused):
        undo(desk, run)


def test_judging_asks_as_much_for_thirty_rows_as_for_one(desk: Desk, django_assert_max_num_queries):
    from core.imports.judging import judge_lines
    from core.imports.kinds import Place, kind_of
    from core.sheets.table import Line

    def lines(count):
        return [Line(n + 2, [f"X{n}", "甲", "街道", "", ""]) for n in range(count)]

    for count in (1, 30):
        with django_assert_max_num_queries(3), scoped(desk.scope):
            judge_lines(
                kind_of("divisions"),
                lines(count),
                ["code", "name", "level", "parent", "population"],
                ["编码", "名称", "级别", "上级编码", "人口"],
                Place(desk.district.pk),
            )
