"""People in a browser: sound pages in both languages; somebody is called, and lent to a street."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings
from playwright.sync_api import Page, expect

from core import clock
from personnel.models import (
    DutyRole,
    Secondment,
    StaffMember,
    SupportTeam,
    TaskForce,
)
from personnel.roles import Role
from tests.browser.sound import unsound
from tests.personnel.people import floor_of, make_member, make_team
from tests.personnel.staff_desk import AT, Desk, make_desk, signed_in, stop_clock

pytestmark = [pytest.mark.browser, pytest.mark.slow]
CHECKED_AT = {"zh-hans": 1366, "en": 360}
PHONE = "13912345678"


@pytest.fixture
def desk(transactional_db: None) -> Iterator[Desk]:
    """Two people of a hospital; one leads its team and a task force."""
    clock.forget()
    desk = make_desk()
    stop_clock()
    roles = list(DutyRole.objects.filter(code__in=["sampler", "visitor"]))
    district = desk.place.district
    team = make_team(district, sent_by=desk.hospital, source=desk.medic)
    given = {"home_unit": desk.hospital, "source": desk.medic, "roles": roles}
    one = make_member(district, name="王小明", phone=PHONE, team=team, qualified=["swab"], **given)
    make_member(district, desk.place.here, name="李敏", **given)
    SupportTeam.objects.update(leader=one)
    force = TaskForce.objects.create(district_id=district.pk, code="F01", name="采样组", head=one)
    with floor_of(district):
        force.members.add(one)
    yield desk
    clock.forget()


def enter(page: Page, live_server: Any, desk: Desk, language: str) -> None:
    client, _user = signed_in(Role.DISPATCHER, desk.place.district)
    client.cookies[settings.LANGUAGE_COOKIE_NAME] = language
    cookies = {name: morsel.value for name, morsel in client.cookies.items()}
    page.context.add_cookies(
        [{"name": name, "value": value, "url": live_server.url} for name, value in cookies.items()]
    )


@pytest.mark.parametrize("language", list(CHECKED_AT))
def test_pages_of_people_are_sound(page: Page, live_server: Any, desk: Desk, language: str) -> None:
    leader = SupportTeam.objects.values_list("leader", flat=True).get()
    team, force = SupportTeam.objects.get(), TaskForce.objects.get()
    role = DutyRole.objects.get(code="sampler")
    enter(page, live_server, desk, language)
    wrong = {}
    for url in (
        "/staff/", f"/staff/{leader}/", f"/staff/{leader}/change/", "/staff/new/", "/staff/teams/",
        f"/staff/teams/{team.pk}/", f"/staff/teams/{team.pk}/change/", "/staff/lent/",
        "/staff/contacts/", "/staff/task-forces/", f"/staff/task-forces/{force.pk}/",
        f"/staff/lists/?edit=roles-{role.pk}",
    ):  # fmt: skip
        response = page.goto(f"{live_server.url}{url}")
        assert response is not None
        assert response.status == 200, url
        if found := unsound(page, checked_at=CHECKED_AT[language]):
            wrong[url] = found

    assert wrong == {}


def test_somebody_is_called_and_lent_to_a_street(page: Page, live_server: Any, desk: Desk) -> None:
    enter(page, live_server, desk, "en")
    page.set_viewport_size({"width": 360, "height": 740})
    leader = SupportTeam.objects.values_list("leader", flat=True).get()
    page.goto(f"{live_server.url}/staff/{leader}/")

    page.get_by_label("Reason").select_option("call")
    page.get_by_role("button", name="Show name and telephone").click()
    expect(page.get_by_role("link", name=PHONE)).to_have_attribute("href", f"tel:{PHONE}")
    page.get_by_role("button", name="Reached", exact=True).click()
    expect(page.get_by_role("link", name=PHONE)).to_have_count(0)

    page.locator("summary", has_text="Lend to a street").click()
    page.get_by_label("Street or town").select_option(str(desk.place.here.pk))
    returns = clock.local(AT + timedelta(hours=10)).strftime("%Y-%m-%dT%H:%M")
    page.get_by_label("Returns at").fill(returns)
    page.get_by_role("button", name="Lend until then").click()
    expect(page.locator("summary", has_text="Send back")).to_be_visible()

    with floor_of(desk.place.district):
        member = StaffMember.objects.get(pk=leader)
    assert (member.reach, member.street_id) == ("reached", desk.place.here.pk)
    assert Secondment.objects.get().ends_at == AT + timedelta(hours=10)
