"""The first arithmetic reproduces what districts published, and says when laboratories cannot."""

from decimal import Decimal

import pytest

from campaigns.norms import PUBLISHED
from campaigns.plan import (
    Pool,
    lab_check,
    needs,
    points_needed,
    provisions,
    samplers_needed,
    tubes_needed,
    units_needed,
)

NORMS = {norm.code: norm for norm in PUBLISHED}


@pytest.mark.parametrize(
    "people, points, units, samplers",
    [
        (204_100, 82, 292, 567),  # three towns of Beibei, November 2021
        (567_851, 228, 812, 1_578),  # Shijingshan, 2020 census
    ],
)
def test_norms_give_points_units_and_samplers(people, points, units, samplers):
    assert points_needed(people, NORMS) == points
    assert units_needed(people, Decimal(48), NORMS) == units
    assert samplers_needed(people, NORMS) == samplers


def test_a_short_round_needs_more_units_than_the_norm_says():
    assert units_needed(37_440, Decimal(10), NORMS) == 78  # a street of Yuci: 12 points, 78 units


def test_tubes_follow_the_pool_of_each_group_and_are_not_quite_full():
    mixed = [Pool(900, 10), Pool(100, 1)]

    assert tubes_needed(mixed, NORMS) == 202  # (90 + 100) x 1.06, rounded up


def test_thirty_thousand_tubes_a_day_cannot_return_shijingshan_in_two_days():
    tubes = tubes_needed([Pool(567_851, 10)], NORMS)

    check = lab_check(tubes, 30_000, Decimal(48), NORMS)

    assert not check.is_enough
    assert check.tubes_in_time == 50_000  # 40 hours of work: transport and report take eight
    assert check.tubes_short == tubes - 50_000
    assert check.needed_hours == Decimal("56.2")
    assert lab_check(tubes, check.needed_per_day, Decimal(48), NORMS).is_enough


def test_the_allowance_alone_is_not_what_fails_it():
    assert not lab_check(56_786, 30_000, Decimal(48), NORMS).is_enough


def test_a_round_shorter_than_transport_and_report_has_no_sufficient_capacity():
    check = lab_check(100, 30_000, Decimal(6), NORMS)

    assert (check.tubes_in_time, check.needed_per_day) == (0, None)


def test_what_the_plan_has_stands_beside_each_need():
    lines = provisions(
        needs(25_000, [Pool(25_000, 10)], Decimal(48), NORMS), {"points": 9, "units": 40}
    )

    points, units, samplers, tubes = lines
    assert (points.need.value, points.planned, points.short) == (10, 9, 1)
    assert (units.planned, units.short) == (40, 0)
    assert (samplers.planned, samplers.short) == (tubes.planned, tubes.short) == (None, 0)
