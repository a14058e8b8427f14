"""Pages of people: the same few statements however long the list, nothing in full unasked."""

from __future__ import annotations

import uuid
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from personnel.models import (
    DutyPlace,
    DutyRole,
    Secondment,
    SourceCategory,
    StaffMember,
    SupportTeam,
    TaskForce,
    TeamDuty,
    TeamPlace,
)
from personnel.roles import Role
from tests.personnel.people import floor_of, make_document, make_member, make_role, make_team
from tests.personnel.staff_desk import AT, make_desk, signed_in, stop_clock

pytestmark = pytest.mark.django_db
NAME, PHONE = "欧阳测试", "13912345678"


def _statements(client, url: str) -> int:
    client.get(url)
    with CaptureQueriesContext(connection) as seen:
        assert client.get(url).status_code == 200
    return len(seen)


def _people(desk, number: int, **over) -> list[StaffMember]:
    role = make_role(desk.place.district, "usher")
    given = {"home_unit": desk.hospital, "source": desk.medic, "roles": [role]}
    return [make_member(desk.place.district, **given | over) for _ in range(number)]


def test_thirty_people_cost_as_many_statements_as_one() -> None:
    desk = make_desk()
    stop_clock()
    client, _user = signed_in(Role.DISPATCHER, desk.place.district)
    _people(desk, 1, street=desk.place.here)
    one = _statements(client, "/staff/")
    _people(desk, 29, street=desk.place.there)

    assert _statements(client, "/staff/") == one


def test_a_list_is_filtered_counted_and_masked() -> None:
    desk = make_desk()
    stop_clock()
    client, _user = signed_in(Role.DISPATCHER, desk.place.district)
    volunteer = SourceCategory.objects.get(code="volunteer")
    _people(desk, 2, name=NAME, phone=PHONE)
    _people(desk, 1, source=volunteer, street=desk.place.here)

    everybody = client.get("/staff/")
    some = client.get(f"/staff/?source={volunteer.pk}&street={desk.place.here.pk}")

    assert everybody.context["counts"].people == 3
    assert [line.member.source_id for line in some.context["lines"]] == [volunteer.pk]
    assert NAME not in everybody.text
    assert PHONE not in everybody.text
    assert "欧*" in everybody.text
    assert client.get("/staff/?name=x").status_code == 400
    assert client.get("/staff/?source=99999").status_code == 422


def test_somebody_is_found_by_document_which_is_not_sent_back() -> None:
    desk = make_desk()
    stop_clock()
    client, _user = signed_in(Role.STREET_OFFICIAL, desk.place.here)
    mine = make_member(desk.place.district, desk.place.here)
    theirs = make_member(desk.place.district, desk.place.there)
    with floor_of(desk.place.district):
        numbers = {m.pk: StaffMember.objects.get(pk=m.pk).id_number for m in (mine, theirs)}

    def find(number: str):
        return client.post("/staff/", {"id_type": "resident", "number": number})

    found, hidden = find(numbers[mine.pk]), find(numbers[theirs.pk])
    wrong = find(numbers[mine.pk][:-1] + ("1" if numbers[mine.pk][-1] != "1" else "2"))

    assert [line.member.pk for line in found.context["lines"]] == [mine.pk]
    assert numbers[mine.pk] not in found.text
    assert hidden.context["lines"] == []
    assert wrong.status_code == 422
    assert [line.member.pk for line in find(mine.id_last4).context["lines"]].count(mine.pk) == 1


def test_a_person_is_put_on_the_list_and_changed() -> None:
    desk = make_desk()
    stop_clock()
    client, _user = signed_in(Role.DISPATCHER, desk.place.district)
    role = DutyRole.objects.get(code="sampler")
    sent = {
        "name": NAME, "id_type": "resident", "number": make_document(), "phone": PHONE,
        "home_unit": desk.hospital.pk, "source": desk.medic.pk, "street": desk.place.here.pk,
        "roles": [role.pk],
    }  # fmt: skip
    made = client.post("/staff/new/", sent)
    twice = client.post("/staff/new/", sent)
    with floor_of(desk.place.district):
        member = StaffMember.objects.get()
    form = client.get(f"/staff/{member.pk}/change/")
    kept = {name: sent[name] for name in ("home_unit", "source", "roles")}
    changed = client.post(f"/staff/{member.pk}/change/", kept | {"name": "", "phone": ""})
    with floor_of(desk.place.district):
        member.refresh_from_db()

    assert made.status_code == changed.status_code == 302
    assert twice.status_code == 422
    assert "on your list already" in twice.text
    assert NAME not in form.text
    assert (member.name, member.phone, member.street_id) == (NAME, PHONE, None)


