"""Matters, requests and the log in a browser: sound pages, the key L, copying, the keyboard."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.test import Client
from playwright.sync_api import Page, expect

from core import clock
from personnel.roles import Role
from reporting.alerts.models import LogEntry, Matter
from reporting.alerts.services import log
from tests.alerts.make_matters import NOON, Town, make_town
from tests.browser.sound import faults, width_over

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True), pytest.mark.slow]
LONG = "https://example.org/" + "a" * 120


@pytest.fixture
def town(transactional_db: None) -> Iterator[Town]:
    town = make_town()
    matter = town.matter(what=f"采样点排队超过两百人 {LONG}", urgency="urgent")
    town.step(matter, "take_up", town.who(Role.STREET_OFFICIAL, minutes=4))
    town.matter(Role.COMMUNITY_WORKER, "there")
    entry = town.entry(text=LONG)
    log.promote(entry_id=entry.pk, title=LONG[:120], **town.who(Role.COMMANDER))
    town.request(subject=LONG)
    clock.set_clock(NOON + timedelta(minutes=44), rate=0.001)
    yield town
    clock.forget()


def sign_in(page: Page, live_server, town: Town, role: Role, language: str = "en") -> None:
    client = Client()
    client.force_login(town.person(role)[0])
    cookies = {name: morsel.value for name, morsel in client.cookies.items()}
    page.context.add_cookies(
        [
            {"name": name, "value": value, "url": live_server.url}
            for name, value in (cookies | {"jinjian_language": language}).items()
        ]
    )


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_pages_are_sound(page: Page, live_server, town: Town, language: str) -> None:
    matter, entry = Matter.objects.get(number=1), LogEntry.objects.get()
    request = town.request("there")
    paths = {
        Role.COMMANDER: ["/log/", "/log/?list=events", f"/log/{entry.pk}/", "/matters/",
                         f"/matters/{matter.pk}/", "/requests/", f"/requests/{request.pk}/"],
        Role.STREET_OFFICIAL: ["/matters/new/", "/requests/new/", "/matters/?list=closed"],
    }  # fmt: skip
    wrong = []
    for role, urls in paths.items():
        sign_in(page, live_server, town, role, language)
        for url in urls:
            answer = page.goto(f"{live_server.url}{url}")
            assert answer is not None
            assert answer.status == 200, url
            for details in page.locator("main details").all():
                details.evaluate("node => { node.open = true; }")
            for width in (360, 1366):
                page.set_viewport_size({"width": width, "height": 800})
                if over := width_over(page):
                    wrong.append(f"{url} at {width}: {over} px too wide")
                wrong += [f"{url} at {width}: {fault}" for fault in faults(page)]
    assert not wrong, "\n".join(wrong)


def test_a_matter_is_reported_by_keyboard_alone(page: Page, live_server, town: Town) -> None:
    sign_in(page, live_server, town, Role.COMMUNITY_WORKER)
    page.goto(f"{live_server.url}/matters/new/")
    page.locator("[name=urgency]").first.focus()
    page.keyboard.press("Space")
    for text in ("sta", None, "two samplers short", "two samplers"):
        page.keyboard.press("Tab")
        if text:
            page.keyboard.type(text)
    # Who is responsible is known from the community's last matter.
    for _ in range(5):
        page.keyboard.press("Tab")
    page.keyboard.press("Enter")

    expect(page.locator("h1")).to_have_text("2021-0003")
    matter = Matter.objects.get(number=3)
    assert (matter.kind, matter.urgency, matter.leader_name) == ("staff", "urgent", "Leader Li")


def test_the_key_l_starts_a_line_from_any_page_unless_switched_off(
    page: Page, live_server, town: Town
) -> None:
    sign_in(page, live_server, town, Role.COMMANDER)
    page.goto(f"{live_server.url}/matters/")
    page.locator("input[name=q]").press("l")
    expect(page.locator("input[name=q]")).to_have_value("l")
    page.locator("h1").click()
    page.keyboard.press("l")
    expect(page.locator("[data-log-line]")).to_be_focused()

    page.locator("[data-key-choice] input").uncheck()
    page.goto(f"{live_server.url}/matters/")
    page.keyboard.press("l")
    page.wait_for_timeout(300)
    assert page.url.endswith("/matters/")


def test_the_chat_text_is_copied(page: Page, live_server, town: Town) -> None:
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    sign_in(page, live_server, town, Role.COMMANDER)
    page.goto(f"{live_server.url}/matters/{Matter.objects.get(number=1).pk}/")
    page.locator(".chat summary").click()
    page.locator("[data-copy='chat-zh-hans']").click()

    expect(page.locator("[data-copy='chat-zh-hans']")).to_have_text("copied")
    assert page.evaluate("navigator.clipboard.readText()").startswith("【一事一报 2021-0001】特急")
