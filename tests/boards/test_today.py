"""S1: each person sees what they owe, in their own area, the most pressing first."""

from __future__ import annotations

import uuid
from dataclasses import replace
from datetime import timedelta

import pytest

from campaigns.models import ChecklistItem, Round
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


def test_who_is_missing_is_told_to_whoever_chases_while_they_may_still_send(house: House) -> None:
    house.submit(house.place.there)
    officer = house.scope(Role.REPORTING_OFFICER)
    late = DUE + timedelta(minutes=1)

    missing = next(card for card in today(officer, at=late).cards if card.icon == "report")

    assert (missing.standing, missing.due_at) == ("crit", DUE)
    assert missing.title.startswith("1 ")
    icons = [icon for icon, _ in titles(house, Role.REPORTING_OFFICER, at=DUE)]
    assert "report" not in icons
    locked = DUE + timedelta(hours=2)
    assert "report" not in [i for i, _ in titles(house, Role.REPORTING_OFFICER, at=locked)]


def test_a_community_that_confirmed_its_numbers_has_done_its_part(house: House) -> None:
    worker = house.scope(Role.COMMUNITY_WORKER, house.place.community_here)
    assert [card.icon for card in today(worker, at=house.at).cards if card.icon == "report"]

    house.report().lines.filter(community=house.place.community_here).update(
        confirmed_at=house.at, confirmed_by="test"
    )

    assert [card for card in today(worker, at=house.at).cards if card.icon == "report"] == []
    # The street still owes the whole.
    assert ("report", "warn") in titles(house, Role.STREET_OFFICIAL)


def test_nobody_is_asked_to_decide_on_their_own_request_in_another_role(house: House) -> None:
    after = DUE + timedelta(hours=2)
    review.ask_unlock(
        report_id=house.report().pk, reason="x", scope=house.scope(), by="user:7:street_official",
        at=after,
    )  # fmt: skip
    commander = house.scope(Role.COMMANDER)

    def keys(actor: str) -> int:
        found = today(replace(commander, actor=actor), at=after).cards
        return sum(card.icon == "key" for card in found)

    assert keys("user:7:commander") == 0
    assert keys("user:70:commander") == 1


def test_a_pre_made_plan_owes_nothing(house: House) -> None:
    made = house.place.round
    plan = Round.objects.create(
        campaign=made.campaign, number=98, starts_at=made.starts_at, is_template=True
    )
    item = ChecklistItem.objects.create(
        round=plan, phase="start", title="set up", due_at=house.at - timedelta(hours=1)
    )
    assert [
        c for c in today(house.scope(Role.PLANNER), at=house.at).cards if c.icon == "round"
    ] == []

    real = Round.objects.create(
        campaign=made.campaign, number=99, starts_at=house.at + timedelta(days=5), state="ready"
    )
    ChecklistItem.objects.filter(pk=item.pk).update(round=real)
    assert ("round", "crit") in titles(house, Role.PLANNER)
    # A round that starts in days does not stand before what waits now.
    assert ("round", "info") in titles(house, Role.COMMANDER)


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
