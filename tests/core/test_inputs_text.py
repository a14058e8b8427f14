"""Rule R6."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.inputs import Refused, clean_code, clean_name, clean_note, storable

POISON = [
    ("a\x00b", "text_control"),
    ("a\x07b", "text_control"),
    ("a\x85b", "text_control"),
    ("a\x7fb", "text_control"),
    ("a\ud800b", "text_broken"),
    ("a\ufffdb", "text_broken"),
    ("a\u202eb", "text_direction"),
    ("a\u2066b", "text_direction"),
    ("a\u200fb", "text_direction"),
]


@pytest.mark.parametrize("clean", [clean_name, clean_code, clean_note])
@pytest.mark.parametrize(("text", "code"), POISON)
def test_invisible_and_broken_characters_are_refused_everywhere(clean, text, code):
    with pytest.raises(Refused) as refusal:
        clean(text)
    assert refusal.value.code == code


@pytest.mark.parametrize("text", ["张\n三", "张\t三", "张\r三"])
def test_a_name_is_one_line(text):
    with pytest.raises(Refused) as refusal:
        clean_name(text)
    assert refusal.value.code == "text_control"


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("张三", "张三"),
        ("阿卜杜拉·买买提", "阿卜杜拉·买买提"),
        ("\U000217b5\U00030edd", "\U000217b5\U00030edd"),
        ("  欧阳\u3000 修 ", "欧阳 修"),
        ("张\u200b三\ufeff", "张三"),
        ("Jose\u0301", "José"),
        ("龙凤花园3栋（东）", "龙凤花园3栋（东）"),
        ("A&B 广场", "A&B 广场"),
    ],
)
def test_names_take_what_people_are_called(text, name):
    assert clean_name(text) == name


@pytest.mark.parametrize("text", ["张三😀", "☎总台", "张\ue000", "1⃣", "👍🏽"])
def test_symbols_stay_out_of_names(text):
    with pytest.raises(Refused) as refusal:
        clean_name(text)
    assert refusal.value.code == "text_symbol"


@pytest.mark.parametrize(("text", "code"), [("", "text_empty"), (" \u200b", "text_empty")])
def test_a_name_is_not_empty(text, code):
    with pytest.raises(Refused) as refusal:
        clean_name(text)
    assert refusal.value.code == code


def test_length_is_measured_on_fast_and_slow_path():
    for text in ("张" * 61, "张 " * 61):
        with pytest.raises(Refused) as refusal:
            clean_name(text)
        assert refusal.value.code == "text_too_long"
    assert clean_name("张" * 60) == "张" * 60


def test_a_note_keeps_lines_and_emoji_and_may_be_empty():
    family = "👨\u200d👩\u200d👧"
    assert clean_note(f" 一\r\n二\r三 {family}\ufeff ") == f"一\n二\n三 {family}"
    assert clean_note("") == ""


def test_markup_is_kept_as_it_was_typed():
    assert clean_note("<b>&amp;</b>") == "<b>&amp;</b>"


@pytest.mark.parametrize(
    ("text", "code"),
    [("ＣＪＧ－０１", "CJG-01"), (" 蔡家岗/03 ", "蔡家岗/03"), ("a.b_c:d#e", "a.b_c:d#e")],
)
def test_codes_are_folded(text, code):
    assert clean_code(text) == code


@pytest.mark.parametrize("text", ["A B", "A;B", "A'B", "A,B"])
def test_codes_take_no_spaces_and_few_signs(text):
    with pytest.raises(Refused) as refusal:
        clean_code(text)
    assert refusal.value.code == "code_characters"


@pytest.mark.parametrize("clean", [clean_name, clean_code, clean_note])
@pytest.mark.parametrize("value", [None, 3, True, ["a"]])
def test_only_text_is_text(clean, value):
    with pytest.raises(Refused) as refusal:
        clean(value)
    assert refusal.value.code == "text_expected"


@given(st.text() | st.text(st.characters(categories=["Cs", "Cc", "Cf", "So", "Mn", "Lo"])))
@pytest.mark.parametrize("clean", [clean_name, clean_code, clean_note])
def test_what_passes_is_clean_storable_and_stable(clean, text):
    try:
        value = clean(text)
    except Refused:
        return
    assert storable(value)
    value.encode()
    assert value == unicodedata.normalize("NFC", value) == value.strip()
    assert clean(value) == value
    if clean is not clean_note:
        assert not any(unicodedata.category(char) in {"Cc", "Cf", "Cs", "Co"} for char in value)


def test_storable_says_what_postgresql_can_keep():
    assert storable("张三\n")
    assert not storable("a\x00")
    assert not storable("a\udfff")
