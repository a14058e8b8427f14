"""A round by pages: what a planner does, what a commander does, what is refused and kept."""

import re
from dataclasses import replace
from datetime import date

import pytest
from django.test import Client
from django.utils import translation

from campaigns.models import ChecklistItem, ExemptionRule, PopulationGroup, Round
from campaigns.services import groups, lifecycle, rounds
from campaigns.services.divisions import add_division, create_district
from campaigns.services.targets import freeze_targets
from core.inputs import Refused
from core.scope import scoped
from personnel.roles import Role
from sites.models import SamplingPoint, SamplingUnit
from tests.campaigns.make import NOW, Plan, add_people, make_plan
from tests.personnel.make import make_division, make_user
from tests.sites.point_world import statements


@pytest.fixture
def plan(db) -> Plan:
    made = make_plan()
    groups.add_usual_groups(district=made.district, by="test", at=NOW)
    return made


def _client(plan: Plan, role: Role) -> Client:
    client = Client(headers={"accept-language": "en"})
    client.force_login(make_user(role, plan.district))
    return client


def test_from_a_draft_to_a_running_round_by_pages_alone(plan):
    planner, commander = _client(plan, Role.PLANNER), _client(plan, Role.COMMANDER)
    with scoped(plan.planner):
        add_people(plan.community_here, 4)
    new = planner.post(
        "/rounds/new/",
        {
            "campaign_name": "April", "kind": "area", "trigger": "one case found",
            "starts_at": "2021-11-05T20:00", "pool_size": "１０", "open_hours": "10",
            "lab_tubes_per_day": "30,000",
        },
    )  # fmt: skip
    url = new["Location"]
    round_ = Round.objects.get(campaign__name="April")
    assert (round_.pool_size, round_.lab_tubes_per_day) == (10, 30_000)

    planner.post(f"{url}area/", {"divisions": [plan.here.pk]})
    planner.post(f"{url}deadlines/", {"street_hours": "24", "district_hours": "48"})
    planner.post(f"{url}freeze/")
    point = SamplingPoint.objects.create(
        round=round_, community=plan.community_here, street_id=plan.here.pk,
        district_id=plan.district.pk, code="P1", name="gate",
    )  # fmt: skip
    SamplingUnit.objects.create(
        point=point, street_id=plan.here.pk, district_id=plan.district.pk, number=1
    )
    assert planner.post(f"{url}step/", {"to": "ready"}).status_code == 302
    assert planner.post(f"{url}step/", {"to": "running"}).status_code == 403
    for item in round_.checklist.filter(phase="start"):
        planner.post(f"/checklist/{item.pk}/", {"how": "done"})
    assert commander.post(f"{url}step/", {"to": "running"}).status_code == 302

    round_.refresh_from_db()
    assert round_.state == "running"
    page = commander.get(url).content.decode()
    assert "<strong>4</strong>" in page


def test_a_refused_form_keeps_what_was_typed_and_says_how_to_mend_it(plan):
    planner = _client(plan, Role.PLANNER)

    answer = planner.post("/rounds/new/", {"starts_at": "03/04/2021 20:00", "pool_size": "1.2万"})

    page = answer.content.decode()
    assert answer.status_code == 422
    assert 'value="03/04/2021 20:00"' in page
    assert "Write the day as 2021-11-04" in page
    assert "12000" in page  # what 1.2万 would mean is offered


def test_a_refused_area_keeps_its_ticks(plan):
    planner = _client(plan, Role.PLANNER)
    stranger = make_division("street", make_division("district"))
    ticked = [plan.there.pk, plan.community_here.pk]

    answer = planner.post(
        f"/rounds/{plan.round.pk}/area/", {"divisions": [*ticked, stranger.pk, "x", "9" * 5000]}
    )

    boxes = re.findall(r'name="divisions"\s+value="(\d+)"\s*checked', answer.content.decode())
    assert answer.status_code == 422
    assert sorted(map(int, boxes)) == sorted(ticked)
    assert not plan.round.areas.exists()


def test_the_page_says_that_laboratories_cannot_follow(plan):
    plan.here.children.update(population=567_851)
    with scoped(plan.planner):
        rounds.set_areas(
            round_id=plan.round.pk, division_ids=[plan.here.pk], **plan.who(plan.planner)
        )
        rounds.change_round(
            round_id=plan.round.pk, changes={"lab_tubes_per_day": 30_000},
            **plan.who(plan.planner),
        )  # fmt: skip
    planner = _client(plan, Role.PLANNER)
    planner.post(f"/rounds/{plan.round.pk}/deadlines/", {"district_hours": "48"})

    page = planner.get(f"/rounds/{plan.round.pk}/").content.decode()

    assert "30,000 tubes a day cannot return 567,851 people in 48 h" in page


