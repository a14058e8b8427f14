"""Words are found in code and templates, and a gap in the translation fails the check."""

from pathlib import Path

import pytest

from launch import translations

TEMPLATE = """{% load i18n %}{% translate "Plain" %} {% translate "Open" context "unit" %}
{% blocktranslate count n=n trimmed %}
  One tube
{% plural %}
  {{ n }} tubes
{% endblocktranslate %}
<a title="{% translate 'Quoted' %}">{{ _("In braces") }}</a>
"""
CODE = 'from django.utils.translation import gettext_lazy as _\nTITLE = _("From code %(n)s")\n'


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(translations, "ROOT", tmp_path)
    (tmp_path / "templates").mkdir()
    (tmp_path / "templates" / "page.html").write_text(TEMPLATE)
    (tmp_path / "code.py").write_text(CODE)
    return tmp_path


def translate_all(text: str) -> str:
    lines = []
    for line in text.splitlines():
        if line == 'msgstr ""' and lines and lines[-1] != 'msgid ""':
            line = 'msgstr "译 %(n)s"' if "%(n)s" in lines[-1] else 'msgstr "译"'
        lines.append('msgstr[0] "译 %(n)s"' if line == 'msgstr[0] ""' else line)
    return "\n".join(lines) + "\n"


def test_messages_of_code_and_templates(checkout: Path) -> None:
    found = {translations.identity(message) for message in translations.template_catalog()}
    assert found - {(None, "")} == {
        (None, "Plain"),
        ("unit", "Open"),
        (None, ("One tube", "%(n)s tubes")),
        (None, "Quoted"),
        (None, "In braces"),
        (None, "From code %(n)s"),
    }


def test_check_fails_until_all_is_translated_and_again_when_words_change(
    checkout: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert translations.check() == 1
    assert translations.update() == 0
    assert "6 to translate" in capsys.readouterr().out

    path = translations.po_path("zh_Hans")
    path.write_text(translate_all(path.read_text()))
    assert translations.check() == 0, capsys.readouterr().out

    (checkout / "code.py").write_text(CODE.replace("From code", "Changed"))
    assert translations.check() == 1
    out = capsys.readouterr().out
    assert "not translated: 'Changed %(n)s'" in out
    assert "used no more: 'From code %(n)s'" in out


def test_a_lost_placeholder_fails(checkout: Path, capsys: pytest.CaptureFixture[str]) -> None:
    translations.update()
    path = translations.po_path("zh_Hans")
    path.write_text(translate_all(path.read_text()).replace('"译 %(n)s"', '"译 %(m)s"'))
    assert translations.check() == 1
    assert "From code" in capsys.readouterr().out


def test_compile_makes_what_django_reads(checkout: Path) -> None:
    translations.update()
    path = translations.po_path("zh_Hans")
    path.write_text(translate_all(path.read_text()))
    translations.compile_all()
    assert "译".encode() in path.with_suffix(".mo").read_bytes()
