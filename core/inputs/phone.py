"""Rule R12: telephone numbers."""

from __future__ import annotations

import re

from django.utils.translation import gettext_lazy as _

from core.inputs.digits import fold_digits
from core.inputs.refusal import Refused

_MOBILE = re.compile(r"1[3-9][0-9]{9}", re.ASCII)
_SEPARATORS = re.compile(r"[\s().\u2010-\u2015-]+")
_COUNTRY = re.compile(r"(?:\+86|0086)(?=1)", re.ASCII)
_ANY = re.compile(r"\+?[0-9]{5,20}", re.ASCII)


def phone(text: object, *, confirmed: bool = False) -> str:
    """Return a mobile number as 11 digits; separators and +86 / 0086 are taken off.

    Anything else of 5 to 20 digits (landlines, foreign numbers) is refused with the code
    `phone_confirm` until the caller passes `confirmed=True`.
    """
    if not isinstance(text, str):
        raise _misshapen()
    if _MOBILE.fullmatch(text):
        return text
    number = _COUNTRY.sub("", _SEPARATORS.sub("", fold_digits(text)), count=1)
    if _MOBILE.fullmatch(number):
        return number
    if not number:
        raise Refused("phone_empty", _("Enter a telephone number."))
    if not _ANY.fullmatch(number):
        raise _misshapen()
    if not confirmed:
        raise Refused(
            "phone_confirm",
            _("This is not a mobile number of 11 digits; correct it, or confirm that it is right."),
        )
    return number


def _misshapen() -> Refused:
    return Refused("phone_shape", _("A mobile number has 11 digits and starts with 13 to 19."))
