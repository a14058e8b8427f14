"""Points with units from a sheet: words, faults, changes, and what stands in the way of undoing."""

from __future__ import annotations

import pytest

from campaigns.models import Round
from core import clock
from core.imports.kinds import UndoRefused
from core.imports.services.confirming import confirm_run
from core.imports.services.ending import undo_run
from core.inputs import Refused
from core.scope import Scope, scoped
from personnel.services import devices
from sites.models import SamplingPoint, SamplingUnit
from tests.imports.make import Desk, bring, codes, ended_namesake, make_desk, verdicts

pytestmark = pytest.mark.django_db

HEADINGS = [
    "编号",
    "名称",
    "所属社区",
    "类型",
    "采样台",
    "通道",
    "开放时间",
    "负责人",
    "电话",
    "备用点",
]


@pytest.fixture
def desk() -> Desk:
    return make_desk()


def row(desk: Desk, code: str = "P1", **said: str) -> list[str]:
    community = desk.place.community_here.code
    values = {"code": code, "name": f"点 {code}", "community": community, "units": "2"} | said
    names = ["code", "name", "community", "kind", "units", "channels", "hours", "lead", "phone",
             "backup"]  # fmt: skip
    return [values.get(name, "") for name in names]


def points(desk: Desk, *rows: list[str], **more):
    return bring(desk, rows, kind="points", headings=HEADINGS, **more)


def write(desk: Desk, run) -> None:
    with scoped(desk.scope):
        _run, written = confirm_run(
            run_id=run.pk, preview=run.preview, scope=desk.scope, by="t", at=clock.now()
        )
    assert written


def undo(desk: Desk, run) -> None:
    with scoped(desk.scope):
        undo_run(run_id=run.pk, scope=desk.scope, by="t", at=clock.now())


def channels(code: str) -> list[str]:
    units = SamplingUnit.objects.filter(point__code=code).order_by("number")
    return list(units.values_list("channel", flat=True))


def test_a_code_that_was_used_before_names_the_current_community(desk: Desk):
    ended_namesake(desk.place.community_here)
    write(desk, points(desk, row(desk)))
    assert SamplingPoint.objects.get(code="P1").community == desk.place.community_here


def test_a_point_comes_with_its_units_hours_and_backup(desk: Desk):
    desk.place.community_here.aliases = ["东北"]
    desk.place.community_here.save()
    run = points(
        desk,
        row(desk, "P1", community="东北", kind="采样亭", units="6", channels="普通4、黄码1 优先1",
            hours="19:00-次日02:00", lead="张晓明", phone="138 0000 0000", backup="P2"),
        row(desk, "P2", backup="P1", hours="08:00～24:00"),
    )  # fmt: skip
    write(desk, run)

    first, second = SamplingPoint.objects.order_by("code")
    assert (first.community, first.street_id, first.kind, first.state) == (
        desk.place.community_here, desk.place.here.pk, "booth", "planned",
    )  # fmt: skip
    assert (first.opens.hour, first.closes.hour, second.closes.hour) == (19, 2, 0)
    assert (first.lead_phone, first.backup, second.backup) == ("13800000000", second, first)
    assert channels("P1") == ["general"] * 4 + ["yellow", "priority"]
    assert channels("P2") == ["general"] * 2
    assert set(verdicts(points(desk, row(desk, "P2", backup="P1"))).values()) == {"same"}


@pytest.mark.parametrize(
    "said, expected",
    [
        ({"community": "没有"}, "community_unknown"),
        ({"kind": "很大"}, "point_kind"),
        ({"units": ""}, "units_missing"),
        ({"units": "0"}, "units_missing"),
        ({"units": "41"}, "number_out_of_range"),
        ({"units": "3", "channels": "普通4"}, "units_differ"),
        ({"channels": "红码2"}, "channels"),
        ({"hours": "8点到20点"}, "hours"),
        ({"hours": "08:00-25:00"}, "clock_unknown"),
        ({"backup": "P1"}, "backup_self"),
        ({"backup": "P9"}, "backup_unknown"),
        ({"phone": "12"}, "phone_shape"),
    ],
)
def test_each_fault_of_a_point_is_named(desk: Desk, said: dict, expected: str):
    assert codes(points(desk, row(desk, "P1", **said))) == {2: [expected]}


def test_a_row_that_leans_on_a_refused_one_is_refused_too(desk: Desk):
    run = points(
        desk,
        row(desk, "P1", backup="P2"),
        row(desk, "P2", backup="P3"),
        row(desk, "P3", kind="?"),
        row(desk, "P4"),
    )

    assert codes(run) == {2: ["backup_unknown"], 3: ["backup_unknown"], 4: ["point_kind"]}


def test_two_communities_of_one_name_need_a_street_or_a_code(desk: Desk):
    for community in (desk.place.community_here, desk.place.community_there):
        community.name = "同名社区"
        community.save()
    headings = [*HEADINGS, "街道"]

    run = bring(
        desk,
        [
            [*row(desk, "P1", community="同名社区"), ""],
            [*row(desk, "P2", community="同名社区"), desk.place.there.name],
        ],
        kind="points",
        headings=headings,
    )
    write(desk, run)

    assert codes(run) == {2: ["community_twice"]}
    assert SamplingPoint.objects.get().community == desk.place.community_there


