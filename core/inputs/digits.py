"""Rule R1: numbers as people type them, folded once and refused whenever they could be misread."""

from __future__ import annotations

import re
from decimal import Decimal

from django.utils.translation import gettext_lazy as _

from core.inputs.refusal import Refused

LARGEST = 999_999_999
"""Nine digits: below 2**31, so that no typed number can overflow an integer column."""

_FULL_WIDTH = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)} | {0x3000: 0x20}
_PLAIN = re.compile(r"[0-9]{1,9}", re.ASCII)
_GROUPED = re.compile(r"[0-9]{1,3}(?:,[0-9]{3}){1,2}", re.ASCII)
_IN_TEN_THOUSANDS = re.compile(r"([0-9]{1,6}(?:\.[0-9]{1,4})?) ?([万萬千])", re.ASCII)
_SCALE = {"万": 10_000, "萬": 10_000, "千": 1_000}


def fold(text: str) -> str:
    """Full-width ASCII (U+FF01-FF5E) and the ideographic space become their plain forms."""
    return text if text.isascii() else text.translate(_FULL_WIDTH)


def fold_digits(text: str) -> str:
    """Fold full-width forms and trim every kind of Unicode space at both ends."""
    return fold(text).strip()


def whole_number(value: object, *, minimum: int = 0, maximum: int = LARGEST) -> int:
    """Read a whole number between `minimum` and `maximum` (both inclusive).

    Text is folded first; well-formed thousands separators are read ("1,200"). "1.2万" is refused
    with the figure it would mean in `params["offered"]`, so that a form can ask. Refused: empty,
    signs, underscores, exponents, fractions, booleans, floats, digits of other scripts.
    """
    number = _read(value)
    if number > maximum or number < minimum:
        raise Refused(
            "number_out_of_range",
            _("This number must lie between %(minimum)s and %(maximum)s."),
            minimum=minimum,
            maximum=maximum,
        )
    return number


def _read(value: object) -> int:
    if isinstance(value, str):
        if _PLAIN.fullmatch(value):
            return int(value)
        return _read_text(fold_digits(value))
    if isinstance(value, int) and not isinstance(value, bool):
        return int(value)
    raise _not_whole()


def _read_text(text: str) -> int:
    if _PLAIN.fullmatch(text):
        return int(text)
    if _GROUPED.fullmatch(text):
        return int(text.replace(",", ""))
    if not text:
        raise Refused("number_empty", _("Enter a number; an empty field is not read as 0."))
    if re.fullmatch(r"[0-9]{10,}", text, re.ASCII):
        raise Refused(
            "number_too_long", _("This number has more than nine digits; check what was typed.")
        )
    _offer_scaled(text)
    raise _not_whole()


def _offer_scaled(text: str) -> None:
    match = _IN_TEN_THOUSANDS.fullmatch(text)
    if not match:
        return
    meant = Decimal(match[1]) * _SCALE[match[2]]
    if meant == meant.to_integral_value() and meant <= LARGEST:
        raise Refused(
            "number_offered",
            _("Read as %(offered)s? Confirm it, or type the number with digits only."),
            offered=int(meant),
        )


def _not_whole() -> Refused:
    return Refused(
        "number_not_whole",
        _("Type a whole number with the digits 0-9 only, without sign, point or unit."),
    )
