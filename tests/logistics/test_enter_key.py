"""The Enter key in a field takes the first submit button of the form: nothing is lost by it."""

from __future__ import annotations

from html.parser import HTMLParser

import pytest
from django.urls import reverse

from logistics.models import Order
from personnel.roles import Role
from tests.logistics.dispatch_make import World, make_dispatch, signed_in
from tests.logistics.test_dispatch_assign import body, post
from tests.personnel.make import make_user
from tests.sites.make import make_resident

pytestmark = pytest.mark.django_db


class _Forms(HTMLParser):
    """The first submit button of each form that is posted, by the form's address; None where it
    is disabled."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.first: dict[str, tuple[str, str] | None] = {}
        self.here = ""
        self.feed(page)

    def handle_starttag(self, tag, attrs) -> None:
        said = dict(attrs)
        if tag == "form":
            self.here = (said.get("action") or "") if said.get("method") == "post" else ""
        elif tag == "button" and said.get("type", "submit") == "submit":
            assert "form" not in said, "a button outside its form may stand before the others"
            act = (said.get("name") or "", said.get("value") or "")
            self.first.setdefault(self.here, None if "disabled" in said else act)

    def handle_endtag(self, tag) -> None:
        if tag == "form":
            self.here = ""


def first(page, action: str) -> tuple[str, str] | None:
    return _Forms(page.content.decode()).first[action]


@pytest.fixture
def world() -> World:
    return make_dispatch()


def test_a_step_that_goes_on_comes_first_and_one_that_ends_never(world: World) -> None:
    client = world.client()
    post(client, body(world, f"member:{world.sampler_of().pk}"))
    order = Order.objects.get()
    page, step = (
        reverse(f"dispatch:{name}", args=[order.pk]) for name in ("order", "order_step")
    )  # fmt: skip

    assert first(client.get(page), step) == ("to", "accepted")
    client.post(step, {"to": "on_site", "reason": "seen on site"})
    assert first(client.get(page), step) is None


def test_enter_orders_whoever_is_marked_and_does_not_look_for_others(world: World) -> None:
    world.need(2, (0, 4))
    url = reverse("dispatch:assign")
    address = f"{url}?spot=point-{world.point.pk}&role={world.sampler.pk}"

    assert first(world.client().get(address), url) == ("", "")


def test_enter_books_nobody(world: World) -> None:
    world.sampler_of()
    url = reverse("duty:book", args=[world.spot.pk])
    said = body(world, "")
    query = {name: said[name] for name in ("role", "starts_at", "ends_at")}
    page = world.client().get(url, query)

    assert 'name="member"' in page.content.decode()
    assert first(page, url) is None


def test_enter_asks_again_and_adds_to_no_other_request(world: World) -> None:
    resident, _number = make_resident(world.place)
    client = signed_in(make_user(Role.STREET_OFFICIAL, world.place.here))
    url = reverse("visits:ask")
    said = {
        "resident": str(resident.pk), "community": world.place.community_here.pk,
        "reason": "old", "way": "home", "source": "street",
    }  # fmt: skip
    client.post(url, said)
    page = client.post(url, said)

    assert 'name="join"' in page.content.decode()
    assert first(page, f"{url}?round={world.place.round.pk}") == ("", "")
