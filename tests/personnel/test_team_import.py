"""A sheet of teams changes no team below what is booked of it."""

from __future__ import annotations

import uuid
from datetime import timedelta

import pytest

from core.imports.kinds import UndoRefused
from personnel.models import DutyPlace, DutyRole, SupportTeam, TeamDuty, TeamPlace
from tests.imports.make import codes
from tests.personnel.staff_desk import AT, Desk, make_desk, stop_clock
from tests.personnel.test_staff_import import check, undo, write

pytestmark = pytest.mark.django_db


def book(desk: Desk, team: SupportTeam, people: int) -> None:
    area = {"district_id": desk.place.district.pk, "street_id": desk.place.here.pk}
    duty = TeamDuty.objects.create(
        client_key=uuid.uuid4(), team=team, headcount=people, starts_at=AT + timedelta(hours=1),
        ends_at=AT + timedelta(hours=5), at=AT, by="test", **area,
    )  # fmt: skip
    TeamPlace.objects.create(
        duty=duty, people=people, role=DutyRole.objects.get(code="usher"),
        place=DutyPlace.objects.create(kind="command", name="指挥部", **area),
    )  # fmt: skip


def test_a_sheet_does_not_take_away_from_a_team_what_is_booked() -> None:
    desk = make_desk()
    stop_clock()
    line = ["SY-01", "寿阳县支援队", "第九医院", "医务人员", "105", "2021-11-04 18:00", ""]
    write(desk, check(desk, [line], kind="teams"))
    write(desk, grown := check(desk, [[*line[:4], "110", *line[5:]]], kind="teams"))
    book(desk, SupportTeam.objects.get(), 108)

    assert codes(check(desk, [line], kind="teams")) == {2: ["team_booked"]}
    with pytest.raises(UndoRefused) as refused:
        undo(desk, grown)
    assert [reason.code for _line, _label, reason in refused.value.rows] == ["team_booked"]
