"""The pages of rosters: what they show to whom, and that a form does what it says once."""

from __future__ import annotations

import re
import uuid

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from core import clock
from personnel.models import Duty, DutyPlace, Shift
from personnel.roles import Role
from tests.boards.make import signed_in
from tests.personnel.make import make_unit, make_user
from tests.personnel.people import make_team
from tests.personnel.roster import START, Roster, after, make_roster
from tests.personnel.test_duty_teams import book as book_team
from tests.personnel.test_duty_teams import samplers
from tests.personnel.test_staffing import stand, stand_team

pytestmark = pytest.mark.django_db
EIGHT = "2021-11-04T21:00"
MIDNIGHT = "2021-11-05T00:00"


@pytest.fixture
def roster() -> Roster:
    found = make_roster()
    clock.set_clock(START, rate=1)
    return found


def client(roster: Roster, role=Role.DISPATCHER, street=None):
    division = street or roster.place.district
    return signed_in(make_user(role, division))


def official(roster: Roster):
    return client(roster, Role.STREET_OFFICIAL, roster.place.here)


def text(response) -> str:
    page = response.content.decode()
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page))


def asked(roster: Roster, member, **over) -> dict[str, str]:
    body = {
        "client_key": str(uuid.uuid4()), "member": str(member.pk), "starts_at": EIGHT,
        "role": str(roster.role("sampler").pk), "ends_at": MIDNIGHT,
    }  # fmt: skip
    return body | over


def test_a_district_sees_its_streets_and_a_street_its_places(roster) -> None:
    here, there = roster.at_point(), roster.at_point(roster.unit_there)
    roster.need(here, 3, 0, 4)
    roster.need(there, 2, 5, 9)
    stand(roster, here, 0, 4, role="sampler")

    page = text(client(roster).get("/duty/"))
    assert "2 missing" in page
    assert "2 from 11-05 01:00" in page
    page = text(official(roster).get("/duty/"))
    assert roster.unit.point.name in page
    assert roster.place.there.name not in page
    assert roster.unit_there.point.name not in page


def test_the_roster_names_empty_seats_and_masks_people(roster) -> None:
    point, unit = roster.at_point(), roster.unit
    roster.need(point, 3)
    member = roster.member(roster.place.here, "sampler", name="王小明")
    roster.book(member, point, 1, 3)
    book_team(roster, make_team(roster.place.district), [samplers(roster, 1)])

    page = official(roster).get(f"/duty/places/{point.pk}/")

    assert unit.point.name in text(page)
    assert member.name_mask in text(page)
    assert "王小明" not in text(page)
    assert "1 person missing, 11-04 21:00 – 11-04 23:00" in text(page)
    assert "2 people missing, 11-04 23:00 – 11-05 00:00" in text(page)
    assert f"/book/?role={roster.role('sampler').pk}&amp;starts_at={EIGHT}" in page.content.decode()


def test_a_shift_across_midnight_stands_on_both_days(roster) -> None:
    point = roster.at_point()
    roster.need(point, 1, 1, 9)
    web = official(roster)

    for day in ("2021-11-04", "2021-11-05"):
        assert "11-04 21:00 – 11-05 05:00" in text(web.get(f"/duty/places/{point.pk}/?day={day}"))
    assert "Nothing on this day" in text(web.get(f"/duty/places/{point.pk}/?day=2021-11-06"))
    assert web.get(f"/duty/places/{point.pk}/?day=tomorrow").status_code == 400


def test_booking_offers_the_free_and_fit_nearest_first(roster) -> None:
    place = roster.place
    point = roster.at_point()
    far = roster.member(None, "sampler")
    near = roster.member(place.here, "sampler")
    tired = roster.member(place.here, "sampler")
    stand(roster, point, 5, 7, member=tired)
    roster.member(None, "sampler", qualified=())
    roster.member(None, "sampler", left_at=START)
    usher = roster.member(None, "usher")
    stand(roster, point, 3, 5, member=roster.member(None, "sampler"))
    query = {"role": roster.role("sampler").pk, "starts_at": EIGHT, "ends_at": MIDNIGHT}

    page = client(roster).get(f"/duty/places/{point.pk}/book/", query).content.decode()

    shown = re.findall(r'name="member"\s+value="([^"]+)"', page)
    assert shown == [str(near.pk), str(far.pk), str(tired.pk)]
    assert "rests 1 hours" in page
    page = client(roster).get(f"/duty/places/{point.pk}/book/", query | {"any_role": "on"})
    assert str(usher.pk) in page.content.decode()
    page = official(roster).get(f"/duty/places/{point.pk}/book/", query).content.decode()
    assert str(near.pk) in page
    assert str(far.pk) not in page


