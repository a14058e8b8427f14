"""Pages of visits: from asking to done, nobody's data in sight, and the same work for many rows."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from campaigns.models import Round
from core import clock
from core.models import AuditEvent
from logistics.models import Visit, VisitTeam
from personnel.models import SourceCategory, StaffMember
from personnel.roles import Role
from tests.boards.make import signed_in
from tests.logistics.homes import make_visit, make_visit_team
from tests.personnel.make import make_user
from tests.personnel.people import floor_of, make_member
from tests.sites.make import NOW, id_number, make_resident, make_round

pytestmark = pytest.mark.django_db
SECRETS = ("李桂芳", "13911112222", "7-1-302", "oxygen")


@pytest.fixture
def place() -> Any:
    place = make_round()
    clock.set_clock(NOW, rate=0.001)
    with floor_of(place.district):
        yield place


def official(place: Any) -> Client:
    return signed_in(make_user(Role.STREET_OFFICIAL, place.here))


def known(place: Any, **over: Any) -> Visit:
    """A visit of which everything is known."""
    return make_visit(
        place, phone="13911112222", address="7-1-302", note="oxygen", building="7号楼", **over
    )


def typed(place: Any, **over: str) -> dict[str, Any]:
    return {
        "community": place.community_here.pk, "name": "李桂芳", "reason": "bedridden",
        "way": "home", "source": "family", **over,
    }  # fmt: skip


def test_from_asking_to_done(place: Any):
    client = official(place)
    member = make_member(place.district, place.here)
    answer = client.post("/visits/ask/", typed(place, building="7号楼", urgent="on"))
    visit = Visit.objects.get()
    assert answer["Location"] == f"/visits/{visit.pk}/"
    client.post("/visits/teams/add/", {
        "street": place.here.pk, "name": "第一组", "members": [str(member.pk)],
    })  # fmt: skip
    team = VisitTeam.objects.get()
    client.post("/visits/assign/", {"visit": visit.pk, "team": team.pk})
    client.post(f"/visits/{visit.pk}/step/", {"to": "done"})

    page = client.get("/visits/").content.decode()
    assert re.search(r"headline-figure\">\s*1 <small>\s*/ 1", page)
    assert "headline-all" in page
    visit.refresh_from_db()
    assert (visit.state, visit.team, visit.urgent) == ("done", team, True)


def test_ninety_six_of_ninety_six(place: Any):
    for _ in range(96):
        make_visit(place)
    Visit.objects.update(state="done", state_at=NOW)
    make_visit(place, place.community_there)
    page = official(place).get("/visits/").content.decode()
    assert re.search(r"headline-figure\">\s*96 <small>\s*/ 96", page)


def test_no_page_shows_who_it_is_until_somebody_says_why(place: Any):
    visit, client = known(place), official(place)
    team = make_visit_team(place, name="第一组")
    client.post("/visits/assign/", {"visit": visit.pk, "team": team.pk})
    known(place)
    for url in (
        "/visits/", "/visits/?show=given", "/visits/?show=all", f"/visits/{visit.pk}/",
        "/visits/doubles/", "/visits/teams/", f"/visits/teams/{team.pk}/",
        f"/visits/teams/{team.pk}/sheet/", "/visits/differences/",
    ):  # fmt: skip
        answer = client.get(url)
        assert answer.status_code == 200, url
        assert answer["Cache-Control"] == "no-store"
        for secret in SECRETS:
            assert secret not in answer.content.decode(), (url, secret)

    assert client.post(f"/visits/{visit.pk}/open/", {}).status_code == 422
    opened = client.post(f"/visits/{visit.pk}/open/", {"reason": "call"}).content.decode()
    assert all(secret in opened for secret in SECRETS)
    sheet = client.post(f"/visits/teams/{team.pk}/sheet/").content.decode()
    assert all(secret in sheet for secret in SECRETS)
    acts = set(AuditEvent.objects.values_list("act", flat=True))
    assert {"visit.open", "visit_team.print"} <= acts
    trail = str(list(AuditEvent.objects.values_list("summary", flat=True)))
    assert not any(secret in trail for secret in SECRETS)


def test_the_person_of_the_register_is_shown_masked_and_asked_for_once(place: Any):
    resident, number = make_resident(place)
    client = signed_in(make_user(Role.COMMUNITY_WORKER, place.community_here))
    found = client.post("/visits/find/", {"id_type": "resident", "number": number[-4:]})
    assert f"person={resident.pk}" in found.content.decode()
    page = client.get(f"/visits/ask/?person={resident.pk}").content.decode()
    assert "张*" in page
    assert number not in page
    assert "张三" not in page
    body = {"resident": str(resident.pk), "community": place.community_here.pk,
            "reason": "old", "way": "home", "source": "street"}  # fmt: skip
    first = client.post("/visits/ask/", body)
    assert first.status_code == 302
    again = client.post("/visits/ask/", body | {"note": "ring twice"})
    assert again.status_code == 422
    visit = Visit.objects.get()
    assert f'value="{visit.pk}"' in again.content.decode()  # the offer to add it
    assert client.post("/visits/ask/", body | {"note": "ring twice", "join": visit.pk}).status_code
    visit.refresh_from_db()
    assert visit.note == "ring twice"


def test_a_person_of_the_neighbour_is_not_there(place: Any):
    resident, number = make_resident(place, place.community_there)
    client = official(place)
    assert client.get(f"/visits/ask/?person={resident.pk}").status_code == 404
    assert client.get("/visits/ask/?person=nonsense").status_code == 404
    found = client.post("/visits/find/", {"id_type": "resident", "number": number})
    assert str(resident.pk) not in found.content.decode()


def test_what_was_typed_is_kept_when_it_is_refused(place: Any):
    client = official(place)
    answer = client.post("/visits/ask/", typed(place, reason="", phone="12", building="9栋"))
    assert answer.status_code == 422
    page = answer.content.decode()
    assert "9栋" in page
    assert 'id="id_phone_error"' in page
    assert 'id="id_reason_error"' in page
    assert client.post("/visits/ask/", typed(place, number="123")).status_code == 422
    assert client.post("/visits/ask/", typed(place, name="")).status_code == 422
    assert not Visit.objects.exists()


def test_giving_without_a_team_or_a_tick_says_so(place: Any):
    visit, client, team = make_visit(place), official(place), make_visit_team(place)
    assert client.post("/visits/assign/", {"visit": visit.pk}).status_code == 422
    assert client.post("/visits/assign/", {"team": team.pk}).status_code == 422
    assert client.post("/visits/assign/", {"visit": visit.pk, "team": "x"}).status_code == 422


def test_a_refusal_comes_back_to_a_person(place: Any):
    visit, client = make_visit(place), official(place)
    client.post(f"/visits/{visit.pk}/step/", {"to": "refused"})
    assert f'id="visit-{visit.pk}"' in client.get("/visits/?show=decide").content.decode()
    assert client.post(f"/visits/{visit.pk}/stand/", {"reason": ""}).status_code == 422
    client.post(f"/visits/{visit.pk}/stand/", {"reason": "talked to her"})
    assert f'id="visit-{visit.pk}"' not in client.get("/visits/?show=decide").content.decode()


def test_a_visit_and_a_sample_that_differ_are_listed(place: Any):
    number = id_number()
    done = make_visit(place, number=number, name="周*甲")
    Visit.objects.filter(pk=done.pk).update(state="done", state_at=NOW)
    make_visit(place, name="吴某")  # no document: nothing is known
    page = official(place).get("/visits/differences/").content.decode()
    assert f"/visits/{done.pk}/" in page
    assert page.count('<th scope="row">') == 1


def test_the_list_asks_as_often_for_one_row_as_for_many(place: Any):
    client, team = official(place), make_visit_team(place)
    client.get("/visits/")

    def asked(url: str) -> int:
        clock.forget()
        with CaptureQueriesContext(connection) as queries:
            assert client.get(url).status_code == 200
        return len(queries)

    urls = ("/visits/?show=all", f"/visits/teams/{team.pk}/", "/visits/teams/", "/visits/doubles/")
    for building in ("1号楼", "1号楼"):
        make_visit(place, building=building, phone="13911112222")
    Visit.objects.update(team=team, state="assigned")
    before = [asked(url) for url in urls]
    for number in range(20):
        make_visit(place, building=f"{number % 7}号楼", phone=f"1391111{number % 6:04}")
        make_visit_team(place)
    Visit.objects.update(team=team, state="assigned")
    assert [asked(url) for url in urls] == before


def test_only_the_team_that_has_the_visit_learns_whom_to_call(place: Any):
    users = [make_user(Role.FIELD_STAFF, place.here) for _ in range(3)]
    mine, other = (make_member(place.district, place.here, user=user) for user in users[:2])
    visit = known(place)
    team, foreign = make_visit_team(place, members=[mine]), make_visit_team(place, members=[other])
    assert foreign.members.count() == 1
    official(place).post("/visits/assign/", {"visit": visit.pk, "team": team.pk})

    answers = [signed_in(user).post(f"/visits/{visit.pk}/call/") for user in users]
    assert [answer.status_code for answer in answers] == [200, 404, 404]
    page = answers[0].content.decode()
    assert 'href="tel:13911112222"' in page
    assert answers[0]["Cache-Control"] == "no-store"
    assert AuditEvent.objects.filter(act="visit.open").count() == 1
    assert "/call/" in signed_in(users[0]).get("/my/").content.decode()


def test_who_had_the_visit_before_learns_nothing_more_of_it(place: Any):
    users = [make_user(Role.FIELD_STAFF, place.here) for _ in range(2)]
    first, second = (make_member(place.district, place.here, user=user) for user in users)
    visit, desk = known(place), official(place)
    before, now = make_visit_team(place, members=[first]), make_visit_team(place, members=[second])
    desk.post("/visits/assign/", {"visit": visit.pk, "team": before.pk})
    desk.post("/visits/assign/", {"visit": visit.pk, "team": now.pk})

    def answers() -> list[int]:
        return [signed_in(user).post(f"/visits/{visit.pk}/call/").status_code for user in users]

    assert answers() == [404, 200]
    VisitTeam.objects.filter(pk=now.pk).update(closed_at=NOW)
    assert answers() == [404, 404]
    VisitTeam.objects.update(closed_at=None)
    Round.objects.filter(pk=place.round.pk).update(state="closed")
    assert answers() == [404, 404]


def test_a_members_page_narrowed_to_volunteers_takes_nobody_else_out(place: Any):
    old, mine, late, new = (make_member(place.district, place.here) for _ in range(4))
    terms = SourceCategory.objects
    other = terms.create(district_id=place.district.pk, code="other", name="志愿者", position=9)
    StaffMember.objects.filter(pk=new.pk).update(source=other)
    team, client = make_visit_team(place, members=[old, mine]), official(place)
    url = f"/visits/teams/{team.pk}/"

    page = client.get(url, {"source": other.pk}).content.decode()
    boxes = set(re.findall(r'name="members" value="([^"]+)"', page))
    assert boxes == {str(each.pk) for each in (old, mine, new)}
    team.members.add(late)  # meanwhile, by somebody else
    ticked = [str(mine.pk), str(new.pk)]
    stood = re.findall(r'name="offered" value="([^"]+)"', page)
    client.post(f"{url}members/?source={other.pk}", {"members": ticked, "offered": stood})

    assert set(team.members.all()) == {mine, late, new}


def test_a_choice_that_is_cut_says_so(place: Any, monkeypatch: Any):
    monkeypatch.setattr("logistics.queries.visit_people.MOST_PEOPLE", 2)
    for _ in range(5):
        make_member(place.district, place.here)
    page = official(place).get("/visits/teams/").content.decode()
    assert "The first 2 of 5 are shown" in page
    assert page.count('name="members"') == 2


def test_the_figures_go_on_while_the_list_keeps_its_ticks(place: Any):
    make_visit(place)
    client = official(place)
    Visit.objects.update(state="done")
    whole = client.get("/visits/").content.decode()
    part = client.get("/visits/", headers={"HX-Request": "true"}).content.decode()
    assert part.strip().startswith('<div id="visit-figures"')
    assert " ".join(part.split()) in " ".join(whole.split())  # the swapped page is the fresh one
    refused = client.post("/visits/assign/", {}).content.decode()
    assert 'href="?' not in refused.split("visit-figures")[1].split("</ul>")[0]
