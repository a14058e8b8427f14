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


def _said(answer: Any) -> Any:
    assert answer.status_code == 200, answer.content
    said = answer.json()
    said.pop("as_of")
    return said
