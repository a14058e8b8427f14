"""The guides: in both languages, about two pages each, and only words that stand on a screen."""

from __future__ import annotations

import re

import pytest

from launch import translations
from launch.stack import ROOT

# The catalogue is gathered once, by one worker.
pytestmark = pytest.mark.xdist_group("guides")
GUIDES = ROOT / "docs/guides"
READERS = ("commander", "street-official", "point-lead", "administrator")


@pytest.fixture(scope="module")
def screen() -> dict[str, str]:
    """Every text of the product, and its translation as far as there is one."""
    known = translations.load("zh_Hans")
    found = {}
    for message in translations.template_catalog():
        ours = known.get(message.id, message.context)
        texts = message.id if isinstance(message.id, tuple) else (message.id,)
        shown = ours.string if ours and not isinstance(ours.string, tuple) else ""
        found |= dict.fromkeys(texts, str(shown or ""))
    return found


def parts(reader: str, language: str) -> tuple[list[str], list[str]]:
    """(headings, words in bold) of a guide."""
    text = (GUIDES / f"{reader}.{language}.md").read_text()
    bold = re.findall(r"\*\*(.+?)\*\*", re.sub(r"\s*\n\s*", " ", text))
    return re.findall(r"^#+ .+$", text, re.MULTILINE), bold


@pytest.mark.parametrize("reader", READERS)
def test_a_word_in_bold_stands_on_a_screen(reader: str, screen: dict[str, str]) -> None:
    _headings, bold = parts(reader, "en")

    assert [word for word in bold if word not in screen] == []
    assert len(set(bold)) >= 8


@pytest.mark.parametrize("reader", READERS)
def test_both_languages_tell_the_same_with_the_words_of_the_screen(
    reader: str, screen: dict[str, str]
) -> None:
    headings, bold = parts(reader, "en")
    chinese_headings, chinese = parts(reader, "zh")

    assert len(headings) == len(chinese_headings)
    translated = {screen[word] for word in bold}
    assert sorted({word for word in chinese if word not in translated}) == []


@pytest.mark.parametrize("reader", READERS)
def test_a_guide_is_about_two_pages(reader: str) -> None:
    english = len((GUIDES / f"{reader}.en.md").read_text().split())
    chinese = len(re.findall(r"[一-鿿]", (GUIDES / f"{reader}.zh.md").read_text()))

    assert 450 <= english <= 1_200
    assert 800 <= chinese <= 2_200