def test_one_name_for_two_points_is_said_and_not_refused(desk: Desk):
    run = points(desk, row(desk, "P1", name="体育馆"), row(desk, "P2", name="体育馆"))

    assert codes(run) == {2: ["name_twice"], 3: ["name_twice"]}
    assert run.rows_new == 2


def test_a_changed_point_gains_units_and_loses_none(desk: Desk):
    write(desk, points(desk, row(desk, "P1")))

    more = points(desk, row(desk, "P1", units="", channels="普通3、黄码1", name="新名"))
    fewer = points(desk, row(desk, "P1", units="1"))
    write(desk, more)

    assert (verdicts(more), codes(fewer)) == ({2: "changed"}, {2: ["units_fewer"]})
    assert channels("P1") == ["general", "general", "general", "yellow"]
    undo(desk, more)
    assert channels("P1") == ["general", "general"]
    assert SamplingPoint.objects.get().name == "点 P1"


def test_an_official_brings_points_of_the_own_street_only(desk: Desk):
    from tests.personnel.make import make_targets

    make_targets(desk.place)
    write(desk, points(desk, row(desk, "S1", community=desk.place.community_there.code)))
    official = Desk(
        desk.place,
        Scope(
            streets=frozenset({desk.place.here.pk}),
            permissions=frozenset({"manage_points"}),
            actor="user:2:street_official",
        ),
    )

    run = points(
        official,
        row(desk, "P1"),
        row(desk, "P2", community=desk.place.community_there.code),
        row(desk, "S1"),
        row(desk, "P3", backup="S1"),
        row(desk, "P4", name="点 S1"),
    )

    assert codes(run) == {
        3: ["community_unknown"], 4: ["point_elsewhere"], 5: ["backup_unknown"],
    }  # fmt: skip
    assert run.street_id == desk.place.here.pk
    write(official, run)
    assert SamplingPoint.objects.get(code="P1").street_id == desk.place.here.pk


def test_an_official_leaves_the_communities_of_other_streets_with_a_point(desk: Desk):
    from tests.personnel.make import make_targets

    make_targets(desk.place)
    here, there = desk.place.community_here, desk.place.community_there
    headings = [*HEADINGS, "服务社区"]
    first = bring(
        desk, [[*row(desk, "P1"), f"{here.code}、{there.code}"]], kind="points", headings=headings
    )
    write(desk, first)
    official = Desk(
        desk.place,
        Scope(
            streets=frozenset({desk.place.here.pk}),
            permissions=frozenset({"manage_points"}),
            actor="user:2:street_official",
        ),
    )

    run = bring(
        official,
        [[*row(desk, "P1", name="新名"), here.code]],
        kind="points",
        headings=headings,
    )
    write(official, run)

    point = SamplingPoint.objects.get()
    assert point.name == "新名"
    assert set(point.serves.all()) == {here, there}


def test_undo_takes_points_away_and_refuses_once_a_device_is_there(desk: Desk):
    first = points(desk, row(desk, "P1", backup="P2"), row(desk, "P2"))
    write(desk, first)
    undo(desk, first)
    assert not SamplingPoint.objects.exists()

    second = points(desk, row(desk, "P1"), row(desk, "P2"))
    write(desk, second)
    unit = SamplingUnit.objects.filter(point__code="P2").first()
    devices.issue_code(unit=unit, label="phone", by="t", at=clock.now())

    with pytest.raises(UndoRefused) as caught:
        undo(desk, second)
    assert [line for line, _label, _reason in caught.value.rows] == [3]
    assert SamplingPoint.objects.count() == 2


def test_undo_leaves_a_point_that_opened_in_its_street(desk: Desk):
    write(desk, points(desk, row(desk, "P1")))
    moved = points(desk, row(desk, "P1", community=desk.place.community_there.code))
    write(desk, moved)
    SamplingPoint.objects.update(state="open")

    with pytest.raises(UndoRefused):
        undo(desk, moved)

    assert SamplingPoint.objects.get().street_id == desk.place.there.pk


def test_a_round_that_closed_takes_no_points(desk: Desk):
    run = points(desk, row(desk, "P1"))
    Round.objects.filter(pk=desk.place.round.pk).update(state="closing")

    with pytest.raises(Refused) as caught:
        write(desk, run)

    assert caught.value.code == "round_closed"
    assert not SamplingPoint.objects.exists()


def test_thirty_points_cost_as_many_statements_as_two(desk: Desk, django_assert_max_num_queries):
    for count in (2, 30):
        rows = [row(desk, f"Q{count}-{n}", backup=f"Q{count}-0" if n else "") for n in range(count)]
        with django_assert_max_num_queries(30):
            run = points(desk, *rows)
        with django_assert_max_num_queries(50):
            write(desk, run)
