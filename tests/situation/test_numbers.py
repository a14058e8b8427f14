"""Numbers in a sentence: cut down, never up, and saying that they are more."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reporting.outlets.situation.figures_in_text import claims
from reporting.outlets.situation.numbers import about_en, about_zh, floor_of


@pytest.mark.parametrize(
    ("count", "zh", "en"),
    [
        (0, "0", "0"),
        (50, "50", "50"),
        (137, "137", "137"),
        (161, "161", "161"),
        (299, "299", "299"),
        (300, "300", "300"),
        (400, "400", "400"),
        (412, "400余", "more than 400"),
        (800, "800", "800"),
        (1_618, "1600余", "more than 1,600"),
        (9_999, "9900余", "more than 9,900"),
        (10_000, "1万", "10,000"),
        (29_300, "2.9万余", "more than 29,000"),
        (99_999, "9.9万余", "more than 99,000"),
        (160_000, "16万", "160,000"),
        (164_544, "16余万", "more than 160,000"),
        (169_999, "16余万", "more than 160,000"),
        (204_100, "20余万", "more than 200,000"),
        (8_210_000, "821万", "8,210,000"),
        (124_000_000, "1.2亿余", "124,000,000"),
    ],
)
def test_prose_prints_a_count_as_a_newspaper_does(count: int, zh: str, en: str) -> None:
    assert (about_zh(count), about_en(count)) == (zh, en)


@given(st.integers(0, 10**9 - 1))
def test_a_rounded_count_never_claims_more_than_there_is(count: int) -> None:
    assert floor_of(count) <= count
    for text in (about_zh(count), about_en(count)):
        (claim,) = claims(text)
        assert claim.borne_out_by({count}, ())
        # A count that is far off does not bear it out.
        assert not claim.borne_out_by({count * 2 + 10_000_000_000}, ())


def test_times_rounds_and_issues_are_no_claims() -> None:
    text = "截至11月5日18时30分，第1轮第3期累计采样163,900人次，占94.5%；1,100人另行安排。"

    assert [claim.words for claim in claims(text)] == ["163,900", "94.5%", "1,100"]


def test_english_times_and_rounds_are_no_claims() -> None:
    text = "As of 18:00 on 5 November, 163,900 swabs had been taken in round 1 (94.5%)."

    assert [claim.words for claim in claims(text)] == ["163,900", "94.5%"]


def test_full_width_digits_claim_as_others_do() -> None:
    (claim,) = claims("采样１６３，９００人次")

    assert claim.low == 163_900
