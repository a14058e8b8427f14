"""Rule R6: names, codes and notes; nothing invisible, nothing that changes the reading order."""

from __future__ import annotations

import re
import unicodedata

from django.utils.translation import gettext_lazy as _

from core.inputs.digits import fold_digits
from core.inputs.refusal import Refused

_PLAIN_NAME = re.compile(r"[A-Za-z0-9\u3400-\u4dbf\u4e00-\u9fff\u00b7()-]+")
_PLAIN_CODE = re.compile(r"[A-Za-z0-9._:/#-]+", re.ASCII)
_CODE = re.compile(r"[\w.:/#-]+")
_CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f]")
_CONTROLS_IN_NOTE = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")
_SURROGATES = re.compile(r"[\ud800-\udfff]")
_BIDI = re.compile(r"[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
_ZERO_WIDTH = re.compile(r"[\u00ad\u034f\u180e\u200b-\u200d\u2060-\u2064\ufeff\ufe0e\ufe0f]")
_ZERO_WIDTH_IN_NOTE = re.compile(r"[\u00ad\u034f\u180e\u200b\u2060-\u2064\ufeff]")
_SYMBOLS = re.compile(
    r"[\u2190-\u21ff\u2300-\u23ff\u2600-\u27bf\u2b00-\u2bff\u20e3\U0001f000-\U0001fbff"
    r"\U000e0000-\U000e007f]"
)
_REPLACEMENT = "\ufffd"
_RARE_IDEOGRAPHS = range(0x20000, 0x40000)
_SPACES = re.compile(r"\s+")


def clean_name(text: object, *, max_length: int = 60) -> str:
    """Return a name in NFC with inner spaces collapsed and zero-width characters removed.

    Rare (4-byte) ideographs and the middle dot are kept. Refused: empty, too long, control and
    bidi characters, lone surrogates, private-use characters, emoji.
    """
    value = _text(text)
    if len(value) <= max_length and _PLAIN_NAME.fullmatch(value):
        return value
    value = _normal(value, _CONTROLS, _ZERO_WIDTH)
    value = _SPACES.sub(" ", value).strip()
    _refuse_pictures(value)
    return _sized(value, max_length, empty_allowed=False)


def clean_note(text: object, *, max_length: int = 2000) -> str:
    """Return a note; line breaks and emoji are welcome, it may be empty. Line ends become LF."""
    value = _text(text).replace("\r\n", "\n").replace("\r", "\n")
    value = _normal(value, _CONTROLS_IN_NOTE, _ZERO_WIDTH_IN_NOTE).replace("\t", " ").strip()
    return _sized(value, max_length, empty_allowed=True)


def clean_code(text: object, *, max_length: int = 64) -> str:
    """Return a code: letters, digits and `. _ : / # -`, folded, without any space inside."""
    value = _text(text)
    if len(value) <= max_length and _PLAIN_CODE.fullmatch(value):
        return value
    value = fold_digits(_normal(value, _CONTROLS, _ZERO_WIDTH))
    _refuse_pictures(value)
    if value and not _CODE.fullmatch(value):
        raise Refused(
            "code_characters",
            _("A code takes letters, digits and . _ : / # - only, without spaces."),
        )
    return _sized(value, max_length, empty_allowed=False)


def storable(text: str) -> bool:
    """Whether PostgreSQL can store this text at all (no NUL, no lone surrogate)."""
    return "\x00" not in text and not _SURROGATES.search(text)


def _text(value: object) -> str:
    if isinstance(value, str):
        return value
    raise Refused("text_expected", _("Text is expected here, not a number or a list."))


def _normal(value: str, controls: re.Pattern[str], invisible: re.Pattern[str]) -> str:
    if _SURROGATES.search(value) or _REPLACEMENT in value:
        raise Refused(
            "text_broken", _("Part of this text was damaged on its way; type or export it again.")
        )
    if controls.search(value):
        raise Refused(
            "text_control", _("This text holds an invisible control character; type it again.")
        )
    if _BIDI.search(value):
        raise Refused(
            "text_direction",
            _("This text holds a hidden character that changes the reading order; type it again."),
        )
    return unicodedata.normalize("NFC", invisible.sub("", value))


def _refuse_pictures(value: str) -> None:
    if _SYMBOLS.search(value) or not all(map(_written, value)):
        raise Refused(
            "text_symbol", _("Use letters, digits and punctuation here; symbols belong in notes.")
        )


def _written(char: str) -> bool:
    # Ideographs younger than Python's own Unicode tables are still somebody's name.
    if ord(char) in _RARE_IDEOGRAPHS:
        return True
    category = unicodedata.category(char)
    return category[0] in "LMNPZ" or category in {"Sm", "Sc"} or char in "°№℃`^"


def _sized(value: str, max_length: int, *, empty_allowed: bool) -> str:
    if not value and not empty_allowed:
        raise Refused("text_empty", _("Fill in this field."))
    if len(value) > max_length:
        raise Refused(
            "text_too_long",
            _("At most %(max_length)s characters; this has %(length)s."),
            max_length=max_length,
            length=len(value),
        )
    return value
