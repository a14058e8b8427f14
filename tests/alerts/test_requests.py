"""Requests for an exception: community, street, district; in order, each another person."""

import uuid

import pytest
from django.core.exceptions import PermissionDenied
from django.db import DatabaseError, transaction
from django.utils.translation import override

from core.inputs import Conflict, Refused
from personnel.models import Posting
from personnel.queries import standing_of
from personnel.roles import Role
from reporting.alerts.models import ExceptionRequest, RequestStep
from reporting.alerts.models.requests import RequestState
from reporting.alerts.services import requests
from reporting.alerts.services.places import Unknown
from tests.alerts.make_matters import NOON, make_town

WORKER, OFFICIAL = Role.COMMUNITY_WORKER, Role.STREET_OFFICIAL
DISPATCHER, COMMANDER = Role.DISPATCHER, Role.COMMANDER


@pytest.fixture
def town(db):
    with override("en"):
        yield make_town()


def step(request, action, who, reason="as the rule allows"):
    return requests.take_step(request_id=request.pk, action=action, reason=reason, **who)


@pytest.mark.parametrize("word", ["support", "oppose"])
@pytest.mark.parametrize("decision, state", [("grant", "granted"), ("refuse", "refused")])
def test_the_district_decides_whatever_the_street_says(town, word, decision, state):
    request = town.request()
    assert step(request, word, town.who(OFFICIAL)).state == "seen"
    request = step(request, decision, town.who(COMMANDER, minutes=9))

    assert (request.state, request.state_at) == (state, town.who(COMMANDER, minutes=9)["at"])
    assert list(request.steps.order_by("pk").values_list("action", flat=True)) == [
        "ask", word, decision,
    ]  # fmt: skip


def test_the_district_does_not_decide_before_the_street(town):
    with pytest.raises(Conflict, match="street recommends first"):
        step(town.request(), "grant", town.who(COMMANDER))


def test_the_street_gives_its_word_once(town):
    request = town.request()
    step(request, "support", town.who(OFFICIAL))

    with pytest.raises(Conflict, match="district decides now"):
        step(request, "oppose", town.who(OFFICIAL, number=2))


def test_a_closed_request_stays_closed(town):
    request = town.request()
    step(request, "withdraw", town.who(WORKER))

    with pytest.raises(Conflict, match="closed already"):
        step(request, "support", town.who(OFFICIAL))
    assert {s for s in RequestState.values if not requests.TRANSITIONS[s]} == {
        "granted", "refused", "withdrawn",
    }  # fmt: skip


@pytest.mark.parametrize(
    "action, role", [("support", COMMANDER), ("grant", OFFICIAL), ("support", WORKER),
                     ("withdraw", OFFICIAL)],
)  # fmt: skip
def test_each_takes_their_own_step_only(town, action, role):
    request = town.request()

    with pytest.raises(PermissionDenied):
        step(request, action, town.who(role))


def test_one_person_in_two_roles_takes_one_step(town):
    request = town.request(**town.who(Role.POINT_LEAD), place_id=town.place.community_here.pk)
    user = town.person(Role.POINT_LEAD)[0]
    Posting.objects.create(
        user=user, role=OFFICIAL, division=town.place.here, starts_at=user.postings.get().starts_at
    )
    scope = standing_of(user.pk, at=user.postings.first().starts_at, role=OFFICIAL).scope

    with pytest.raises(Conflict) as refused:
        step(request, "support", {"scope": scope, "by": scope.actor, "at": NOON})
    assert refused.value.code == "same_person"


def test_every_step_needs_a_reason(town):
    with pytest.raises(Refused) as refused:
        step(town.request(), "support", town.who(OFFICIAL), "  ")
    assert refused.value.code == "reason_missing"


@pytest.mark.parametrize(
    "over, path",
    [({"subject": ""}, "subject"), ({"why": " "}, "why"), ({"kind": "luck"}, "kind")],
)
def test_what_is_missing_is_named(town, over, path):
    with pytest.raises(Refused) as refused:
        town.request(**over)
    assert refused.value.path == path


def test_it_names_nobody_and_belongs_to_a_community(town):
    with pytest.raises(Refused, match="document or telephone number"):
        town.request(subject="50010919800101123X")
    with pytest.raises(Refused, match="Choose the community"):
        town.request(**town.who(OFFICIAL))
    with pytest.raises(Refused, match="not in your area"):
        town.request(place_id=town.place.community_there.pk)


def test_sent_twice_it_is_one(town):
    client_key = uuid.uuid4()
    assert town.request(client_key=client_key) == town.request(client_key=client_key)
    request = ExceptionRequest.objects.get()
    for _ in range(2):
        step(request, "support", town.who(OFFICIAL))

    assert RequestStep.objects.count() == 2
    with pytest.raises(Conflict, match="sent before"):
        town.request(client_key=client_key, why="another reason")


def test_the_neighbour_street_does_not_find_it(town):
    with pytest.raises(Unknown):
        step(town.request(), "support", town.who(OFFICIAL, "there"))


def test_what_was_asked_and_said_never_changes(town):
    request = town.request()

    for rows, change in (
        (ExceptionRequest.objects.filter(pk=request.pk), {"why": "x"}),
        (RequestStep.objects.filter(request=request), {"reason": "x"}),
    ):
        with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
            rows.update(**change)