def test_booking_from_the_page_and_what_it_refuses(roster) -> None:
    point, web = roster.at_point(), client(roster)
    member = roster.member(None, "sampler")
    url, body = f"/duty/places/{point.pk}/book/", asked(roster, member)

    assert web.post(url, body).status_code == 302
    assert web.post(url, body).status_code == 302
    booked = Duty.objects.get()
    assert (booked.starts_at, booked.ends_at, booked.place) == (after(1), after(4), point)
    answer = web.post(url, asked(roster, member))
    assert answer.status_code == 422
    assert "is already booked as" in text(answer)
    tired = asked(roster, member, starts_at="2021-11-05T02:00", ends_at="2021-11-05T04:00")
    answer = web.post(url, tired)
    assert answer.status_code == 422
    assert 'name="override"' in answer.content.decode()
    assert web.post(url, tired | {"override": "nobody else"}).status_code == 302
    assert Duty.objects.order_by("-pk")[0].reason == "nobody else"


def test_booking_at_a_unit_stands_in_the_points_roster(roster) -> None:
    point, web = roster.at_point(), official(roster)
    member = roster.member(roster.place.here, "sampler")

    web.post(f"/duty/places/{point.pk}/book/", asked(roster, member, unit=str(roster.unit.pk)))

    assert Duty.objects.get().place.unit == roster.unit
    assert member.name_mask in text(web.get(f"/duty/places/{point.pk}/"))
    clock.set_clock(after(2), rate=1)
    assert member.name_mask in text(web.get(f"/units/{roster.unit.pk}/"))


def test_one_tap_arrives_and_leaves_and_cancelling_needs_a_reason(roster) -> None:
    point, web = roster.at_point(), official(roster)
    one, other = (roster.book(roster.member(), point, 1, 4) for _ in range(2))
    clock.set_clock(after(2), rate=1)

    assert web.post(f"/duty/{one.pk}/act/", {"act": "arrive"}).status_code == 302
    assert web.post(f"/duty/{one.pk}/act/", {"act": "leave"}).status_code == 302
    answer = web.post(f"/duty/{other.pk}/act/", {"act": "cancel"})
    assert answer.status_code == 422
    assert "Say why." in text(answer)
    web.post(f"/duty/{other.pk}/act/", {"act": "cancel", "reason": "rain"})

    states = dict(Duty.objects.values_list("pk", "state"))
    assert states == {one.pk: "done", other.pk: "cancelled"}


def test_without_presence_no_page_asks_for_it_or_shows_it(roster) -> None:
    point, web = roster.at_point(), client(roster)
    roster.need(point, 1, 0, 4)
    stand(roster, point, 0, 4, role="sampler", state="present")
    pages = ["/duty/", f"/duty/streets/{roster.place.here.pk}/", f"/duty/places/{point.pk}/"]
    assert all("n site" in text(web.get(page)) for page in pages)

    assert web.post("/duty/attendance/", {"wanted": "off"}).status_code == 422
    done = web.post("/duty/attendance/", {"wanted": "off", "reason": "agreed with the staff"})

    assert done.status_code == 302
    for page in pages:
        shown = text(web.get(page))
        assert "Arrived" not in shown
        assert ">On site<" not in web.get(page).content.decode()
        assert "on site" not in shown.replace("Presence on site", "")


def test_a_streets_needs_by_template_in_one_act(roster) -> None:
    web, here = official(roster), roster.place.here.pk
    body = {"template": "team_of_36", "starts_at": EIGHT, "ends_at": "2021-11-05T09:00"}

    for _ in range(2):
        assert web.post(f"/duty/streets/{here}/needs/", body).status_code == 302

    assert Shift.objects.filter(street_id=here).count() == 12
    assert not Shift.objects.filter(street_id=roster.place.there.pk).exists()
    wrong = web.post(f"/duty/streets/{here}/needs/", body | {"ends_at": EIGHT})
    assert wrong.status_code == 422
    assert "ends after it starts" in text(wrong)


def test_a_checkpoint_from_its_beginning_to_its_empty_hours(roster) -> None:
    web, street = official(roster), str(roster.place.here.pk)
    body = {"kind": "checkpoint", "name": "北门卡口", "street": street, "around_the_clock": "on"}

    page = web.post("/duty/posts/new/", body, follow=True)
    place = DutyPlace.objects.get(kind="checkpoint")
    assert "Nobody booked at this post:" in text(page)
    assert web.post("/duty/posts/new/", body).status_code == 422
    needs = {
        "role_1": roster.role("gate_guard").pk, "people_1": "2", "people_2": "",
        "role_2": "", "starts_at": EIGHT, "ends_at": "2021-11-05T21:00", "shifts": "3",
    }  # fmt: skip
    assert web.post(f"/duty/places/{place.pk}/needs/", needs).status_code == 302

    assert place.shifts.count() == 3
    assert "empty now" in text(web.get("/duty/"))
    assert web.post(f"/duty/places/{place.pk}/change/", {"act": "close"}).status_code == 302
    assert web.get(f"/duty/places/{place.pk}/").status_code == 404


