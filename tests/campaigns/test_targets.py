"""Targets: the register less exemptions, frozen as versions that add up."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta

import pytest
from django.db import connection, transaction

from campaigns.models import Exemption, RoundTarget, TargetGroup
from campaigns.queries.planning import plan_of
from campaigns.services import groups, rounds
from campaigns.services.targets import freeze_targets
from core.inputs import Refused
from core.scope import scoped
from tests.campaigns.make import NOW, START, Plan, add_people, make_plan


@pytest.fixture
def plan(db):
    made = make_plan()
    groups.add_usual_groups(district=made.district, by="test", at=NOW)
    with scoped(made.planner):
        yield made


def _freeze(plan: Plan, reason: str = "", **who):
    return freeze_targets(round_id=plan.round.pk, reason=reason, **plan.who(plan.planner), **who)


def _area(plan: Plan, *divisions):
    rounds.set_areas(
        round_id=plan.round.pk,
        division_ids=[division.pk for division in divisions],
        **plan.who(plan.planner),
    )


def test_a_freeze_counts_each_community_of_the_area(plan):
    add_people(plan.community_here, 5)
    add_people(plan.community_there, 7)
    _area(plan, plan.here)

    version = _freeze(plan)

    rows = list(version.targets.values_list("community", "registered", "exempt", "target"))
    assert rows == [(plan.community_here.pk, 5, 0, 5)]


def test_the_age_rule_exempts_who_is_younger_on_the_first_day(plan):
    first = date(START.year, START.month, START.day)
    add_people(plan.community_here, 1, born=first.replace(year=first.year - 3))
    add_people(plan.community_here, 1, born=first.replace(year=first.year - 3) + timedelta(days=1))
    _area(plan, plan.here)

    row = _freeze(plan).targets.get()

    assert (row.registered, row.exempt, row.target) == (2, 1, 1)


def test_a_group_rule_exempts_and_small_pools_are_counted(plan):
    add_people(plan.community_here, 2, groups=("quarantined",))
    add_people(plan.community_here, 3, groups=("yellow",))
    _area(plan, plan.here)

    version = _freeze(plan)

    assert version.targets.get().exempt == 2
    counted = TargetGroup.objects.filter(version=version)
    assert list(counted.values_list("group__code", "people")) == [("yellow", 3)]


def test_freezing_anew_keeps_the_old_version_and_works_rules_out_again(plan):
    add_people(plan.community_here, 4, born=date(2020, 1, 1))
    _area(plan, plan.here)
    first = _freeze(plan)
    groups.set_age_rule(district=plan.district, under_age=None, by="test", at=NOW)

    second = _freeze(plan, reason="no age is exempt any more")

    assert [first.targets.get().target, second.targets.get().target] == [0, 4]
    assert Exemption.objects.filter(round=plan.round).count() == 0
    assert list(
        plan.round.target_versions.order_by("version").values_list("version", "is_current")
    ) == [(1, False), (2, True)]


def test_without_an_area_nothing_is_frozen(plan):
    with pytest.raises(Refused, match="covered"):
        _freeze(plan)

    assert not RoundTarget.objects.exists()


def test_a_zone_adds_its_community_to_the_area(plan):
    add_people(plan.community_there, 3)
    rounds.add_zone(
        round_id=plan.round.pk, kind="sealed", name="north gate", pool_size=1,
        division_ids=[plan.community_there.pk], **plan.who(plan.planner),
    )  # fmt: skip

    assert _freeze(plan).targets.get().community == plan.community_there


def test_another_district_cannot_freeze_this_round(plan):
    stranger = make_plan()

    with pytest.raises(Refused, match="no such round"):
        freeze_targets(round_id=plan.round.pk, reason="", **stranger.who(stranger.planner))


@pytest.mark.django_db(transaction=True)
def test_who_points_to_a_round_need_not_wait_while_it_is_locked(transactional_db):
    made = make_plan()

    def point_to_it() -> int:
        try:
            with transaction.atomic(), connection.cursor() as cursor:
                # What a foreign key takes on the row it names.
                cursor.execute(
                    "SELECT id FROM campaigns_round WHERE id = %s FOR KEY SHARE NOWAIT",
                    [made.round.pk],
                )
                return int((cursor.fetchone() or (0,))[0])
        finally:
            connection.close()

    with scoped(made.planner), transaction.atomic(), ThreadPoolExecutor(1) as pool:
        rounds.locked(made.round.pk, made.planner)
        assert pool.submit(point_to_it).result() == made.round.pk


def test_people_of_a_zone_and_of_a_group_get_the_smaller_tubes(plan):
    add_people(plan.community_here, 20)
    add_people(plan.community_there, 6)
    add_people(plan.community_there, 4, groups=("quarantined",))
    groups.set_group_rule(
        district=plan.district, group=plan.district.groups.get(code="quarantined"), reason="",
        by="test", at=NOW,
    )  # fmt: skip
    _area(plan, plan.here)
    rounds.add_zone(
        round_id=plan.round.pk, kind="controlled", name="south", pool_size=5,
        division_ids=[plan.there.pk], **plan.who(plan.planner),
    )  # fmt: skip
    _freeze(plan)

    pools = {pool.pool_size: pool.people for pool in plan_of(plan.round).pools}

    assert pools == {10: 20, 5: 6, 1: 4}
