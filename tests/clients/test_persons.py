"""Rows of people for a machine client: masked, of one street, and only while two persons let it."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from jsonschema import Draft202012Validator

from core import clock
from core.models import AuditEvent
from core.scope import current_floor
from personnel.roles import Role
from reporting.outlets.api.views import document
from reporting.outlets.models import Pull
from reporting.outlets.services import clients as services
from reporting.outlets.services.tokens import PERSON
from reporting.progress.services.recount import recount_marked
from tests.clients.make import bearer, grant_persons, make_client, make_token
from tests.exports.make import sampled
from tests.personnel.make import make_user
from tests.sites.make import Desk, make_desk, make_resident

pytestmark = pytest.mark.django_db
URL = "/api/v1/persons/"


@pytest.fixture
def desk() -> Desk:
    return make_desk()


@pytest.fixture
def token(desk: Desk) -> str:
    client, _secret = make_client(desk.place.district)
    grant_persons(client)
    return make_token(client, scope=PERSON)


def pull(token: str, desk: Desk, **more: Any) -> Any:
    where = {"round": desk.place.round.pk, "street": desk.place.here.pk, **more}
    query = {name: value for name, value in where.items() if value is not None}
    return Client().get(URL, query, headers=bearer(token))


def test_people_of_a_street_come_masked_page_by_page(desk: Desk, token: str) -> None:
    numbers = sampled(desk, "TUBE0001", 2) + [make_resident(desk.place)[1]]
    recount_marked(at=clock.now())
    items: list[dict[str, Any]] = []
    cursor: str | None = None
    pages = []
    while not pages or pages[-1]["more"]:
        pages.append(pull(token, desk, limit=2, cursor=cursor).json())
        cursor = pages[-1]["next_cursor"]
        items += pages[-1]["items"]

    assert [len(page["items"]) for page in pages] == [2, 1]
    assert cursor is None
    masks = {f"{number[:3]}***********{number[-4:]}" for number in numbers}
    assert {item["number"] for item in items} == masks
    assert {item["name"] for item in items} == {"张*"}
    assert {item["phone"] for item in items} == {"138****0000"}
    assert sum(item["first_at"] is None for item in items) == 1
    first = next(item["first_at"] for item in items if item["first_at"])
    assert (first[:14], first[-6:]) == ("2021-11-04T20:", "+08:00")


def test_it_is_never_kept_and_always_told(desk: Desk, token: str) -> None:
    make_resident(desk.place)

    answer = pull(token, desk)

    assert answer.status_code == 200
    assert answer["Cache-Control"] == "no-store"
    assert "ETag" not in answer
    (audit,) = AuditEvent.objects.filter(act="persons.pull")
    assert (audit.summary, audit.street_id) == ({"rows": 1}, desk.place.here.pk)
    kept = Pull.objects.get()
    assert audit.by == f"client:{kept.client_id}"
    assert (kept.endpoint, kept.rows, kept.bytes) == ("api:persons", 1, len(answer.content))
    assert kept.parameters == ["round", "street"]
    assert current_floor() == ("", "")


def test_a_leave_that_is_taken_back_and_other_scopes_show_nobody(desk: Desk, token: str) -> None:
    make_resident(desk.place)
    client, _secret = make_client(desk.place.district)
    grant_persons(client)
    figures = make_token(client, scope="export:aggregate export:daily")
    grant = services.PersonsGrant.objects.exclude(client=client).get()
    services.withdraw_persons(grant=grant, by="user:3:administrator", at=timezone.now())
    commander = Client()
    commander.force_login(make_user(Role.COMMANDER, desk.place.district))

    assert [pull(each, desk).status_code for each in (token, figures)] == [403, 403]
    assert commander.get(URL).status_code == 403
    assert not AuditEvent.objects.filter(act="persons.pull").exists()


@pytest.mark.parametrize(
    "wrong, path",
    [
        ({"street": None}, "street"),
        ({"round": None}, "round"),
        ({"round": "x"}, "round"),
        ({"limit": 1001}, "limit"),
        ({"cursor": "nonsense"}, "cursor"),
        ({"cursor": "单"}, "cursor"),
        ({"cursor": "A" * 30}, "cursor"),
        ({"community": 1}, "community"),
    ],
)
def test_what_cannot_be_read_is_said(desk: Desk, token: str, wrong: Any, path: str) -> None:
    answer = pull(token, desk, **wrong)

    assert answer.status_code == 400
    assert answer.json()["errors"][0]["path"] == path


def test_other_streets_and_rounds_do_not_exist(desk: Desk) -> None:
    client, _secret = make_client(desk.place.district, streets=(desk.place.here,))
    grant_persons(client)
    narrow = make_token(client, scope=PERSON)
    elsewhere = make_desk()

    asked = [
        {"street": desk.place.there.pk},
        {"street": elsewhere.place.here.pk},
        {"round": elsewhere.place.round.pk},
        {"street": 99_999_999},
    ]
    assert [pull(narrow, desk, **each).status_code for each in asked] == [404] * 4


def test_the_document_is_true_of_it(desk: Desk, token: str) -> None:
    make_resident(desk.place)
    whole = document()
    operation = whole["paths"][URL]["get"]
    content = operation["responses"]["200"]["content"]["application/json"]
    (example,) = content["examples"].values()
    check = Draft202012Validator(
        content["schema"] | {"components": whole["components"]},
        format_checker=Draft202012Validator.FORMAT_CHECKER,
    )

    for body in (example["value"], pull(token, desk).json()):
        check.validate(body)
        assert set(body) == set(example["value"])
        assert set(body["items"][0]) == set(example["value"]["items"][0])
