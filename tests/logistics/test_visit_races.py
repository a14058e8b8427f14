"""Two at once about one visit, with real connections: one request, one step, one place."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from core import clock
from core.inputs import Refused
from core.scope import scoped
from logistics.models import Visit, VisitStep
from logistics.services.visit_doubles import merge
from logistics.services.visit_plans import assign
from logistics.services.visit_requests import AlreadyAsked, ask
from logistics.services.visits import take_step
from tests.logistics.homes import make_visit, make_visit_team, planner, words
from tests.personnel.people import floor_of
from tests.sites.make import NOW, id_number, make_round
from tests.sites.test_races import at_once

pytestmark = pytest.mark.django_db(transaction=True)
ROUNDS = 5


@pytest.fixture
def place() -> Iterator[Any]:
    yield make_round()
    clock.forget()


def who(place: Any) -> dict[str, Any]:
    return {"scope": planner(place.here), "by": "user:1", "at": NOW + timedelta(minutes=5)}


def seen(place: Any) -> Any:
    return floor_of(place.district)


def test_one_person_asked_for_by_two_has_one_request(place: Any):
    for _ in range(ROUNDS):
        number, told = id_number(), []

        def call(number: str = number, told: list[Any] = told) -> None:
            with scoped(planner(place.here)):
                try:
                    ask(client_key=uuid.uuid4(), round_id=place.round.pk,
                        asked=words(number=number, community_id=place.community_here.pk),
                        **who(place))  # fmt: skip
                except AlreadyAsked as known:
                    told.append(known.visit_id)

        at_once(call, call)

        with seen(place):
            assert told == [Visit.objects.latest("pk").pk]
    with seen(place):
        assert Visit.objects.count() == VisitStep.objects.count() == ROUNDS


def test_a_phones_step_that_is_sent_twice_at_once_is_one(place: Any):
    visit, team = make_visit(place), make_visit_team(place)
    with seen(place):
        assign(visit_ids=[visit.pk], team_id=team.pk, **who(place))
        member = team.members.first()
    for to in ("absent", "again", "refused", "done"):
        key = uuid.uuid4()

        def send(key: uuid.UUID = key, to: str = to) -> None:
            with scoped(planner(place.here)):
                take_step(visit_id=visit.pk, to=to, client_key=key, member=member, by="user:2",
                          at=NOW + timedelta(minutes=6))  # fmt: skip

        at_once(send, send)
    steps = VisitStep.objects.exclude(client_key=None).order_by("pk")
    assert [step.to_state for step in steps] == ["absent", "again", "refused", "done"]


def test_visits_given_to_one_team_by_two_have_places_of_their_own(place: Any):
    team = make_visit_team(place)
    for _ in range(ROUNDS):
        mine, yours = ([make_visit(place).pk for _ in range(3)] for _ in range(2))

        def give(pks: list[int]) -> None:
            with scoped(planner(place.here)):
                assign(visit_ids=pks, team_id=team.pk, **who(place))

        at_once(lambda pks=mine: give(pks), lambda pks=yours: give(pks))
    with seen(place):
        places = list(Visit.objects.values_list("position", flat=True))
    assert sorted(places) == list(range(1, 6 * ROUNDS + 1))


def test_two_requests_are_never_merged_into_each_other(place: Any):
    for _ in range(ROUNDS):
        one, other = make_visit(place), make_visit(place)

        def into(gone: int, stays: int) -> None:
            with scoped(planner(place.here)):
                try:
                    merge(visit_id=gone, into_id=stays, **who(place))
                except Refused as refused:
                    assert refused.code == "visit_over"  # noqa: PT017

        at_once(lambda a=one.pk, b=other.pk: into(a, b), lambda a=one.pk, b=other.pk: into(b, a))
        with seen(place):
            states = Visit.objects.filter(pk__in=[one.pk, other.pk]).values_list("state", flat=True)
            assert sorted(states) == ["asked", "merged"]
