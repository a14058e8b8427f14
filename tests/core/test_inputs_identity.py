"""Rules R11 and R12."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.inputs import (
    HK_MACAU,
    PASSPORT,
    PERMANENT,
    RESIDENT,
    TAIWAN,
    Refused,
    birth_date,
    check_character,
    id_document,
    phone,
)

TODAY = date(2021, 11, 4)


def number_of(day: date, area: int = 500109, order: int = 1) -> str:
    """A well-formed number: area code, birth date, order and the right check character."""
    start = f"{area}{day:%Y%m%d}{order:03d}"
    return start + check_character(start)


def code_of(id_type: object, number: object) -> str:
    with pytest.raises(Refused) as refusal:
        id_document(id_type, number, today=TODAY)
    assert str(number) not in refusal.value.text or not number
    return refusal.value.code


@given(
    st.dates(date(1900, 1, 1), TODAY), st.integers(110000, 989999), st.integers(0, 999), st.data()
)
def test_a_right_number_passes_and_any_one_wrong_digit_fails(day, area, order, data):
    number = number_of(day, area, order)
    place = data.draw(st.integers(0, 16))
    digit = data.draw(st.sampled_from([d for d in "123456789" if d != number[place]]))
    assert id_document(RESIDENT, number, today=TODAY) == number
    assert birth_date(number, today=TODAY) == day
    with pytest.raises(Refused):
        id_document(RESIDENT, number[:place] + digit + number[place + 1 :], today=TODAY)


def test_check_character_matches_the_published_example():
    # GB 11643-1999 prints 11010519491231002X as its example.
    assert id_document(RESIDENT, "11010519491231002x") == "11010519491231002X"


def test_typed_forms_are_folded():
    number = number_of(date(1988, 2, 29))
    wide = number.translate({code: code + 0xFEE0 for code in range(0x21, 0x7F)})
    spaced = f" {number[:6]} {number[6:14]}-{number[14:]}\u200b\n"
    assert id_document(RESIDENT, wide) == id_document(RESIDENT, spaced) == number


@pytest.mark.parametrize(
    "born", ["19010229", "20211105", "18991231", "19901301", "19900001", "20220101"]
)
def test_the_birth_date_must_be_a_real_past_day(born):
    start = f"500109{born}001"
    assert code_of(RESIDENT, start + check_character(start)) == "id_birth"


@pytest.mark.parametrize(
    ("number", "code"),
    [
        ("", "id_empty"),
        ("110105491231002", "id_old_form"),
        ("11010519491231002", "id_shape"),
        ("1101051949123100200", "id_shape"),
        ("010105194912310021", "id_shape"),
        ("110105194912310021", "id_check"),
        ("١١٠١٠٥١٩٤٩١٢٣١٠٠٢X", "id_shape"),
        ("1.10105E+17", "id_as_number"),
        ("110105194912310000.0", "id_as_number"),
        (110105194912310021, "id_as_number"),
        (1.1e17, "id_as_number"),
        (None, "id_as_number"),
        ("11010519491231002X'--", "id_shape"),
    ],
)
def test_wrong_numbers_are_refused_each_with_its_reason(number, code):
    assert code_of(RESIDENT, number) == code


@pytest.mark.parametrize(
    ("id_type", "typed", "number"),
    [
        (PASSPORT, "e 1234 5678", "E12345678"),
        (PASSPORT, "ＡＢ１２３４５６７", "AB1234567"),
        (HK_MACAU, "h12345678", "H12345678"),
        (HK_MACAU, "M1234567801", "M1234567801"),
        (TAIWAN, "12345678", "12345678"),
        (TAIWAN, "1234567890b", "1234567890B"),
        (PERMANENT, "usa123456789012", "USA123456789012"),
    ],
)
def test_other_documents_have_shapes_of_their_own(id_type, typed, number):
    assert id_document(id_type, typed) == number


@pytest.mark.parametrize(
    ("id_type", "number"),
    [(PASSPORT, "ABCDEFG"), (PASSPORT, "E1"), (HK_MACAU, "X12345678"), (TAIWAN, "1234567")],
)
def test_other_documents_of_wrong_shape_are_refused(id_type, number):
    assert code_of(id_type, number) == "id_shape"


@pytest.mark.parametrize("id_type", ["", "driver", None, 3, ["passport"]])
def test_an_unknown_kind_of_document_is_refused(id_type):
    assert code_of(id_type, "E12345678") == "id_type"


@given(st.text(max_size=40), st.sampled_from([RESIDENT, PASSPORT, HK_MACAU, TAIWAN, PERMANENT]))
def test_any_text_is_a_stable_number_or_a_refusal(text, id_type):
    try:
        number = id_document(id_type, text, today=TODAY)
    except Refused:
        return
    assert number.isascii()
    assert number.isalnum()
    assert id_document(id_type, number, today=TODAY) == number


@pytest.mark.parametrize(
    "typed",
    [
        "13800138000",
        "138 0013 8000",
        "138-0013-8000",
        "+86 138 0013 8000",
        "008613800138000",
        "１３８００１３８０００",
        "(+86)13800138000",
    ],
)
def test_mobile_numbers_have_one_written_form(typed):
    assert phone(typed) == "13800138000"


@pytest.mark.parametrize("typed", ["12800138000", "1380013800", "023-6821 0000", "+85291234567"])
def test_other_numbers_need_a_confirmation(typed):
    with pytest.raises(Refused) as refusal:
        phone(typed)
    assert refusal.value.code == "phone_confirm"
    assert phone(typed, confirmed=True).lstrip("+").isdigit()


@pytest.mark.parametrize("typed", ["", " ", "abc", "1234", "1" * 21, 13800138000, None])
def test_what_is_no_number_cannot_be_confirmed_either(typed):
    with pytest.raises(Refused):
        phone(typed, confirmed=True)
