"""People and teams out of sheets: once each, refused with reasons, undone whole or not at all."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import timedelta

import pytest

from core.imports.kinds import UndoRefused, kind_of
from core.imports.models import ImportRun
from core.imports.services.checking import Upload, start_run
from core.imports.services.confirming import confirm_run
from core.imports.services.ending import undo_run
from core.scope import Scope, scoped
from personnel.models import Organisation, StaffMember, SupportTeam
from personnel.services import staff
from tests.imports.files import table
from tests.imports.make import codes, ended_namesake, verdicts
from tests.personnel.people import floor_of, make_document, make_member, make_team
from tests.personnel.staff_desk import AT, Desk, make_desk

pytestmark = pytest.mark.django_db
HEADINGS = ["姓名", "身份证号", "手机", "所属单位", "人员类别", "岗位", "街道", "队伍编号"]
TEAM_HEADINGS = ["队伍编号", "队伍名称", "派出单位", "人员类别", "人数", "到达时间", "返回时间"]

BODY_HEADINGS = ["单位名称", "类型", "编码", "值班电话", "街道"]


def row(number: str, **over: str) -> list[str]:
    given = {
        "name": "张晓明", "number": number, "phone": "13800001111", "unit": "第九医院",
        "source": "医务人员", "roles": "采样员、登记员", "street": "", "team": "",
    }  # fmt: skip
    return list((given | over).values())


def check(
    desk: Desk, rows: Sequence[Sequence[str]], *, scope: Scope | None = None, kind: str = "staff"
) -> ImportRun:
    scope, known = scope or desk.district, kind_of(kind)
    headings = {"staff": HEADINGS, "teams": TEAM_HEADINGS}.get(kind, BODY_HEADINGS)
    with scoped(scope):
        return start_run(
            run_id=uuid.uuid4(),
            kind=known,
            place=known.places(scope)[0].place,
            upload=Upload(table([headings, *rows]).encode(), "sheet.csv"),
            by=scope.actor,
            at=AT,
        )


def write(desk: Desk, run: ImportRun, *, scope: Scope | None = None) -> None:
    scope = scope or desk.district
    with scoped(scope):
        _run, written = confirm_run(
            run_id=run.pk, preview=run.preview, scope=scope, by=scope.actor, at=AT
        )
    assert written


def undo(desk: Desk, run: ImportRun) -> None:
    with scoped(desk.district):
        undo_run(run_id=run.pk, scope=desk.district, by=desk.district.actor, at=AT)


def people(desk: Desk) -> list[StaffMember]:
    with floor_of(desk.place.district):
        return list(StaffMember.objects.order_by("id_last4"))


def test_a_code_that_was_used_before_names_the_current_street() -> None:
    desk = make_desk()
    ended_namesake(desk.place.here)
    write(desk, check(desk, [row(make_document(), street=desk.place.here.code)]))
    assert [person.street_id for person in people(desk)] == [desk.place.here.pk]


def test_people_come_in_once_and_a_second_time_change_nothing() -> None:
    desk = make_desk()
    make_team(desk.place.district, code="SY-01")
    street = desk.place.here.name
    numbers = [make_document() for _ in range(2)]
    rows = [row(numbers[0]), row(numbers[1], street=street, team="SY-01", roles="")]
    first = check(desk, rows)
    write(desk, first)
    again = check(desk, rows)

    assert verdicts(first) == {2: "new", 3: "new"}
    assert verdicts(again) == {2: "same", 3: "same"}
    with floor_of(desk.place.district):
        one = StaffMember.objects.get(id_last4=numbers[0][-4:])
        two = StaffMember.objects.get(id_last4=numbers[1][-4:])
        assert (one.name, one.phone, one.id_number) == ("张晓明", "13800001111", numbers[0])
        assert sorted(r.code for r in one.roles.all()) == ["registrar", "sampler"]
        assert (two.street_id, two.team.code) == (desk.place.here.pk, "SY-01")


@pytest.mark.parametrize(
    ("over", "code"),
    [
        ({"number": "110107198001010018"}, "id_check"),
        ({"unit": "没有的医院"}, "home_unit"),
        ({"source": "外星人"}, "source"),
        ({"roles": "采样员、飞行员"}, "role"),
        ({"street": "没有的街道"}, "street"),
        ({"team": "SY-99"}, "team"),
        ({"phone": "12"}, "phone_shape"),
        ({"name": ""}, "value_missing"),
    ],
)
def test_every_row_that_cannot_be_is_refused_with_its_reason(over, code) -> None:
    desk = make_desk()
    good = row(make_document())
    run = check(desk, [row(make_document()) if "number" in over else good, row(
        over.get("number") or make_document(), **{k: v for k, v in over.items() if k != "number"}
    )])  # fmt: skip

    assert verdicts(run) == {2: "new", 3: "refused"}
    assert codes(run)[3] == [code]


def test_one_document_in_two_rows_is_refused_in_both() -> None:
    desk = make_desk()
    number = make_document()
    run = check(desk, [row(number), row(f" {number} ", name="李四")])

    assert codes(run) == {2: ["duplicate"], 3: ["duplicate"]}


def test_what_changes_is_shown_and_undone() -> None:
    desk = make_desk()
    number = make_document()
    write(desk, check(desk, [row(number)]))
    change = check(desk, [row(number, name="张小明", roles="引导员", street=desk.place.here.name)])
    assert verdicts(change) == {2: "changed"}
    write(desk, change)
    (now,) = people(desk)
    undo(desk, change)
    (back,) = people(desk)

    assert (now.name, now.street_id) == ("张小明", desk.place.here.pk)
    assert (back.name, back.name_mask, back.street_id) == ("张晓明", "张*", None)
    assert sorted(back.roles.values_list("code", flat=True)) == ["registrar", "sampler"]


def test_an_import_is_undone_whole_or_not_at_all() -> None:
    desk = make_desk()
    run = check(desk, [row(make_document()) for _ in range(3)])
    write(desk, run)
    member = people(desk)[0]
    with scoped(desk.district):
        staff.change_member(member_id=member.pk, details=desk.details(name="改过的"), **desk.who())
    with pytest.raises(UndoRefused) as refused:
        undo(desk, run)
    assert [reason.code for _line, _label, reason in refused.value.rows] == ["undo_changed"]
    assert len(people(desk)) == 3

    other = check(desk, [row(make_document())])
    write(desk, other)
    undo(desk, other)
    assert len(people(desk)) == 3


def test_an_import_that_work_rests_on_is_not_undone() -> None:
    desk = make_desk()
    run = check(desk, [row(make_document())])
    write(desk, run)
    (member,) = people(desk)
    SupportTeam.objects.filter(pk=make_team(desk.place.district).pk).update(leader=member)

    with pytest.raises(UndoRefused) as refused:
        undo(desk, run)
    assert [reason.code for _line, _label, reason in refused.value.rows] == ["undo_used"]


def test_a_street_imports_its_own_people_only() -> None:
    desk = make_desk()
    mine, theirs = make_document(), make_document()
    other = check(desk, [row(theirs, street=desk.place.there.name)])
    write(desk, other)
    run = check(desk, [row(mine), row(theirs)], scope=desk.street)
    write(desk, run, scope=desk.street)

    assert verdicts(run) == {2: "new", 3: "refused"}
    assert codes(run)[3] == ["staff_elsewhere"]
    with floor_of(desk.place.district):
        streets = dict(StaffMember.objects.values_list("id_last4", "street_id"))
    assert streets[mine[-4:]] == desk.place.here.pk
    assert streets[theirs[-4:]] == desk.place.there.pk


def test_who_left_comes_back_and_leaves_again_with_the_undo() -> None:
    desk = make_desk()
    number = make_document()
    write(desk, check(desk, [row(number)]))
    (member,) = people(desk)
    with scoped(desk.district):
        staff.leave_list(member_id=member.pk, **desk.who())
    run = check(desk, [row(number)])
    assert (verdicts(run), codes(run)) == ({2: "changed"}, {2: ["staff_back"]})
    write(desk, run)
    assert people(desk)[0].left_at is None
    undo(desk, run)
    assert people(desk)[0].left_at == AT


def test_where_a_lent_person_works_is_left_as_it_is() -> None:
    from django.utils import timezone

    from personnel.services import secondments

    desk = make_desk()
    number = make_document()
    write(desk, check(desk, [row(number)]))
    (member,) = people(desk)
    with scoped(desk.district):
        secondments.lend(
            client_key=uuid.uuid4(), member_id=member.pk, street_id=desk.place.here.pk,
            ends_at=AT + timedelta(hours=5), real_at=timezone.now(), **desk.who(),
        )  # fmt: skip
    run = check(desk, [row(number, street=desk.place.there.name)])

    assert (verdicts(run), codes(run)) == ({2: "same"}, {2: ["staff_lent"]})


def test_nothing_personal_stands_in_a_run_in_clear() -> None:
    from django.db import connection

    desk = make_desk()
    number = make_document()
    run = check(desk, [row(number)])
    with floor_of(desk.place.district), connection.cursor() as cursor:
        cursor.execute("SELECT r::text FROM core_importrow r WHERE run_id = %s", [run.pk])
        (text,) = cursor.fetchone()

    assert number not in text
    assert "张晓明" not in text
    assert "13800001111" not in text


def test_teams_come_in_change_and_go() -> None:
    desk = make_desk()
    line = ["SY-01", "寿阳县支援队", "第九医院", "医务人员", "105", "2022-04-05 18:00", ""]
    write(desk, first := check(desk, [line], kind="teams"))
    later = [*line[:4], "110", line[5], "2022-04-08"]
    wrong = ["SY-02", *later[1:5], "2022-04-05 18:00", "2022-04-05 17:00"]
    change = check(desk, [later, wrong], kind="teams")
    write(desk, change)
    team = SupportTeam.objects.get()

    assert verdicts(first) == {2: "new"}
    assert verdicts(change) == {2: "changed", 3: "refused"}
    assert codes(change) == {3: ["team_returns"]}
    assert (team.headcount, team.returns_at is not None) == (110, True)
    undo(desk, change)
    team.refresh_from_db()
    assert (team.headcount, team.returns_at) == (105, None)

    make_member(desk.place.district, home_unit=desk.hospital, team=team)
    with pytest.raises(UndoRefused):
        undo(desk, first)


def test_bodies_come_before_the_people_who_name_them() -> None:
    desk = make_desk()
    lines = [
        ["第一医院", "医院", "H1", "023-68281234", ""],
        ["街道办", "街道", "", "", desk.place.here.name],
        ["怪单位", "飞船", "", "", ""],
        ["第九医院", "", "H10", "", ""],
    ]
    run = check(desk, lines, kind="organisations")
    write(desk, run)
    bodies = {body.name: body for body in Organisation.objects.all()}
    change = check(desk, [["第一人民医院", "医院", "H1", "", ""]], kind="organisations")
    write(desk, change)

    assert verdicts(run) == {2: "new", 3: "new", 4: "refused", 5: "refused"}
    assert codes(run) == {4: ["body_kind"], 5: ["organisation_twice"]}
    assert (bodies["第一医院"].phone, bodies["第一医院"].kind) == ("02368281234", "hospital")
    assert (bodies["街道办"].code, bodies["街道办"].street_id) == ("U01", desk.place.here.pk)
    assert Organisation.objects.get(code="H1").name == "第一人民医院"
    undo(desk, change)
    assert Organisation.objects.get(code="H1").name == "第一医院"
    undo(desk, run)
    assert not Organisation.objects.filter(code__in=["H1", "U01"]).exists()
