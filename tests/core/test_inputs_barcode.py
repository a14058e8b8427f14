"""Rule R13."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.inputs import Refused, barcode

CODES = st.from_regex(r"[A-Z0-9-]{6,32}", fullmatch=True).filter(
    lambda code: len(code) < 12 or code[: len(code) // 2] * 2 != code
)


@given(CODES)
def test_every_way_a_scanner_delivers_a_code_reads_the_same(code):
    forms = [code, f"{code}\r\n", f"\t{code}\t", code.lower(), f"]C1{code}", f" ]Q3{code}\r"]
    assert {barcode(form) for form in forms} == {code}


@given(CODES, st.sampled_from(["", "\r\n", "\t", " ", "]C1"]))
def test_two_reads_in_one_are_refused(code, between):
    with pytest.raises(Refused):
        barcode(code + between + code)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "barcode_empty"),
        ("\r\n", "barcode_empty"),
        ("BB001", "barcode_length"),
        ("A" * 15 + "B" * 18, "barcode_length"),
        ("BB0001_2", "barcode_characters"),
        ("试管00001", "barcode_characters"),
        ("BB0001\x00", "barcode_characters"),
        ("BB0001BB0001", "barcode_double"),
        ("BB0001\r\nBB0002", "barcode_double"),
        ("]C1BB0001]C1BB0002", "barcode_double"),
        (12345678, "barcode_text"),
        (None, "barcode_text"),
    ],
)
def test_what_is_not_one_code_is_refused(text, code):
    with pytest.raises(Refused) as refusal:
        barcode(text)
    assert refusal.value.code == code


@given(st.text(max_size=80))
def test_any_text_is_a_stable_code_or_a_refusal(text):
    try:
        code = barcode(text)
    except Refused:
        return
    assert barcode(code) == code
    assert 6 <= len(code) <= 32