def test_a_name_and_telephone_are_shown_once_for_a_reason() -> None:
    desk = make_desk()
    stop_clock()
    client, user = signed_in(Role.STREET_OFFICIAL, desk.place.here)
    member = make_member(desk.place.district, desk.place.here, name=NAME, phone=PHONE)
    url = f"/staff/{member.pk}/"

    before = client.get(url)
    unasked = client.post(f"{url}unveil/", {"reason": ""})
    shown = client.post(f"{url}unveil/", {"reason": "call"})
    after = client.get(url)

    assert unasked.status_code == 422
    assert f'href="tel:{PHONE}"' in shown.text
    assert NAME in shown.text
    for response in (before, unasked, after):
        assert NAME not in response.text
        assert PHONE not in response.text
    assert shown["Cache-Control"] == "no-store"
    assert user.display_name in after.text


def test_a_duty_elsewhere_hides_its_place() -> None:
    from personnel.models import Duty

    desk = make_desk()
    stop_clock()
    member = make_member(desk.place.district, desk.place.here)
    place = DutyPlace.objects.create(
        district_id=desk.place.district.pk, street_id=desk.place.there.pk, kind="checkpoint",
        name="东门卡口",
    )  # fmt: skip
    Duty.objects.create(
        client_key=uuid.uuid4(), member=member, place=place,
        role=DutyRole.objects.get(code="gate_guard"), district_id=desk.place.district.pk,
        street_id=desk.place.there.pk, starts_at=AT - timedelta(hours=1),
        ends_at=AT + timedelta(hours=3), state="present", arrived_at=AT, at=AT, by="test",
    )  # fmt: skip
    street, _user = signed_in(Role.STREET_OFFICIAL, desk.place.here)
    district, _user = signed_in(Role.DISPATCHER, desk.place.district)

    for url in ("/staff/", f"/staff/{member.pk}/"):
        assert "东门卡口" not in street.get(url).text
        assert "elsewhere" in street.get(url).text
        assert "东门卡口" in district.get(url).text
    assert district.get("/staff/").context["counts"].on_site == 1


def test_a_person_is_lent_from_the_page_and_sent_back() -> None:
    desk = make_desk()
    stop_clock()
    client, _user = signed_in(Role.DISPATCHER, desk.place.district)
    member = make_member(desk.place.district, desk.place.there)
    sent = {
        "client_key": str(uuid.uuid4()),
        "street": desk.place.here.pk,
        "ends_at": "2021-11-05T08:00",
    }
    lend = f"/staff/{member.pk}/lend/"
    first, again = client.post(lend, sent), client.post(lend, sent)
    late = client.post(lend, sent | {"client_key": str(uuid.uuid4())})
    secondment = Secondment.objects.get()
    listed = client.get("/staff/lent/")
    back = client.post(f"/staff/{member.pk}/return/{secondment.pk}/")
    secondment.refresh_from_db()

    assert first.status_code == again.status_code == back.status_code == 302
    assert late.status_code == 422
    assert member.id_last4 in listed.text
    assert secondment.closed_at is not None


def test_thirty_teams_cost_as_many_statements_as_one() -> None:
    desk = make_desk()
    stop_clock()
    client, _user = signed_in(Role.DISPATCHER, desk.place.district)
    place = DutyPlace.objects.create(
        district_id=desk.place.district.pk, kind="command", name="指挥部"
    )

    def send(number: int) -> None:
        for _ in range(number):
            team = make_team(desk.place.district, sent_by=desk.hospital, source=desk.medic)
            leader = make_member(desk.place.district, home_unit=desk.hospital, team=team)
            SupportTeam.objects.filter(pk=team.pk).update(leader=leader)
            duty = TeamDuty.objects.create(
                client_key=uuid.uuid4(), team=team, district_id=desk.place.district.pk,
                starts_at=AT - timedelta(hours=1), ends_at=AT + timedelta(hours=5), headcount=10,
                state="present", arrived_at=AT, at=AT, by="test",
            )  # fmt: skip
            TeamPlace.objects.create(
                duty=duty, place=place, role=make_role(desk.place.district), people=10
            )

    send(1)
    one = _statements(client, "/staff/teams/")
    send(29)

    assert _statements(client, "/staff/teams/") == one
    assert "指挥部" in client.get("/staff/teams/").text


