"""Geometry, words and states: pure functions."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from types import SimpleNamespace

import pytest
from django.utils import translation

from reporting.boards import formats, status, svg
from reporting.progress.figures import Curve
from reporting.progress.measures import Eta

START = datetime(2021, 11, 4, 13, 0, tzinfo=UTC)  # 21:00 in Shanghai
DUE = START + timedelta(hours=19)


def curve(hours: int = 5, band=None) -> Curve:
    points = [(START + timedelta(hours=h), 100 * h, 110 * h) for h in range(hours + 1)]
    return Curve(points, [(START, 0), (DUE, 2000)], DUE, points[-1][0], band, 2000)


def test_people_per_hour_belong_to_the_hour_that_ends() -> None:
    rows = svg.per_hour(curve(3).points)

    assert [people for _, people in rows] == [100, 100, 100]
    assert [formats.clock(hour) for hour, _ in rows] == ["21:00", "22:00", "23:00"]


@pytest.mark.parametrize("size", ["wide", "short", "narrow"])
def test_everything_is_drawn_inside_the_picture(size: str) -> None:
    band = (DUE + timedelta(hours=2), DUE + timedelta(days=6))
    chart = svg.curve_chart(curve(10, band), size)

    numbers = f"{chart.persons} {chart.plan} {chart.band} {chart.area}"
    pairs = [pair.split() for pair in numbers.replace("M", "L").replace("Z", "").split("L")]
    for x, y in (pair for pair in pairs if pair):
        assert chart.left <= float(x) <= chart.right
        assert chart.top <= float(y) <= chart.bottom


def test_words_of_deadline_and_now_never_point_at_each_other() -> None:
    before, after = svg.curve_chart(curve(12)), svg.curve_chart(curve(24))

    assert (before.now.anchor, before.deadline.anchor) == ("end", "end") or (
        before.now.anchor,
        before.deadline.anchor,
    ) == ("end", "start")
    assert after.deadline.anchor == "end"


def test_no_data_draws_the_plan_alone() -> None:
    empty = Curve([], [(START, 0), (DUE, 2000)], DUE, START - timedelta(hours=1), None, 2000)

    chart = svg.curve_chart(empty)

    assert chart.plan
    assert (chart.persons, chart.bars, chart.now) == ("", [], None)


def test_many_points_are_thinned_and_keep_their_ends() -> None:
    points = [(START + timedelta(minutes=m), m, m) for m in range(3000)]

    kept = svg.thin(points)

    assert len(kept) <= svg.MAX_POINTS + 1
    assert (kept[0], kept[-1]) == (points[0], points[-1])


@pytest.mark.parametrize(
    ("share", "done", "over"),
    [(None, "0", False), (Decimal("60.5"), "60.5", False), (Decimal("104.2"), "100", True)],
)
def test_bar_never_leaves_its_box(share, done: str, over: bool) -> None:
    bar = svg.progress_bar(share, Decimal("150"))

    assert (bar.done, bar.over, bar.tick) == (done, over, "100")


def test_counts_are_exact_and_spans_are_words() -> None:
    with translation.override("en"):
        assert formats.count(163900) == "163,900"
        assert formats.count(None) == "—"
        assert formats.percent(Decimal("104.25")) == "104.3%"
        assert formats.hours(timedelta(hours=-2, minutes=-5)) == "2:05"
        assert formats.hours(timedelta(days=6, hours=3)) == "6 days"
        assert formats.span(timedelta(seconds=59)) == "59 s"
        assert formats.span(timedelta(minutes=119)) == "119 min"
        assert formats.span(timedelta(minutes=120)) == "2 h 00 min"
        assert formats.axis(150_000) == "150k"
    with translation.override("zh-hans"):
        assert formats.axis(150_000) == "15万"


def test_midnight_belongs_to_the_new_day() -> None:
    reference = datetime(2021, 11, 4, 15, 0, tzinfo=UTC)

    assert formats.moment_near(datetime(2021, 11, 4, 15, 59, tzinfo=UTC), reference) == "23:59"
    assert formats.moment_near(datetime(2021, 11, 4, 16, 0, tzinfo=UTC), reference) == "11-05 00:00"


HEADER = SimpleNamespace(starts_at=START, state="running")
NONE = Eta(None)


def place(**over):
    values = {
        "figures": SimpleNamespace(target=100),
        "remaining": 50,
        "coverage": Decimal(50),
        "plan_share": Decimal(50),
        "rate_per_hour": 10,
        "pace_needed": 10,
        "eta": Eta(DUE - timedelta(hours=1), DUE - timedelta(hours=2), DUE),
        "due_at": DUE,
        "late": timedelta(hours=-1),
        "data_age": timedelta(minutes=1),
    }
    return SimpleNamespace(**values | over)


@pytest.mark.parametrize(
    ("over", "at", "expected"),
    [
        ({}, 5, status.ON_TIME),
        ({}, -1, status.PLANNED),
        ({"remaining": 0, "late": timedelta(hours=9)}, 30, status.DONE),
        ({"remaining": -3}, 5, status.DONE),
        ({}, 20, status.OVERDUE),
        ({"data_age": timedelta(minutes=46), "eta": NONE, "late": None}, 5, status.NO_DATA),
        ({"late": timedelta(minutes=1)}, 5, status.LATE),
        ({"eta": Eta(DUE, DUE, DUE + timedelta(minutes=1)), "late": None}, 5, status.TIGHT),
        ({"plan_share": Decimal(53)}, 5, status.TIGHT),
        ({"eta": NONE, "late": None, "rate_per_hour": 0}, 5, status.LATE),
        ({"eta": NONE, "late": None, "rate_per_hour": None}, 5, status.JUST_BEGUN),
        ({"due_at": None, "late": None, "plan_share": None}, 99, status.ON_TIME),
    ],
)
def test_state_of_a_place(over, at: int, expected: status.Status) -> None:
    as_of = START + timedelta(hours=at)

    assert status.of_place(place(**over), as_of=as_of, header=HEADER) is expected


def test_closed_round_is_neither_late_nor_on_time() -> None:
    header = SimpleNamespace(starts_at=START, state="closed")

    assert status.of_place(place(), as_of=DUE + timedelta(days=1), header=header) is status.CLOSED


def test_whole_round_behind_its_plan_is_not_on_time() -> None:
    board = SimpleNamespace(
        **vars(place(eta=NONE, late=None, rate_per_hour=None)),
        round=HEADER,
        as_of=START + timedelta(hours=15),
    )
    board.figures = SimpleNamespace(target=100, remaining=50, last_received_at=board.as_of)

    assert status.of_round(board) is status.TIGHT
