"""Rules R1 and R2."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.inputs import Refused, count_doubts, fold_digits, whole_number

REFUSED = {
    "1_200": "number_not_whole",
    "-1": "number_not_whole",
    "+1": "number_not_whole",
    "1e3": "number_not_whole",
    "0x10": "number_not_whole",
    "1.5": "number_not_whole",
    "1.0": "number_not_whole",
    "1,20": "number_not_whole",
    "12,00": "number_not_whole",
    "1,200,": "number_not_whole",
    "٣٤": "number_not_whole",
    "三百": "number_not_whole",
    "²": "number_not_whole",
    "1 200": "number_not_whole",
    "1\x00": "number_not_whole",
    "": "number_empty",
    "\u3000\u00a0 ": "number_empty",
    "1234567890": "number_too_long",
    "9" * 5000: "number_too_long",
    "1.23456万": "number_not_whole",
    "0.00001万": "number_not_whole",
}


@pytest.mark.parametrize("text", REFUSED)
def test_text_that_could_be_misread_is_refused(text):
    with pytest.raises(Refused) as refusal:
        whole_number(text)
    assert refusal.value.code == REFUSED[text]


@pytest.mark.parametrize("value", [True, False, None, 1.0, 1.5, [], {}, b"1"])
def test_values_that_are_not_whole_numbers_are_refused(value):
    with pytest.raises(Refused) as refusal:
        whole_number(value)
    assert refusal.value.code == "number_not_whole"


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("0", 0),
        ("007", 7),
        ("１２０", 120),
        ("\u3000１，２００ ", 1200),
        ("1,234,567", 1_234_567),
        ("\u00a042\u2009", 42),
        ("999999999", 999_999_999),
    ],
)
def test_typed_forms_are_folded(text, number):
    assert whole_number(text) == number


@pytest.mark.parametrize(
    ("text", "offered"), [("1.2万", 12_000), ("１．２万", 12_000), ("3 千", 3_000), ("2萬", 20_000)]
)
def test_ten_thousands_are_offered_and_never_assumed(text, offered):
    with pytest.raises(Refused) as refusal:
        whole_number(text)
    assert refusal.value.code == "number_offered"
    assert refusal.value.params["offered"] == offered
    assert str(offered) in refusal.value.text


@pytest.mark.parametrize("value", ["11", 11, -1])
def test_limits_hold_for_text_and_integers(value):
    with pytest.raises(Refused) as refusal:
        whole_number(value, maximum=10)
    assert refusal.value.code == "number_out_of_range"


@given(st.integers(0, 999_999_999))
def test_every_written_form_of_a_number_reads_back(number):
    full_width = str(number).translate({code: code + 0xFEE0 for code in range(0x30, 0x3A)})
    forms = [number, str(number), f"{number:,}", full_width]
    assert [whole_number(form) for form in forms] == [number] * 4


@given(st.text())
def test_any_text_is_a_small_number_or_a_refusal(text):
    try:
        number = whole_number(text)
    except Refused:
        return
    assert 0 <= number < 2**31
    assert fold_digits(text).replace(",", "").lstrip("0") in {str(number), ""}


def test_counts_that_fit_raise_no_doubt():
    assert count_doubts(swabs=98, tubes=10, pool_max=10, registered=120) == []


def test_each_contradiction_raises_its_own_doubt():
    empty = count_doubts(swabs=3, tubes=4, pool_max=10)
    full = count_doubts(swabs=41, tubes=4, pool_max=10)
    over = count_doubts(swabs=40, tubes=4, pool_max=10, registered=39)
    assert [doubt.code for doubt in empty] == ["count_empty_tubes"]
    assert [doubt.code for doubt in full] == ["count_overfull"]
    assert [doubt.code for doubt in over] == ["count_over_register"]
