"""A calm day disturbs nobody more than once in ten minutes."""

from __future__ import annotations

import pytest

from demo import roundplan
from reporting.alerts.detectors import detectors
from reporting.alerts.models import AlertRule
from reporting.alerts.queries.backtest import replay
from reporting.alerts.queries.calm import busiest, disturbances
from reporting.alerts.services.rules import make_missing_rules
from tests.alerts.make_demo_day import make_demo_day

pytestmark = [pytest.mark.django_db, pytest.mark.slow]


def test_the_demos_round_disturbs_at_most_once_in_ten_minutes() -> None:
    """Every rule as delivered, over the 26 hours; the deadline is one the round can keep."""
    place = make_demo_day(1.0)
    make_missing_rules(district_id=place.district.pk, by="test", at=roundplan.STARTS)
    rules = {rule.detector: rule for rule in AlertRule.objects.all()}
    groups = []
    alerts = 0
    for found in detectors():
        if found.replays:
            result = replay(
                place.round,
                found,
                found.default,
                since=roundplan.STARTS,
                until=roundplan.OVER,
                others=rules,
            )
            alerts += result.alerts
            groups += [(at, found.code, street) for at, street in result.groups]

    # Whoever watches the district, and the people of each street.
    assert busiest(disturbances((at, code) for at, code, _street in groups)) == 1
    for wanted in {street for _at, _code, street in groups}:
        own = [(at, code) for at, code, street in groups if street == wanted]
        assert busiest(disturbances(own)) == 1, wanted
    # Not by being blind: some points and units of this day are in fact silent for long.
    assert 10 <= len(groups) <= 40
    assert alerts > len(groups)


def test_one_rule_in_many_streets_at_once_is_one_disturbance() -> None:
    at = [roundplan.STARTS.replace(minute=minute) for minute in (0, 4, 9, 10, 12)]

    groups = [(at[0], "eta"), (at[1], "eta"), (at[2], "idle"), (at[3], "eta"), (at[4], "idle")]

    assert disturbances(groups) == [at[0], at[2], at[3]]
    assert busiest(disturbances(groups)) == 2
    assert busiest([]) == 0