def test_a_step_that_is_refused_says_what_is_missing(plan):
    planner = _client(plan, Role.PLANNER)

    answer = planner.post(f"/rounds/{plan.round.pk}/step/", {"to": "ready"})

    assert answer.status_code == 422
    assert "Still missing" in answer.content.decode()


def test_as_many_queries_for_thirty_divisions_as_for_one(plan):
    planner = _client(plan, Role.PLANNER)

    def count(url: str) -> int:
        planner.get(url)
        return len(statements(planner, url))

    urls = ["/divisions/", f"/divisions/{plan.here.pk}/", f"/rounds/{plan.round.pk}/", "/rounds/"]
    few = [count(url) for url in urls]
    for _each in range(30):
        make_division("street", plan.district)
        make_division("community", plan.here)
        rounds.create_round(
            campaign=plan.round.campaign, starts_at=NOW, planned_end_at=None, by="test", at=NOW
        )

    assert [count(url) for url in urls] == few


def test_a_division_is_replaced_and_its_code_stays_readable(plan):
    planner = _client(plan, Role.PLANNER)
    empty = make_division("community", plan.here)

    answer = planner.post(
        f"/divisions/{empty.pk}/replace/", {"code": "N007", "name": "New", "day": "2021-11-01"}
    )

    empty.refresh_from_db()
    assert answer.status_code == 302
    assert (empty.valid_to, empty.successor.code) == (date(2021, 11, 1), "N007")
    assert empty.successor.street_id == plan.here.pk


def test_levels_must_nest(plan):
    planner = _client(plan, Role.PLANNER)

    answer = planner.post(
        f"/divisions/{plan.here.pk}/add/", {"level": "building", "code": "B1", "name": "No. 1"}
    )

    assert answer.status_code == 422
    assert "cannot lie directly" in answer.content.decode()


def test_a_new_district_has_groups_and_exempts_infants(db):
    district = create_district(
        code="110107", name="石景山区", day=date(2020, 1, 1), by="test", at=NOW
    )
    street = add_division(
        parent=district, level="street", code="110107001", name="八宝山街道",
        day=date(2020, 1, 1), by="test", at=NOW,
    )  # fmt: skip

    assert street.district_id == district.pk
    assert district.groups.filter(code="yellow", pool_size=3).exists()
    assert district.exemption_rules.get(reason="age").under_age == 3


def test_closing_may_be_taken_back_only_with_a_reason(plan):
    Round.objects.filter(pk=plan.round.pk).update(state="closing")
    commander = _client(plan, Role.COMMANDER)

    refused = commander.post(f"/rounds/{plan.round.pk}/step/", {"to": "running"})
    done = commander.post(f"/rounds/{plan.round.pk}/step/", {"to": "running", "reason": "rain"})

    assert (refused.status_code, done.status_code) == (422, 302)
    assert Round.objects.get(pk=plan.round.pk).state == lifecycle.State.RUNNING


def test_who_watches_a_street_elsewhere_does_not_plan_the_rounds_there(plan):
    other = make_plan()
    groups.add_usual_groups(district=other.district, by="test", at=NOW)
    with scoped(other.planner):
        add_people(other.community_here, 1)
    who = other.who(other.planner)
    rounds.set_areas(round_id=other.round.pk, division_ids=[other.here.pk], **who)
    freeze_targets(round_id=other.round.pk, reason="", **who)
    both = replace(plan.planner, streets=frozenset({other.here.pk}))
    item = other.round.checklist.first()

    assert set(Round.objects.within(both)) == {plan.round, other.round}
    assert set(Round.objects.planned_within(both)) == {plan.round}
    assert not ChecklistItem.objects.within(both).filter(pk=item.pk).exists()
    assert ChecklistItem.objects.within(other.planner).filter(pk=item.pk).exists()
    for model in (PopulationGroup, ExemptionRule):
        seen = model.objects.within(both)
        assert set(seen.values_list("district", flat=True)) == {plan.district.pk}
    with pytest.raises(Refused, match="no such round"), translation.override("en"):
        rounds.change_round(round_id=other.round.pk, changes={"pool_size": 5}, **plan.who(both))
