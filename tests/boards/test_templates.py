"""Templates, styles and scripts keep the content policy and the floor of browsers."""

import re
from pathlib import Path

import pytest
from django.conf import settings

ROOT = Path(settings.BASE_DIR)
TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))
STYLES = sorted((ROOT / "static" / "css").glob("*.css"))
SCRIPTS = sorted((ROOT / "static" / "js").glob("*.js"))


def name_of(path: Path) -> str:
    return str(path.relative_to(ROOT))


@pytest.mark.parametrize("path", TEMPLATES, ids=name_of)
def test_no_inline_script_or_style(path: Path) -> None:
    text = path.read_text(encoding="utf-8")

    assert not re.search(r"<style|\sstyle=|\son[a-z]+=|javascript:|hx-on|hx-vals=.js", text)
    assert not re.search(r"<script(?![^>]*\ssrc=)", text)


@pytest.mark.parametrize("path", TEMPLATES, ids=name_of)
def test_every_template_is_used(path: Path) -> None:
    name = str(path.relative_to(ROOT / "templates"))
    if name.startswith("boards/panels/"):
        from reporting.boards.panels import MAP_PANELS, PANELS, STREET_PANELS

        assert path.stem in PANELS + STREET_PANELS + MAP_PANELS
        return
    rooms = ("core", "campaigns", "sites", "personnel", "logistics", "reporting", "templates")
    sources = [file for room in rooms for file in (ROOT / room).rglob("*") if file != path]
    texts = (f.read_text(encoding="utf-8") for f in sources if f.suffix in (".py", ".html"))

    assert any(f'"{name}"' in text for text in texts), f"{name} is used nowhere"


@pytest.mark.parametrize("path", STYLES, ids=name_of)
def test_styles_work_in_chromium_90(path: Path) -> None:
    newer = r":has\(|oklch|color-mix|light-dark|@container|@layer|@scope|\b\d+[ds]v[hw]\b|&[ .:>]"

    assert not re.search(newer, path.read_text(encoding="utf-8"))


@pytest.mark.parametrize("path", SCRIPTS, ids=name_of)
def test_scripts_work_in_chromium_90_without_eval(path: Path) -> None:
    newer = r"\.at\(|structuredClone|Object\.hasOwn|findLast|\beval\(|new Function|\.style\b"

    assert not re.search(newer, path.read_text(encoding="utf-8"))
