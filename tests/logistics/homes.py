"""Builders of visits for tests: requests, visit teams, and the scopes of those who work on them."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from campaigns.models import Division
from core.inputs import Refused
from core.scope import Scope
from logistics.models import Visit, VisitTeam
from logistics.services.visit_requests import Ask, ask
from logistics.services.visit_teams import add_team
from tests.personnel.make import District
from tests.personnel.people import floor_of, make_member
from tests.sites.make import NOW

PLANS = frozenset({"see_visits", "raise_visit", "plan_visits"})


def planner(street: Division, actor: str = "user:1:street_official") -> Scope:
    """Somebody of a street who asks, plans and decides."""
    return Scope(streets=frozenset({street.pk}), permissions=PLANS, actor=actor)


def worker(community: Division) -> Scope:
    """A community worker: asks, and sees what is asked in the community."""
    return Scope(
        communities=frozenset({community.pk}),
        floor_streets=frozenset({community.street_id or 0}),
        permissions=frozenset({"see_visits", "raise_visit"}),
        actor="user:2:community_worker",
    )


def words(**over: Any) -> Ask:
    given: dict[str, Any] = {"reason": "bedridden", "source": "street", "name": "李桂芳"}
    return Ask(**given | over)


def make_visit(place: District, community: Division | None = None, **over: Any) -> Visit:
    """A request in the community (by default of the street `here`), beneath the whole floor."""
    community, at = community or place.community_here, over.pop("at", NOW)
    scope = Scope(districts=frozenset({place.district.pk}), permissions=PLANS, actor="test")
    with floor_of(place.district):
        return ask(
            client_key=over.pop("client_key", uuid.uuid4()),
            round_id=place.round.pk,
            asked=words(community_id=community.pk, **over),
            scope=scope,
            by="test",
            at=at,
        )


def make_visit_team(place: District, street: Division | None = None, **over: Any) -> VisitTeam:
    """A pair of the street (by default `here`)."""
    street = street or place.here
    people = over.pop("members", None) or [make_member(place.district, street) for _ in range(2)]
    with floor_of(place.district):
        return add_team(
            street_id=street.pk,
            name=over.pop("name", f"pair {uuid.uuid4().hex[:6]}"),
            member_ids=[member.pk for member in people],
            scope=Scope(districts=frozenset({place.district.pk}), actor="test"),
            by="test",
            at=NOW,
        )


@contextmanager
def refused(code: str) -> Iterator[None]:
    """What is done inside is refused for this reason and no other."""
    with pytest.raises(Refused) as caught:
        yield
    assert caught.value.code == code