def test_a_team_is_noted_and_changed() -> None:
    desk = make_desk()
    stop_clock()
    client, _user = signed_in(Role.DISPATCHER, desk.place.district)
    sent = {
        "name": "寿阳医疗队", "sent_by": desk.hospital.pk, "source": desk.medic.pk,
        "headcount": "105", "arrives_at": "2021-11-04 18:00", "returns_at": "",
    }  # fmt: skip
    early = client.post("/staff/teams/new/", sent | {"returns_at": "2021-11-04 17:00"})
    made = client.post("/staff/teams/new/", sent)
    team = SupportTeam.objects.get()
    leader = make_member(desk.place.district, home_unit=desk.hospital, team=team)
    changed = client.post(
        f"/staff/teams/{team.pk}/change/", sent | {"code": team.code, "leader": str(leader.pk)}
    )
    team.refresh_from_db()

    assert early.status_code == 422
    assert made.status_code == changed.status_code == 302
    assert (team.code, team.headcount, team.leader_id) == ("T01", 105, leader.pk)
    page = client.get(f"/staff/teams/{team.pk}/")
    assert "1 listed by name, 104 not" in page.text


def test_a_street_sees_the_teams_booked_for_it_only() -> None:
    desk = make_desk()
    stop_clock()
    client, _user = signed_in(Role.STREET_OFFICIAL, desk.place.here)
    mine, theirs = make_team(desk.place.district), make_team(desk.place.district)
    for team, street in ((mine, desk.place.here), (theirs, desk.place.there)):
        TeamDuty.objects.create(
            client_key=uuid.uuid4(), team=team, district_id=desk.place.district.pk,
            street_id=street.pk, starts_at=AT, ends_at=AT + timedelta(hours=5), headcount=10,
            at=AT, by="test",
        )  # fmt: skip

    text = client.get("/staff/teams/").text

    assert f"<strong>{mine.name_en}</strong>" in text
    assert f"<strong>{theirs.name_en}</strong>" not in text
    assert client.get(f"/staff/teams/{theirs.pk}/").status_code == 404


def test_a_task_force_has_members_and_a_head_among_them() -> None:
    desk = make_desk()
    stop_clock()
    client, _user = signed_in(Role.DISPATCHER, desk.place.district)
    member, other = (make_member(desk.place.district, home_unit=desk.hospital) for _ in range(2))
    client.post("/staff/task-forces/new/", {"name": "采样组", "lead": desk.hospital.pk})
    force = TaskForce.objects.get()
    url = f"/staff/task-forces/{force.pk}/"
    client.post(f"{url}add/", {"member": str(member.pk)})
    outside = client.post(f"{url}change/", {"name": "采样组", "head": str(other.pk)})
    named = client.post(f"{url}change/", {"name": "采样工作组", "head": str(member.pk)})
    force.refresh_from_db()
    head = force.head_id
    client.post(f"{url}remove/", {"member": str(member.pk)})
    force.refresh_from_db()

    assert outside.status_code == 422
    assert named.status_code == 302
    assert (force.name, head, force.head_id) == ("采样工作组", member.pk, None)


def test_lists_open_nothing_that_is_encrypted(monkeypatch) -> None:
    desk = make_desk()
    stop_clock()
    client, _user = signed_in(Role.DISPATCHER, desk.place.district)
    members = _people(desk, 3)
    team = make_team(desk.place.district, sent_by=desk.hospital, source=desk.medic)
    force = TaskForce.objects.create(district_id=desk.place.district.pk, code="F01", name="组")
    with floor_of(desk.place.district):
        StaffMember.objects.update(team=team)
        force.members.set(members)
        SupportTeam.objects.update(leader=members[0])
        TaskForce.objects.update(head=members[0])

    def opened(_value) -> str:
        raise AssertionError("a list opened an encrypted column")

    monkeypatch.setattr("core.crypto.decrypt", opened)
    for url in (
        "/staff/", "/staff/teams/", f"/staff/teams/{team.pk}/", f"/staff/teams/{team.pk}/change/",
        "/staff/lent/", "/staff/task-forces/", f"/staff/task-forces/{force.pk}/",
    ):  # fmt: skip
        assert client.get(url).status_code == 200
