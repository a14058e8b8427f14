"""Rosters in a browser: sound pages in both languages, and a seat filled with two presses."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client
from playwright.sync_api import Page, expect

from core import clock
from core.scope import scoped
from personnel.models import Duty
from personnel.roles import Role
from personnel.services.places import add_place, place_of_unit
from personnel.services.shifts import state_points
from tests.browser.sound import unsound
from tests.personnel.make import make_user
from tests.personnel.people import make_team
from tests.personnel.roster import Roster, after, make_roster
from tests.personnel.test_staffing import stand, stand_team

pytestmark = [pytest.mark.browser, pytest.mark.slow]
CHECKED_AT = {"zh-hans": 1366, "en": 360}


@pytest.fixture
def roster(transactional_db: None) -> Iterator[Roster]:
    """A point whose first shift lacks people and whose sampler must soon be relieved."""
    clock.forget()
    found = make_roster()
    clock.set_clock(after(4.75), rate=0.001)
    with scoped(found.scope):
        state_points(
            template="norms", starts_at=after(1), ends_at=after(13), shifts=2, by="t", at=after(0),
            street_id=found.place.here.pk, scope=found.scope,
        )  # fmt: skip
        unit = place_of_unit(unit_id=found.unit.pk, scope=found.scope)
        here = found.place.here
        sampler = found.member(here, "sampler", name="王小明")
        stand(found, unit, 1, 7, role="sampler", state="present", member=sampler)
        stand_team(found, found.at_point(), 7, 13, 1, team=make_team(found.place.district))
        gate = add_place(
            kind="checkpoint", name="北门卡口", street_id=here.pk, around_the_clock=True,
            scope=found.scope, by="t", at=after(0),
        )  # fmt: skip
        stand(found, gate, 0, 8, role="gate_guard", member=found.member(here, "gate_guard"))
        found.member(here, "registrar", name="李敏")
        yield found
    clock.forget()


def enter(page: Page, live_server: Any, roster: Roster, role: Role, language: str) -> None:
    place = roster.place
    home = place.here if role == Role.STREET_OFFICIAL else place.district
    client = Client()
    client.force_login(make_user(role, home))
    cookies = {name: morsel.value for name, morsel in client.cookies.items()}
    page.context.add_cookies(
        [
            {"name": name, "value": value, "url": live_server.url}
            for name, value in (cookies | {"jinjian_language": language}).items()
        ]
    )


def pages(roster: Roster) -> dict[Role, list[str]]:
    point, one = roster.at_point(), Duty.objects.get(role__code="sampler")
    gate = Duty.objects.get(role__code="gate_guard").place_id
    asked = (
        f"role={roster.role('registrar').pk}&starts_at=2021-11-05T01:00&ends_at=2021-11-05T03:00"
    )
    return {
        Role.DISPATCHER: ["/duty/", f"/duty/streets/{roster.place.here.pk}/", "/duty/posts/new/"],
        Role.STREET_OFFICIAL: [
            "/duty/", f"/duty/places/{point.pk}/", f"/duty/places/{gate}/",
            f"/duty/places/{point.pk}/book/?{asked}", f"/duty/places/{point.pk}/print/",
            f"/duty/{one.pk}/move/", f"/units/{roster.unit.pk}/",
        ],
    }  # fmt: skip


@pytest.mark.parametrize("role", [Role.DISPATCHER, Role.STREET_OFFICIAL])
@pytest.mark.parametrize("language", CHECKED_AT)
def test_rosters_are_sound(page: Page, live_server, roster, role: Role, language: str) -> None:
    enter(page, live_server, roster, role, language)
    wrong = []
    for path in pages(roster)[role]:
        page.set_viewport_size({"width": 1366, "height": 850})
        answer = page.goto(f"{live_server.url}{path}")
        assert answer is not None
        assert answer.status == 200, path
        page.evaluate("document.querySelectorAll('details').forEach((each) => each.open = true)")
        wrong += [f"{path} {fault}" for fault in unsound(page, checked_at=CHECKED_AT[language])]
    assert not wrong, "\n".join(wrong)


def test_an_empty_seat_is_filled_with_two_presses_on_a_phone(page, live_server, roster) -> None:
    enter(page, live_server, roster, Role.STREET_OFFICIAL, "en")
    page.set_viewport_size({"width": 360, "height": 740})
    page.goto(f"{live_server.url}/duty/places/{roster.at_point().pk}/?day=2021-11-05")
    row = page.locator(".shift-row", has_text="registrar").first

    row.get_by_role("link", name="Book somebody").first.click()
    page.get_by_role("button", name="Book", exact=True).first.click()

    expect(page.get_by_text("is booked until 11-05 03:00")).to_be_visible()
    booked = Duty.objects.get(role__code="registrar")
    assert (booked.ends_at, booked.place) == (after(7), roster.at_point())
    seat = page.locator(".seat", has_text=booked.member.name_mask).first
    seat.get_by_role("button", name="Arrived").click()
    expect(page.locator(".seat", has_text=booked.member.name_mask).first).to_contain_text("on site")
    booked.refresh_from_db()
    assert booked.state == "present"
