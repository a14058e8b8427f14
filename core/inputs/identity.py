"""Rule R11: identity documents. Nothing here is ever logged or put into a message."""

from __future__ import annotations

import re
from datetime import date

from django.utils.translation import gettext_lazy as _

from core.inputs.digits import fold
from core.inputs.refusal import Refused
from core.inputs.times import today_here

RESIDENT = "resident"
"""18-character number: citizens, residence permits of Hong Kong, Macau and Taiwan residents."""
PASSPORT = "passport"
HK_MACAU = "hk_macau"
TAIWAN = "taiwan"
PERMANENT = "permanent"
"""Foreign permanent resident card, 15-character form; the 18-digit form is `RESIDENT`."""
NO_DOCUMENT = "none"
"""A child or traveller without document: known by an opaque id only, never by a number."""

DOCUMENT_TYPES = (RESIDENT, PASSPORT, HK_MACAU, TAIWAN, PERMANENT)

_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECKS = "10X98765432"
_EARLIEST_YEAR = 1900
_SHAPE_18 = re.compile(r"[1-9][0-9]{16}[0-9X]", re.ASCII)
_AS_FLOAT = re.compile(r"[0-9]+(\.[0-9]*)?[Ee]\+?[0-9]+|[0-9]{15,}\.0*", re.ASCII)
_NOISE = re.compile(r"[\s\u200b\ufeff-]+")
_OTHER_SHAPES = {
    PASSPORT: re.compile(r"(?=[A-Z]*[0-9])[A-Z0-9]{5,12}", re.ASCII),
    HK_MACAU: re.compile(r"[HM][0-9]{8}(?:[0-9]{2})?", re.ASCII),
    TAIWAN: re.compile(r"[0-9]{8}|[0-9]{10}[A-Z]?", re.ASCII),
    PERMANENT: re.compile(r"[A-Z]{3}[0-9]{12}", re.ASCII),
}
_OTHER_MESSAGES = {
    PASSPORT: _("A passport number has 5 to 12 letters and digits."),
    HK_MACAU: _("A Hong Kong or Macau travel permit is H or M and 8 or 10 digits."),
    TAIWAN: _("A Taiwan travel permit has 8 digits, in its older form 10 digits and a letter."),
    PERMANENT: _("This card number is 3 letters and 12 digits, or an 18-digit number."),
}


def id_document(id_type: object, number: object, *, today: date | None = None) -> str:
    """Return the number of a document in its one written form (folded, upper case, no spaces).

    `id_type` is one of `DOCUMENT_TYPES`; for `RESIDENT` the ISO 7064 MOD 11-2 check character and
    a real birth date (1900 up to `today`, by default the real day here) are required.
    """
    if not isinstance(number, str):
        raise _typed_as_number()
    if id_type == RESIDENT:
        if not _SHAPE_18.fullmatch(number):
            number = _folded(number)
            _refuse_shape(number)
        if check_character(number) != number[17]:
            raise Refused(
                "id_check", _("The check character does not fit; one of the digits was misread.")
            )
        birth_date(number, today=today)
        return number
    shape = _OTHER_SHAPES.get(id_type) if isinstance(id_type, str) else None
    if shape is None:
        raise Refused("id_type", _("This kind of document is not known."))
    number = _folded(number)
    if not shape.fullmatch(number):
        raise Refused("id_shape", _OTHER_MESSAGES[str(id_type)])
    return number


def check_character(number: str) -> str:
    """ISO 7064 MOD 11-2 check character over the first 17 digits (GB 11643)."""
    total = 0
    for digit, weight in zip(number, _WEIGHTS, strict=False):
        total += (ord(digit) - 48) * weight
    return _CHECKS[total % 11]


def birth_date(number: str, *, today: date | None = None) -> date:
    """The birth date inside an 18-character number; refused if it is not a real, past day."""
    try:
        born = date(int(number[6:10]), int(number[10:12]), int(number[12:14]))
    except ValueError:
        raise _not_a_birth_date() from None
    if born.year < _EARLIEST_YEAR or born > (today or today_here()):
        raise _not_a_birth_date()
    return born


def _folded(number: str) -> str:
    if _AS_FLOAT.fullmatch(number.strip()):
        raise _typed_as_number()
    return _NOISE.sub("", fold(number)).upper()


def _refuse_shape(number: str) -> None:
    if _SHAPE_18.fullmatch(number):
        return
    if not number:
        raise Refused("id_empty", _("Enter the number of the document."))
    if re.fullmatch(r"[0-9]{15}", number, re.ASCII):
        raise Refused(
            "id_old_form", _("This is the old 15-digit number; enter the 18 characters of today.")
        )
    raise Refused("id_shape", _("An identity number has 17 digits and then a digit or X."))


def _not_a_birth_date() -> Refused:
    return Refused("id_birth", _("Digits 7 to 14 are not a possible birth date; check them."))


def _typed_as_number() -> Refused:
    return Refused(
        "id_as_number",
        _("The number was stored as a figure and has lost digits; format the column as text."),
    )
