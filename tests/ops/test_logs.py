"""Nothing personal reaches the logs: what people type is sent everywhere, and looked for."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection
from django.test import Client

from core.logs import JsonLines, message_of
from tests.sites.make import make_desk

NAME, PHONE, ID_NUMBER = "欧阳锦健", "13912345678", "110101199003074514"
CANARIES = (NAME, PHONE, ID_NUMBER, ID_NUMBER[:17] + "x", "0307451")


@pytest.fixture
def lines() -> Iterator[Any]:
    """Everything logged while the test runs, as the production formatter writes it."""
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(JsonLines())
    root = logging.getLogger()
    watched = [root, *(logging.getLogger(name) for name in ("django", "jinjian.requests"))]
    levels = [logger.level for logger in watched]
    root.addHandler(handler)
    for logger in watched:
        logger.setLevel(logging.DEBUG)

    def read() -> list[dict[str, Any]]:
        return [json.loads(line) for line in stream.getvalue().splitlines()]

    yield read
    root.removeHandler(handler)
    for logger, level in zip(watched, levels, strict=True):
        logger.setLevel(level)


def clean(read: Any) -> list[dict[str, Any]]:
    found = read()
    text = json.dumps(found, ensure_ascii=False)
    assert [canary for canary in CANARIES if canary in text] == []
    return found


@pytest.mark.django_db
def test_what_is_typed_into_addresses_headers_and_bodies_is_not_logged(lines) -> None:
    client = Client(raise_request_exception=False)
    for typed in (NAME, PHONE, ID_NUMBER):
        client.get(f"/nothing/{typed}/")
        client.get(f"/wall/{typed}/")
        client.get("/sign-in/", {"next": f"/?q={typed}"})
        client.get("/", headers={"Host": f"{typed}.example.org"})
        client.get("/health/", headers={"X-Request-ID": f"{typed:0<8}"})
        client.post("/sign-in/", {"username": typed, "password": typed})
        client.post("/api/v1/capture/", {"items": [{"name": typed}]}, "application/json")
        client.post("/language/", {"language": typed})
        Client(enforce_csrf_checks=True).post(f"/sign-in/?q={typed}", {"username": typed})

    seen = clean(lines)

    requests = [line for line in seen if line["logger"] == "jinjian.requests"]
    assert {"/sign-in/", "-", "/wall/<token>/"} <= {line["path"] for line in requests}
    assert all({"request_id", "method", "status", "ms", "view"} <= line.keys() for line in requests)


@pytest.mark.django_db
def test_captured_people_are_not_logged(lines) -> None:
    desk = make_desk()
    item = {"kind": "add", "id_type": "resident", "id_number": ID_NUMBER, "phone": PHONE}
    desk.send(item | {"name": NAME})
    desk.post(f'{{"items": [{{"name": "{NAME}", "id_number": {ID_NUMBER}}}]}}'.encode())

    clean(lines)


@pytest.mark.django_db
def test_an_error_is_told_without_its_text(lines, monkeypatch) -> None:
    def fail(*args: object, **kwargs: object) -> None:
        try:
            with connection.cursor() as cursor:
                cursor.execute("SELECT %s::int", [f"{NAME}{ID_NUMBER}"])
        except Exception as error:
            raise RuntimeError(f"no room for {NAME}, {PHONE}") from error

    monkeypatch.setattr("personnel.views.sessions.sign_in", fail, raising=False)
    monkeypatch.setattr("personnel.forms.SignInForm.is_valid", fail)
    client = Client(raise_request_exception=False)

    assert client.post("/sign-in/", {"username": NAME}).status_code == 500

    (told,) = [line for line in clean(lines) if line["logger"] == "django.request"]
    assert (told["error"], told["status"], told["path"]) == ("RuntimeError", 500, "/sign-in/")
    assert told["cause"] == "DataError"
    assert any("test_logs.py" in place and place.endswith(" fail") for place in told["trace"])


def test_other_libraries_say_their_template_and_numbers_only(lines) -> None:
    logging.getLogger("_granian").warning("Worker (pid:%s) got %s from %s", 77, NAME, PHONE)
    logging.getLogger("celery.app.trace").error(
        "Task %(name)s[%(id)s] raised: %(exc)s",
        {"name": "progress.recount", "id": "5d1", "exc": f"ValueError('{NAME}')"},
    )
    logging.getLogger("core.problems").warning("phone %s", PHONE)

    assert [line["message"] for line in clean(lines)] == [
        "Worker (pid:77) got … from …",
        "Task progress.recount[5d1] raised: …",
        "phone [number]",
    ]


def test_a_template_that_its_values_do_not_fit_is_shown_bare() -> None:
    record = logging.LogRecord("kombu", logging.ERROR, "", 0, "%d of %d", ("x", NAME), None)

    assert message_of(record) == "%d of %d"
