"""The short way: as strict as the long one, and it asks for nothing that is not needed."""

from __future__ import annotations

import json

import pytest
from django.conf import settings
from django.test import Client
from django.urls import resolve, reverse

from core import short_way
from tests.boards.make import Panels, make_board
from tests.sites.make import Desk, make_desk

pytestmark = pytest.mark.django_db
CAPTURE = "/api/v1/capture/"


@pytest.fixture
def desk() -> Desk:
    return make_desk()


@pytest.mark.parametrize("name", settings.SHORT_WAY)
def test_its_views_need_no_session(name: str) -> None:
    view = resolve(reverse(name)).func

    assert not getattr(view, "login_required", True)
    assert getattr(view, "csrf_exempt", False) or view.__name__ == "pulse"


def test_a_device_takes_it_and_a_person_does_not(desk: Desk, monkeypatch) -> None:
    taken = []
    answer = short_way._answer
    monkeypatch.setattr(
        short_way, "_answer", lambda request, match: taken.append(request) or answer(request, match)
    )

    assert desk.post({"items": [desk.open("TUBE000001")]}).status_code == 200
    assert len(taken) == 1
    assert not hasattr(taken[0], "session")
    assert Client().post(CAPTURE, b"{}", content_type="application/json").status_code == 401
    assert len(taken) == 1


def test_what_every_answer_has_it_has_too(desk: Desk) -> None:
    answer = desk.post({"items": [desk.open("TUBE000001")]})

    assert int(answer["Content-Length"]) == len(answer.content)
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["X-Request-ID"]
    assert answer["Content-Language"] == "zh-hans"  # nothing else was asked for


def test_it_speaks_the_callers_language(desk: Desk) -> None:
    def refused(language: str) -> str:
        answer = desk.client.post(
            CAPTURE,
            json.dumps({"items": [desk.item("void", reason="spilt")]}),
            content_type="application/json",
            headers={"Authorization": f"Device {desk.token}", "Accept-Language": language},
        )
        return str(answer.json()["results"][0]["message"])

    assert refused("en") == "Void either a tube or a swab."
    assert refused("zh-CN") not in ("", "Void either a tube or a swab.")


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"headers": {"Authorization": "Device none"}}, 401),
        ({"headers": {"Authorization": "Basic bm9uZTpub25l"}}, 401),
        ({"path": CAPTURE + "?dry=1"}, 400),
        ({"path": CAPTURE + "?a=%00"}, 400),
        ({"data": b"{"}, 400),
        ({"content_type": "text/plain"}, 415),
        ({"headers": {"Host": "elsewhere.example"}}, 400),
    ],
)
def test_it_refuses_what_the_long_way_refuses(desk: Desk, change: dict, status: int) -> None:
    headers = {"Authorization": f"Device {desk.token}"} | change.get("headers", {})
    asked = {"path": CAPTURE, "data": b'{"items": []}', "content_type": "application/json"}

    answer = desk.client.post(**asked | change | {"headers": headers})

    assert answer.status_code == status
    assert answer["Content-Type"] == "application/problem+json"
    assert answer.json()["request_id"] == answer["X-Request-ID"]


def test_a_fault_of_ours_is_a_problem_of_ours(desk: Desk, monkeypatch) -> None:
    def broken(**_told: object) -> None:
        raise RuntimeError("secret")

    monkeypatch.setattr("sites.api.capture.accept_together", broken)
    desk.client.raise_request_exception = False

    answer = desk.post({"items": [desk.open("TUBE000001")]})

    assert (answer.status_code, answer.json()["code"]) == (500, "internal")
    assert b"secret" not in answer.content


def test_a_pulse_asks_with_its_ticket_alone() -> None:
    page = Panels(make_board().client.get("/").content.decode())
    url, asked = page.pulse["hx-get"], {"X-Jinjian-Ticket": page.pulse["data-ticket"]}

    assert Client().get(url, headers=asked).status_code in (200, 204)
    assert Client().get(url).status_code == 401
    assert Client().get(url + "&page=nonsense", headers=asked).status_code == 400
