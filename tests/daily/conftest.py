"""An official in a real browser, with an open report before them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from django.core.servers.basehttp import WSGIRequestHandler
from django.test import Client
from playwright.sync_api import BrowserContext, Page

from core import clock
from personnel.services import roll
from reporting.boards.source import forget_pictures
from tests.daily.make import House, make_house


@pytest.fixture
def live_house(transactional_db: None) -> Iterator[House]:
    """A street of four communities with an open report, committed for the live site."""
    clock.forget()
    yield make_house(communities=4)
    for forget in (forget_pictures, clock.forget, roll.forget):
        forget()


def sign_in(context: BrowserContext, client: Client, url: str, language: str = "zh-hans") -> None:
    """Give a browser the session that a test client has."""
    cookies = {name: morsel.value for name, morsel in client.cookies.items()}
    cookies["jinjian_language"] = language
    context.add_cookies(
        [{"name": name, "value": value, "url": url} for name, value in cookies.items()]
    )


def open_sheet(page: Page, url: str) -> None:
    """Load a report's page and wait until its script has begun."""
    page.goto(url)
    page.wait_for_selector("#daily[data-ready]")


def wait_for_helper(page: Page) -> None:
    """Wait until the page's helper for a lost network is at work. (`wait_for_function` would
    evaluate text in the page, which its content policy forbids.)"""
    page.evaluate(
        """() => new Promise(function (done) {
            const workers = navigator.serviceWorker;
            if (workers.controller) done();
            else workers.addEventListener("controllerchange", function () { done(); });
        })"""
    )


@contextmanager
def without_network(context: BrowserContext) -> Iterator[None]:
    """Cut the network, as the browser knows it and at the site: a page or a helper that begins
    meanwhile has the browser's network for the moment that cutting it off there takes."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(WSGIRequestHandler, "parse_request", _hang_up)
        context.set_offline(True)
        yield
    context.set_offline(False)


def _hang_up(handler: WSGIRequestHandler) -> bool:
    handler.close_connection = True
    return False
