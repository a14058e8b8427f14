"""The browser of the tests: it starts, and it has the characters our pages are written in."""

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Page

# Draws a character and one that no font has, and compares the pixels.
DRAWS_DIFFERENTLY = """() => {
  const pixels = (text) => {
    const canvas = document.createElement("canvas");
    const pen = canvas.getContext("2d");
    pen.font = "40px sans-serif";
    pen.fillText(text, 10, 60);
    return canvas.toDataURL();
  };
  return pixels("碚") !== pixels("\\u{10FFFD}");
}"""


@pytest.mark.browser
def test_chromium_has_chinese_characters(page: "Page") -> None:
    page.set_content("<h1>北碚</h1>")
    assert page.inner_text("h1") == "北碚"
    assert page.evaluate("navigator.language") == "zh-CN"
    assert page.evaluate(DRAWS_DIFFERENTLY)