def test_somebody_is_sent_elsewhere_with_a_reason(roster) -> None:
    web, there = client(roster), roster.at_point(roster.unit_there)
    one = roster.book(roster.member(), roster.at_point(), 1, 4)
    to = f"point-{roster.unit_there.point_id}"
    body = {"client_key": str(uuid.uuid4()), "place": to, "starts_at": "2021-11-04T22:00"}

    assert web.post(f"/duty/{one.pk}/move/", body).status_code == 422
    assert web.post(f"/duty/{one.pk}/move/", body | {"reason": "queue"}).status_code == 302
    assert Duty.objects.get(state="booked").place == there
    street = official(roster).get(f"/duty/{one.pk}/move/").content.decode()
    assert roster.unit_there.point.name not in street


def test_a_team_of_several_streets_is_not_a_streets_to_call_off(roster) -> None:
    point = roster.at_point()
    team = stand_team(roster, point, 1, 4, 5)

    page = official(roster).get(f"/duty/places/{point.pk}/")

    assert str(team.team) in text(page)
    assert f"/duty/teams/{team.pk}/act/" not in page.content.decode()
    assert (
        official(roster).post(f"/duty/teams/{team.pk}/act/", {"act": "arrive"}).status_code == 404
    )
    done = client(roster).post(f"/duty/teams/{team.pk}/act/", {"act": "cancel", "reason": "rain"})
    assert done.status_code == 302


def test_the_sheet_on_paper_has_everybody_masked(roster) -> None:
    point = roster.at_point()
    roster.need(point, 2)
    member = roster.member(roster.place.here, "sampler", name="赵小刚")
    roster.book(member, point)

    page = text(official(roster).get(f"/duty/places/{point.pk}/print/"))

    assert member.name_mask in page
    assert "赵小刚" not in page


def test_lists_ask_as_much_for_thirty_places_as_for_one(roster) -> None:
    web = client(roster)
    urls = [f"/duty/streets/{roster.place.here.pk}/", "/duty/"]
    point = roster.at_point()
    roster.need(point, 2, 0, 9)
    stand(roster, point, 0, 9, role="sampler", state="present")

    def count(url: str) -> int:
        web.get(url)
        with CaptureQueriesContext(connection) as queries:
            web.get(url)
        # The clock is read again once a second.
        return sum("core_clock" not in query["sql"] for query in queries)

    urls.append(f"/duty/places/{point.pk}/")
    few = [count(url) for url in urls]
    for _ in range(10):
        unit = make_unit(roster.place)
        other = roster.at_point(unit)
        roster.need(other, 2, 0, 9)
        stand(roster, other, 0, 9, role="sampler", state="present")
        stand(roster, point, 0, 9, role="sampler", state="present")

    assert [count(url) for url in urls] == few


def test_one_page_books_one_candidate_after_the_other(roster) -> None:
    point, web = roster.at_point(), client(roster)
    one, other = (roster.member(None, "sampler") for _ in range(2))
    key = {"client_key": str(uuid.uuid4())}
    for member in (one, other, one):
        body = asked(roster, member) | key
        assert web.post(f"/duty/places/{point.pk}/book/", body).status_code == 302

    assert set(Duty.objects.values_list("member", flat=True)) == {one.pk, other.pk}
    assert Duty.objects.count() == 2


def test_a_teams_button_leads_back_to_where_it_was_pressed(roster) -> None:
    there = roster.at_point(roster.unit_there)
    parts = [samplers(roster, 1), samplers(roster, 1, roster.unit_there)]
    team = book_team(roster, make_team(roster.place.district), parts)
    page = f"/duty/places/{there.pk}/"
    assert f'name="place" value="{there.pk}"' in client(roster).get(page).content.decode()

    body = {"act": "arrive", "place": str(there.pk)}
    done = client(roster).post(f"/duty/teams/{team.pk}/act/", body)

    assert done.url.startswith(page)


def test_one_tap_notes_everybody_of_a_point(roster) -> None:
    point, web = roster.at_point(), official(roster)
    for _ in range(2):
        roster.book(roster.member(roster.place.here), point, 0.5, 4)
    url = f"/duty/places/{point.pk}/everybody/"
    assert url in web.get(f"/duty/places/{point.pk}/").content.decode()

    assert "2 people are here now." in text(web.post(url, {"act": "arrive"}, follow=True))
    assert "Nobody is left to note." in text(web.post(url, {"act": "leave"}, follow=True))
    assert web.post(url, {"act": "dance"}).status_code == 422
    assert set(Duty.objects.values_list("state", flat=True)) == {"present"}
