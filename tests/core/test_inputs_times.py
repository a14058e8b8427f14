"""Rule R3."""

from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.inputs import Refused, parse_instant, parse_local_day, parse_local_time

FIRST = datetime(2000, 1, 2)  # noqa: DTZ001 (hypothesis adds the offset itself)
LAST = datetime(2099, 12, 30)  # noqa: DTZ001
OFFSETS = st.integers(-14 * 60, 14 * 60).map(lambda m: timezone(timedelta(minutes=m)))


@given(st.datetimes(FIRST, LAST), OFFSETS)
def test_an_instant_reads_back_from_any_offset(naive, offset):
    instant = naive.replace(tzinfo=offset)
    parsed = parse_instant(instant.isoformat())
    assert parsed == instant
    assert parsed.tzinfo is UTC


@pytest.mark.parametrize(
    "text",
    [
        "2021-11-04T19:30:00+08:00",
        "2021-11-04T19:30+0800",
        "2021-11-04 19:30:00.000+08:00",
        "2021-11-04T11:30:00Z",
        "2021-11-04T11:30:00.0Z",
    ],
)
def test_the_listed_forms_name_the_same_instant(text):
    assert parse_instant(text) == datetime(2021, 11, 4, 11, 30, tzinfo=UTC)


def test_midnight_may_be_written_as_the_end_of_a_day():
    assert parse_instant("2021-11-04T24:00:00+08:00") == parse_instant("2021-11-05T00:00+08:00")


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("2021-11-04T19:30:00", "time_offset"),
        ("2021-11-04 19:30", "time_offset"),
        ("2021-11-04", "time_format"),
        ("04/11/2021 19:30+08:00", "time_format"),
        ("20211104T193000+08:00", "time_format"),
        ("2021-W44-4T19:30+08:00", "time_format"),
        ("1636025400", "time_format"),
        ("", "time_format"),
        ("2021-11-04T19:30:00+08:00\n", "time_format"),
        ("２０２１-11-04T19:30:00+08:00", "time_format"),
        ("2021-02-29T19:30:00+08:00", "time_unknown"),
        ("2021-11-04T24:01:00+08:00", "time_unknown"),
        ("2021-11-04T19:60:00+08:00", "time_unknown"),
        ("2021-11-04T19:30:00+99:00", "time_unknown"),
        ("0001-01-01T00:00:00+08:00", "time_unknown"),
        ("0002-01-01T00:00:00+08:00", "year_out_of_range"),
        ("9999-12-31T23:59:59-08:00", "time_unknown"),
        ("9999-12-31T24:00:00+08:00", "time_unknown"),
        ("1999-12-31T00:00:00+08:00", "year_out_of_range"),
    ],
)
def test_other_instants_are_refused(text, code):
    with pytest.raises(Refused) as refusal:
        parse_instant(text)
    assert refusal.value.code == code


@pytest.mark.parametrize("value", [None, 1636025400, 1.5, True, ["2021-11-04T19:30:00Z"]])
def test_only_text_is_an_instant(value):
    with pytest.raises(Refused):
        parse_instant(value)


@given(st.dates(date(2000, 1, 1), date(2099, 12, 31)))
def test_both_written_days_read_the_same(day):
    assert parse_local_day(f"{day:%Y-%m-%d}") == day
    assert parse_local_day(f"{day.year}/{day.month}/{day.day}") == day


@pytest.mark.parametrize(
    "text",
    ["03/04/2026", "2021-1-4", "2021.11.04", "20211104", "2021-02-30", "44504", "0001-01-01", ""],
)
def test_ambiguous_and_impossible_days_are_refused(text):
    with pytest.raises(Refused):
        parse_local_day(text)


def test_local_times_run_from_0000_to_2400():
    day = date(2021, 11, 4)
    assert parse_local_time(day, "0:00") == datetime(2021, 11, 3, 16, tzinfo=UTC)
    assert parse_local_time(day, "０８：３０") == datetime(2021, 11, 4, 0, 30, tzinfo=UTC)
    assert parse_local_time(day, "24:00") == datetime(2021, 11, 4, 16, tzinfo=UTC)


@pytest.mark.parametrize("text", ["24:01", "25:00", "8:60", "830", "8", "", None, "8:30 pm"])
def test_other_local_times_are_refused(text):
    with pytest.raises(Refused):
        parse_local_time(date(2021, 11, 4), text)


@given(st.text(max_size=40))
def test_any_text_is_an_instant_or_a_refusal(text):
    with pytest.raises(Refused):
        parse_instant(text)
