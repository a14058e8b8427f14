"""A form that is sent twice is one submission: one round, one copy, one freeze."""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterator

import pytest
from django.test import Client

from campaigns.models import Campaign, Round, TargetVersion
from campaigns.services import rounds
from campaigns.services.targets import freeze_targets
from core import clock
from core.audit import AuditEvent
from personnel.roles import Role
from sites.services.plans import copy_plan
from tests.campaigns.make import START, Plan, make_plan
from tests.personnel.make import make_user
from tests.sites.test_races import at_once

NEW = {
    "campaign_name": "April", "kind": "area", "starts_at": "2021-11-05T20:00",
    "pool_size": "10", "open_hours": "10",
}  # fmt: skip


@pytest.fixture
def plan(db) -> Plan:
    made = make_plan()
    rounds.set_areas(round_id=made.round.pk, division_ids=[made.here.pk], **made.who(made.planner))
    return made


def planner_of(plan: Plan) -> Client:
    client = Client(headers={"accept-language": "en"})
    client.force_login(make_user(Role.PLANNER, plan.district))
    return client


def key_on(page: bytes) -> str:
    (found,) = re.findall(r'name="client_key"\s+value="([0-9a-f-]{36})"', page.decode())
    return found


def test_each_opening_of_a_form_has_a_key_of_its_own_and_a_refusal_keeps_it(plan):
    planner = planner_of(plan)
    urls = ["/rounds/new/", f"/rounds/{plan.round.pk}/copy/", f"/rounds/{plan.round.pk}/"]

    for url in urls:
        assert key_on(planner.get(url).content) != key_on(planner.get(url).content)
    key = str(uuid.uuid4())
    refused = planner.post("/rounds/new/", {**NEW, "pool_size": "99", "client_key": key})
    assert refused.status_code == 422
    assert key_on(refused.content) == key


def test_a_new_round_sent_twice_is_one_round_of_one_campaign(plan):
    planner = planner_of(plan)
    form = {**NEW, "client_key": str(uuid.uuid4())}

    first = planner.post("/rounds/new/", form)
    second = planner.post("/rounds/new/", form)
    other = planner.post(
        "/rounds/new/", {**form, "campaign_name": "May", "client_key": str(uuid.uuid4())}
    )

    assert (first.status_code, second.status_code, other.status_code) == (302, 302, 302)
    assert first["Location"] == second["Location"] != other["Location"]
    assert Round.objects.filter(campaign__name="April").count() == 1
    assert AuditEvent.objects.filter(act="campaign.add").count() == 3  # autumn, April, May


def test_a_copy_sent_twice_is_one_copy(plan):
    planner, url = planner_of(plan), f"/rounds/{plan.round.pk}/copy/"
    form = {"starts_at": "2021-11-06T20:00", "client_key": str(uuid.uuid4())}

    first, second = planner.post(url, form), planner.post(url, form)

    assert first.status_code == second.status_code == 302
    assert first["Location"] == second["Location"]
    assert plan.round.copies.count() == 1


def test_a_freeze_sent_twice_is_one_version(plan):
    planner, url = planner_of(plan), f"/rounds/{plan.round.pk}/freeze/"
    form = {"client_key": str(uuid.uuid4())}

    first, second = planner.post(url, form), planner.post(url, form)

    assert first.status_code == second.status_code == 302
    assert first["Location"] == second["Location"]
    assert plan.round.target_versions.count() == 1
    assert planner.post(url, {"client_key": str(uuid.uuid4())}).status_code == 302
    assert plan.round.target_versions.count() == 2


def test_a_key_of_a_neighbour_leads_nowhere(plan):
    neighbour = make_plan()
    key = uuid.uuid4()
    Round.objects.filter(pk=neighbour.round.pk).update(client_key=key)

    answer = planner_of(plan).post("/rounds/new/", {**NEW, "client_key": str(key)})

    assert answer.status_code == 422
    assert "This form was sent already." in answer.content.decode()
    assert not Campaign.objects.filter(name="April").exists()


@pytest.fixture
def _fresh_process() -> Iterator[None]:
    yield
    clock.forget()


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("_fresh_process")
def test_two_presses_at_once_are_one_submission():
    plan = make_plan()
    who = plan.who(plan.planner)
    rounds.set_areas(round_id=plan.round.pk, division_ids=[plan.here.pk], **who)
    new, copied, frozen = uuid.uuid4(), uuid.uuid4(), uuid.uuid4()

    def begin() -> int:
        return rounds.begin_round(
            campaign=None, campaign_name="April", kind="area", trigger="", starts_at=START,
            client_key=new, **who,
        ).pk  # fmt: skip

    def copy() -> int:
        return copy_plan(
            source=plan.round, name="", starts_at=START, is_template=False, with_points=True,
            client_key=copied, **who,
        ).pk  # fmt: skip

    def freeze() -> int:
        return freeze_targets(round_id=plan.round.pk, reason="", client_key=frozen, **who).pk

    for press in (begin, copy, freeze):
        first, second, third = at_once(press, press, press)
        assert first == second == third
    assert Round.objects.filter(client_key__in=[new, copied]).count() == 2
    assert TargetVersion.objects.count() == 1
