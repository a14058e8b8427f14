"""The figures' arithmetic: percentiles, lines, ages of figures, the ratio."""

import math

import pytest

from bench.board import time_span
from bench.load.figures import line, median, percentile, shown
from bench.load.freshness import Commit, Look, seen, to_screen
from bench.load.screens import Beat, Page, version_of
from bench.load.wire import Answer
from bench.ratio import Rates


def test_percentile_is_a_value_that_was_seen():
    values = [float(n) for n in range(100, 0, -1)]
    assert percentile(values, 95) == 95
    assert percentile(values, 100) == 100
    assert percentile([7.0], 50) == 7
    assert median([3.0, 1.0, 2.0]) == 2
    assert math.isnan(percentile([], 95))


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (3, "3"), (2345.6, "2346"), (12.345, "12.3"), (0.01234, "0.0123"), (0.0, "0"),
        (0.00012, "0.00012"), (float("nan"), "nan"), ("on", "on"),
    ],
)  # fmt: skip
def test_figures_are_short_and_never_in_powers_of_ten(value, text):
    assert shown(value) == text


def test_a_line_is_name_and_value_pairs():
    assert line(lost=0, p95_s=0.4567) == "lost=0 p95_s=0.457"


def test_a_commit_is_seen_in_the_first_total_that_holds_all_before_it():
    commits = [Commit(1, 10.0, 10), Commit(2, 10.1, 10), Commit(1, 10.2, 10)]
    looks = {
        1: [Look(9.0, 50, 1), Look(10.15, 60, 2), Look(10.4, 70, 3)],
        2: [Look(10.3, 10, 3)],
    }

    found, never = seen(commits, looks, {1: 50})

    assert [(each.commit.at, each.at, each.version) for each in found] == [
        (10.0, 10.15, 2), (10.1, 10.3, 3), (10.2, 10.4, 3),
    ]  # fmt: skip
    assert never == 0


def test_a_commit_that_no_total_holds_is_counted_as_never_seen():
    found, never = seen([Commit(1, 10.0, 10)], {1: [Look(10.5, 55, 2)]}, {1: 50})
    assert (found, never) == ([], 1)


def test_a_screen_shows_a_commit_with_the_first_answer_of_its_version_or_later():
    found, _never = seen([Commit(1, 10.0, 10)], {1: [Look(10.2, 10, 7)]}, {})
    beats = [Beat(9.9, 10.0, 204, 6), Beat(11.9, 12.0, 200, 9), Beat(13.9, 14.0, 204, 9)]
    assert to_screen(found, beats) == [2.0]
    assert to_screen(found, beats[:1]) == []


def test_the_ratio_is_the_share_of_the_bare_insert():
    assert Rates(service=3500.0, insert=10_000.0).ratio == pytest.approx(0.35)


def test_span_of_pulses_is_from_first_question_to_last_answer():
    assert time_span([Beat(1.0, 1.5, 204, 1), Beat(2.0, 4.0, 200, 2)]) == 3.0
    assert time_span([]) == 0.0


def test_a_page_says_how_its_pulse_asks():
    html = (
        '<div id="pulse" hx-get="/pulse/?page=overview" data-ticket="a:b&amp;c" '
        'data-tag="12-34" data-panels="head:0123456789ab">'
    )
    page = Page.read(html)
    request = page.request().decode()
    assert request.startswith("GET /pulse/?page=overview&tag=12-34 HTTP/1.1\r\n")
    assert "X-Jinjian-Ticket: a:b&c\r\n" in request

    version = page.take(Answer(200, b"HTTP/1.1 200 OK\r\nX-Jinjian-Tag: 13-34", b""))

    assert version == 13
    assert page.panels == "head:0123456789ab"
    with pytest.raises(LookupError):
        Page.read("<p>signed out</p>")


def test_a_tag_that_is_none_has_no_version():
    assert version_of("") == -1
    assert version_of("1042-27700215") == 1042
