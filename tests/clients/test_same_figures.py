"""With row-level security shut, a client still gets the very figures that a person gets."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from personnel.roles import Role
from tests.api.make import publish
from tests.boards.make import signed_in
from tests.clients.make import bearer, make_client, make_token
from tests.logistics.homes import make_visit
from tests.personnel.make import make_user
from tests.progress.make import NOW, make_two_streets, recount, sample

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)
ENGLISH = {"Accept-Language": "en"}
PATHS = (
    "/api/v1/progress/?level=district&series=15",
    "/api/v1/progress/?level=unit",
    "/api/v1/progress-series/",
    "/api/v1/points/",
)


def test_a_client_gets_the_figures_of_a_person() -> None:
    here, there = make_two_streets()
    sample(here, NOW - 20 * MINUTE, people=3, strangers=1)
    sample(there, NOW - 50 * MINUTE, people=5)
    recount(here)
    publish()
    district = here.place.district
    client, _secret = make_client(district)
    token = make_token(client)
    person = signed_in(make_user(Role.COMMANDER, district))

    for path in PATHS:
        of_person = _said(person.get(path, headers=ENGLISH))
        of_client = _said(Client().get(path, headers=bearer(token) | ENGLISH))
        assert of_client == of_person, path
        assert of_client.get("items") or of_client["areas"][0]["figures"]["swabs"], path


def test_figures_that_are_counted_over_people_are_no_noughts() -> None:
    here, _there = make_two_streets()
    sample(here, NOW - 20 * MINUTE, people=3)
    recount(here)
    make_visit(here.place)
    district, round_ = here.place.district, here.place.round
    client, _secret = make_client(district)
    path = f"/api/v1/rounds/{round_.pk}/data-value-set/"
    person = signed_in(make_user(Role.COMMANDER, district))

    of_client = Client().get(path, headers=bearer(make_token(client)) | ENGLISH).json()
    of_person = person.get(path, headers=ENGLISH).json()

    values = {v["dataElement"]: v["value"] for v in of_client["dataValues"]}
    assert values["visits_asked"] == "1"
    assert [_figure(v) for v in of_client["dataValues"]] == [
        _figure(v) for v in of_person["dataValues"]
    ]


def _figure(value: dict[str, Any]) -> tuple[Any, ...]:
    return value["orgUnit"], value["dataElement"], value["value"]


def _said(answer: Any) -> Any:
    assert answer.status_code == 200, answer.content
    said = answer.json()
    said.pop("as_of")
    return said
