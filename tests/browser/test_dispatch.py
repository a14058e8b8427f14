"""The dispatch board in a browser: a drop and the dialog order the same way, and can be undone."""

from __future__ import annotations

import uuid
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from core import clock
from core.scope import scoped
from logistics.models import Order
from logistics.services.orders import order_duty
from personnel.models import StaffMember
from personnel.services import roll
from tests.browser.sound import unsound
from tests.logistics.dispatch_make import HOUR, World, make_dispatch

pytestmark = [pytest.mark.browser, pytest.mark.slow]


@pytest.fixture
def world(transactional_db: None) -> Iterator[World]:
    """One point that lacks two samplers, and three who could go."""
    made = make_dispatch()
    made.need(2, (0, 4))
    with scoped(made.scope):
        for _each in range(3):
            made.sampler_of()
    yield made
    clock.forget()
    roll.forget()


@pytest.fixture
def board(page: Page, live_server, world: World) -> Page:
    page.context.add_cookies(
        [
            {"name": name, "value": morsel.value, "url": live_server.url}
            for name, morsel in world.client().cookies.items()
        ]
    )
    page.goto(f"{live_server.url}/dispatch/?street={world.place.here.pk}")
    return page


def chosen(page: Page) -> str:
    return page.locator(".tray [data-subject^=member]").first.get_attribute("data-subject")


def test_a_drop_and_the_dialog_lead_to_the_same_order_and_undo(board: Page, world: World) -> None:
    dropped = chosen(board)
    board.locator(".tray [data-subject^=member]").first.drag_to(
        board.locator(f"#row-point-{world.point.pk} td.c-crit")
    )
    expect(board.locator("#done")).to_contain_text("Ordered")
    board.locator("#undo").click()
    expect(board.locator("#done")).to_have_count(0)

    board.keyboard.press("a")
    expect(board.locator("#assign-dialog #assign-title")).to_be_visible()
    board.locator("#assign-dialog [name=subject]:checked").wait_for()
    board.locator("#assign-dialog #order").click()
    expect(board.locator("#done")).to_contain_text("Ordered")

    first, second = Order.objects.order_by("number")
    assert f"member:{first.duty.member_id}" == dropped
    assert (first.state, second.state) == ("withdrawn", "requested")
    same = ("reason", "figure", "street_id", "round_id", "recipient_id")
    assert [getattr(first, name) for name in same] == [getattr(second, name) for name in same]
    assert (first.duty.starts_at, first.duty.ends_at) == (
        second.duty.starts_at, second.duty.ends_at,
    )  # fmt: skip
    assert first.duty.role_id == second.duty.role_id


def test_taken_meanwhile_is_said_in_the_dialog_with_the_next_marked(
    board: Page, world: World
) -> None:
    board.keyboard.press("a")
    marked = board.locator("#assign-dialog [name=subject]:checked")
    marked.wait_for()
    value = marked.input_value()
    with scoped(world.scope):
        member = StaffMember.objects.get(pk=value.partition(":")[2])
        world.book(member, (1, 2))

    board.locator("#assign-dialog #order").click()

    expect(board.locator("#assign-dialog .error-summary")).to_contain_text("already booked")
    following = board.locator("#assign-dialog [name=subject]:checked").input_value()
    assert following not in ("", value)
    assert not Order.objects.exists()


def test_rows_stay_while_a_hand_is_on_them_and_follow_afterwards(board: Page, world: World) -> None:
    row = board.locator(f"#row-point-{world.point.pk}")
    row.hover()
    with scoped(world.scope):
        world.book(world.sampler_of(), (0, 4))

    board.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    expect(board.locator("#board-strip .is-short").first).to_contain_text("1")
    expect(row).to_contain_text("short 2")

    board.mouse.move(5, 300)
    expect(row).to_contain_text("short 1")


@pytest.mark.parametrize("language, width", [("zh-hans", 1366), ("en", 360)])
def test_the_pages_of_dispatch_are_sound(
    board: Page, live_server, world: World, language: str, width: int
) -> None:
    page = board
    world.vehicle()
    with scoped(world.scope):
        world.book(world.sampler_of(), (-1, 2), state="present", arrived_at=world.now)
        order = order_duty(
            client_key=uuid.uuid4(), reason="short of two", member_id=world.sampler_of().pk,
            place_id=world.spot.pk, role_id=world.sampler.pk, starts_at=world.now + HOUR,
            ends_at=world.now + 4 * HOUR, **world.act,
        )  # fmt: skip
    page.context.add_cookies(
        [{"name": "jinjian_language", "value": language, "url": live_server.url}]
    )
    spot = f"point-{world.point.pk}"
    wrong = []
    for path in (
        f"/dispatch/?open={spot}", "/dispatch/?show=vehicles", f"/dispatch/?done={order.pk}",
        f"/dispatch/assign/?spot={spot}", "/dispatch/list/", f"/dispatch/orders/{order.pk}/",
        f"/dispatch/sheets/places/{world.spot.pk}/",
    ):  # fmt: skip
        page.goto(f"{live_server.url}{path}")
        wrong += [f"{path} {fault}" for fault in unsound(page, checked_at=width)]
    assert not wrong, "\n".join(wrong)
