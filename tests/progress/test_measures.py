"""Every figure's arithmetic, at its odd ends: nothing clipped, nothing invented."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from reporting.progress import measures
from reporting.progress.measures import Eta

NOW = datetime(2021, 11, 4, 14, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)
DONE = "everybody in the target has been sampled"


@pytest.fixture(autouse=True, scope="module")
def _in_english() -> Iterator[None]:
    with translation.override("en"):
        yield


@pytest.mark.parametrize(
    ("part", "whole", "shown"),
    [
        (0, 90, "0.0"),
        (1, 3, "33.3"),
        (1, 8, "12.5"),
        (1999, 2000, "100.0"),  # rounded half up, like every figure here
        (1, 2000, "0.1"),
        (92, 90, "102.2"),
        (-3, 90, "-3.3"),
    ],
)
def test_percent_is_rounded_half_up_and_never_clipped(part: int, whole: int, shown: str) -> None:
    assert str(measures.percent(part, whole)) == shown
    assert measures.coverage(part, whole) == measures.percent(part, whole)


@pytest.mark.parametrize("whole", [0, -1])
def test_a_share_of_nothing_is_unknown_not_zero(whole: int) -> None:
    assert measures.percent(5, whole) is None
    assert measures.coverage(5, whole) is None
    assert measures.closure(5, 1, whole) is None
    assert measures.people_per_tube(5, whole) is None


def test_closure_adds_accepted_reasons_to_coverage() -> None:
    assert measures.closure(80, 10, 90) == Decimal("100.0")
    assert measures.closure(90, 10, 90) == Decimal("111.1")


def test_people_per_tube_has_two_decimals() -> None:
    assert str(measures.people_per_tube(204_100, 20_600)) == "9.91"
    assert str(measures.people_per_tube(0, 3)) == "0.00"


def test_rates_by_hour_and_unit() -> None:
    assert measures.per_hour(45, timedelta(minutes=30)) == 90
    assert measures.per_hour(0, HOUR) == 0
    assert measures.per_hour(-4, HOUR) == -4  # more voided than taken: shown as it is
    assert measures.per_hour(5, timedelta(0)) is None
    assert measures.per_unit_hour(100, 3) == Decimal("33.3")
    assert measures.per_unit_hour(100, 0) is None
    assert measures.per_unit_hour(None, 3) is None


def test_remaining_may_be_negative() -> None:
    assert measures.remaining(90, 70, 5) == 15
    assert measures.remaining(90, 95, 5) == -10


@pytest.mark.parametrize(
    ("left", "due", "pace"),
    [
        (100, NOW + 2 * HOUR, 50),
        (101, NOW + 2 * HOUR, 51),  # rounded up: at this pace it is enough
        (1, NOW + MINUTE, 60),
        (0, NOW + HOUR, 0),
        (-5, NOW + HOUR, 0),
        (100, NOW, None),
        (100, NOW - HOUR, None),
        (100, None, None),
    ],
)
def test_pace_needed(left: int, due: datetime | None, pace: int | None) -> None:
    assert measures.pace_needed(left, NOW, due) == pace


def test_plan_share_runs_evenly_from_start_to_deadline() -> None:
    due = NOW + 4 * HOUR
    assert measures.plan_share(NOW + HOUR, NOW, due) == Decimal("25.0")
    assert measures.plan_share(NOW - HOUR, NOW, due) == 0
    assert measures.plan_share(NOW + 9 * HOUR, NOW, due) == 100
    assert measures.plan_share(NOW, NOW, None) is None
    assert measures.plan_share(NOW, NOW, NOW) is None


def test_lateness_before_and_after_the_deadline() -> None:
    due = NOW + HOUR
    assert measures.lateness(Eta(NOW + 3 * HOUR), NOW, due, 10) == 2 * HOUR
    assert measures.lateness(Eta(NOW), NOW, due, 10) == -HOUR
    nothing = Eta(None, reason="no data yet")
    assert measures.lateness(nothing, NOW, due, 10) is None
    assert measures.lateness(nothing, NOW, NOW - HOUR, 10) == HOUR
    assert measures.lateness(nothing, NOW, NOW - HOUR, 0) is None
    assert measures.lateness(Eta(NOW), NOW, None, 10) is None


def test_second_swabs() -> None:
    assert measures.second_swabs(12, 10) == 2


def estimate(
    left: int = 600,
    counts: tuple[int, int, int] = (60, 100, 120),
    last: datetime | None = NOW - MINUTE,
    elapsed: timedelta = 5 * HOUR,
) -> Eta:
    return measures.estimate(left, counts, NOW, last, elapsed)


def test_estimate_goes_by_the_hour_with_a_range_of_the_other_windows() -> None:
    eta = estimate()

    assert eta.at == NOW + 6 * HOUR
    assert (eta.low, eta.high) == (NOW + 5 * HOUR, NOW + 7.5 * HOUR)
    assert eta.reason == ""


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"left": 0}, DONE),
        ({"left": -7}, DONE),
        ({"left": 0, "last": None}, DONE),
        ({"last": None}, "no data yet"),
        ({"elapsed": 59 * MINUTE}, "less than an hour of data"),
        ({"last": NOW - 46 * MINUTE}, "no data for over 45 minutes"),
        ({"counts": (0, 0, 9)}, "hardly anybody was sampled in the last hour"),
        ({"counts": (0, 0, 0)}, "hardly anybody was sampled in the last hour"),
        ({"counts": (-3, -3, 9)}, "hardly anybody was sampled in the last hour"),
        ({"counts": (0, 1, 1)}, "hardly anybody was sampled in the last hour"),
        ({"left": 10**9, "counts": (1, 1, 1)}, "hardly anybody was sampled in the last hour"),
    ],
)
def test_without_an_estimate_there_is_a_reason(changed: dict, reason: str) -> None:
    eta = estimate(**changed)

    assert (eta.at, eta.low, eta.high, eta.reason) == (None, None, None, reason)


@given(
    left=st.integers(1, 10**6),
    counts=st.tuples(*[st.integers(-5, 10**5)] * 3),
)
def test_an_estimate_lies_within_its_own_range(left: int, counts: tuple[int, int, int]) -> None:
    eta = estimate(left, counts)

    if eta.at is None:
        assert eta.reason
    else:
        assert eta.low is not None
        assert eta.high is not None
        assert NOW <= eta.low <= eta.at <= eta.high <= NOW + measures.HORIZON
