"""S1: each person sees what they owe, in their own area, the most pressing first."""

from __future__ import annotations

import uuid
from datetime import timedelta

import pytest

from personnel.roles import Role
from reporting.boards.today import today
from reporting.daily.services import review
from tests.daily.make import DUE, House, make_house, set_time


@pytest.fixture
def house(db) -> House:
    return make_house()


def titles(house: House, role: Role, division=None, at=None) -> list[tuple[str, str]]:
    found = today(house.scope(role, division), at=at or house.at)
    return [(card.icon, card.standing) for card in found.cards]


def test_an_official_owes_the_street_its_report(house: House) -> None:
    assert ("report", "warn") in titles(house, Role.STREET_OFFICIAL)
    late = DUE + timedelta(minutes=1)
    assert titles(house, Role.STREET_OFFICIAL, at=late)[0] == ("report", "crit")


def test_nobody_owes_the_neighbours_report(house: House) -> None:
    found = today(house.scope(Role.STREET_OFFICIAL, house.place.there), at=house.at)

    assert [card.words for card in found.cards if card.icon == "report"] == [house.place.there.name]


def test_a_reviewer_is_told_once_for_all_that_waits(house: House) -> None:
    assert titles(house, Role.REPORTING_OFFICER) == []
    house.submit()
    house.submit(house.place.there)

    [card] = today(house.scope(Role.REPORTING_OFFICER), at=house.at).cards

    assert (card.icon, card.since) == ("check", house.at)


def test_what_was_sent_is_folded_and_a_returned_report_comes_back_on_top(house: House) -> None:
    house.submit()
    found = today(house.scope(), at=house.at)
    assert [card.icon for card in found.cards if card.icon == "report"] == []
    assert len(found.done) == 1

    review.return_report(
        report_id=house.report().pk, version=1, comment="?", by="r", at=house.at,
        scope=house.scope(Role.REPORTING_OFFICER),
    )  # fmt: skip

    assert titles(house, Role.STREET_OFFICIAL)[0] == ("report", "crit")


def test_a_request_to_unlock_is_shown_to_others_only(house: House) -> None:
    after = DUE + timedelta(hours=2)
    review.ask_unlock(
        report_id=house.report().pk, reason="x", scope=house.scope(), by="user:reporting_officer",
        at=after,
    )  # fmt: skip

    assert titles(house, Role.REPORTING_OFFICER, at=after) == []
    assert ("key", "warn") in titles(house, Role.COMMANDER, at=after)


@pytest.mark.parametrize("role", [Role.STREET_OFFICIAL, Role.COMMANDER, Role.REGISTRAR])
def test_the_page_and_its_fragment_are_the_same(house: House, role: Role) -> None:
    set_time(house.at)
    client = house.client(role)

    page = client.get("/today/")
    part = client.get("/today/", headers={"HX-Request": "true"})

    assert page.status_code == part.status_code == 200
    assert part.content.decode().strip() in page.content.decode()


@pytest.mark.parametrize(
    ("role", "page"), [(Role.COMMANDER, "/"), (Role.POINT_LEAD, "/today/"), (Role.PLANNER, "/")]
)
def test_work_begins_where_it_lies(house: House, role: Role, page: str) -> None:
    assert house.client(role).get("/home/").headers["Location"] == page


def test_the_cards_cost_the_same_for_any_number_of_reports(
    house: House, django_assert_max_num_queries
) -> None:
    house.submit(key=uuid.uuid4())

    with django_assert_max_num_queries(16):
        today(house.scope(), at=house.at)


def test_a_streets_page_says_how_its_reports_stand(house: House) -> None:
    house.submit()
    official, officer = house.client(Role.STREET_OFFICIAL), house.client(Role.COMMANDER)
    path = f"/streets/{house.place.here.pk}/"

    assert f"/daily/{house.report().pk}/" in official.get(path).content.decode()
    assert f"/daily/review/{house.report().pk}/" in officer.get(path).content.decode()
