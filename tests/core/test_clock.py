"""The scenario clock and the day that ends at 24:00."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import DatabaseError, IntegrityError, transaction
from hypothesis import given
from hypothesis import strategies as st

from core import clock
from core.clock import Window
from core.models import Clock

EVENING = datetime(2021, 11, 4, 11, 0, tzinfo=UTC)  # 19:00 here


@pytest.fixture(autouse=True)
def fresh_clock():
    clock.forget()
    yield
    clock.forget()


@pytest.mark.django_db
def test_without_a_row_the_clock_shows_real_time():
    before = datetime.now(UTC)
    shown = clock.now()
    assert before <= shown <= datetime.now(UTC)
    assert clock.rate() == 1.0


@pytest.mark.django_db
def test_the_scenario_runs_from_its_anchor_at_its_rate():
    reading = clock.set_clock(EVENING, rate=60)
    assert reading.at(reading.real) == EVENING
    assert reading.at(reading.real + timedelta(seconds=30)) == EVENING + timedelta(minutes=30)
    assert EVENING <= clock.now() < EVENING + timedelta(minutes=10)
    clock.set_clock(EVENING + timedelta(days=1), rate=0.5)
    assert clock.rate() == 0.5
    assert Clock.objects.count() == 1


@pytest.mark.django_db
def test_the_row_is_read_once_a_second_and_no_oftener(django_assert_num_queries):
    clock.set_clock(EVENING)
    with django_assert_num_queries(0):
        clock.now()
        clock.rate()
    clock.forget()
    with django_assert_num_queries(1):
        clock.now()
        clock.now()


@pytest.mark.django_db
def test_the_last_anchor_goes_on_while_the_database_is_away(monkeypatch):
    clock.set_clock(EVENING, rate=60)

    def away():
        raise DatabaseError("away")

    monkeypatch.setattr(clock, "_load", away)
    monkeypatch.setattr(clock, "_cached_until", 0.0)
    assert clock.rate() == 60
    clock.forget()
    with pytest.raises(DatabaseError):
        clock.now()


@pytest.mark.django_db
@pytest.mark.parametrize(
    "values", [{"id": 2, "rate": 1}, {"id": 1, "rate": 0}, {"id": 1, "rate": -1}]
)
def test_there_is_one_clock_and_it_runs_forward(values):
    with pytest.raises(IntegrityError), transaction.atomic():
        Clock.objects.create(anchor_real=EVENING, anchor_scenario=EVENING, **values)


def test_a_deadline_at_midnight_belongs_to_the_day_before():
    day = date(2021, 11, 4)
    assert clock.end_of_day(day) == clock.parse_local_time(day, "24:00")
    assert clock.deadline_day(clock.end_of_day(day)) == (day, "24:00")
    assert clock.deadline_day(clock.end_of_day(day) + timedelta(minutes=1)) == (
        date(2021, 11, 5),
        "00:01",
    )
    assert clock.day_of(clock.end_of_day(day)) == date(2021, 11, 5)
    assert clock.start_of_day(day) == datetime(2021, 11, 3, 16, tzinfo=UTC)


def test_minutes_and_quarters_are_those_of_the_wall_clock():
    instant = datetime(2021, 11, 4, 15, 59, 59, 999999, tzinfo=UTC)
    assert clock.minute_of(instant) == datetime(2021, 11, 4, 15, 59, tzinfo=UTC)
    assert clock.quarter_of(instant) == datetime(2021, 11, 4, 15, 45, tzinfo=UTC)
    assert clock.quarter_of(clock.local(instant)) == clock.quarter_of(instant)
    assert clock.local(instant).strftime("%H:%M") == "23:59"


def test_a_window_may_lie_across_midnight():
    night = Window.on(date(2021, 11, 4), "19:00", "02:00")
    assert night.length == timedelta(hours=7)
    assert EVENING in night
    assert EVENING - timedelta(seconds=1) not in night
    assert night.end not in night
    assert [(day.day, part.length) for day, part in night.days()] == [
        (4, timedelta(hours=5)),
        (5, timedelta(hours=2)),
    ]


def test_a_window_to_2400_stays_on_its_day():
    day = date(2021, 11, 4)
    evening = Window.on(day, "19:00", "24:00")
    assert evening.end == clock.end_of_day(day)
    assert [part for part, _window in evening.days()] == [day]
    assert Window.on(day, "08:00", "08:00").length == timedelta(days=1)


def test_windows_that_touch_do_not_overlap():
    day = date(2021, 11, 4)
    morning, noon = Window.on(day, "08:00", "12:00"), Window.on(day, "12:00", "14:00")
    late = Window.on(day, "11:30", "13:00")
    assert not morning.overlaps(noon)
    assert morning.clip(noon) is None
    assert morning.clip(late) == Window.on(day, "11:30", "12:00")


@pytest.mark.parametrize("end", [EVENING, EVENING - timedelta(hours=1)])
def test_a_window_ends_after_it_starts(end):
    with pytest.raises(ValueError, match="end after"):
        Window(EVENING, end)
    with pytest.raises(ValueError, match="aware"):
        Window(EVENING.replace(tzinfo=None), EVENING)


@given(
    st.datetimes(datetime(2000, 1, 2), datetime(2090, 1, 1)),  # noqa: DTZ001
    st.timedeltas(timedelta(seconds=1), timedelta(days=5)),
)
def test_the_days_of_a_window_add_up_to_it(start, length):
    window = Window(start.replace(tzinfo=UTC), start.replace(tzinfo=UTC) + length)
    parts = list(window.days())
    assert sum((part.length for _day, part in parts), timedelta()) == length
    assert all(clock.day_of(part.start) == day for day, part in parts)
    assert all(clock.deadline_day(part.end)[0] == day for day, part in parts)
