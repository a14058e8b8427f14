"""Rule R13: bar codes as scanners deliver them."""

from __future__ import annotations

import re

from django.utils.translation import gettext_lazy as _

from core.inputs.digits import fold
from core.inputs.refusal import Refused

SHORTEST = 6
LONGEST = 32

_PLAIN = re.compile(r"[A-Z0-9-]{6,32}", re.ASCII)
_ALLOWED = re.compile(r"[A-Z0-9-]*", re.ASCII)
_AIM_PREFIX = re.compile(r"\][A-Za-z][0-9A-Za-z]", re.ASCII)


def barcode(text: object) -> str:
    """Return the code in its one written form: folded, upper case, 6 to 32 of A-Z 0-9 and `-`.

    CR, LF, TAB and spaces at the ends and an AIM symbology prefix (`]C1`) are taken off. Two reads
    glued into one ("ABC123ABC123") are refused: half of them is not what was scanned.
    """
    if not isinstance(text, str):
        raise Refused("barcode_text", _("A bar code is text; scan it again."))
    code = text
    if not _PLAIN.fullmatch(code):
        code = _AIM_PREFIX.sub("", fold(code).strip(), count=1) if "]" in code else fold(code)
        code = code.strip().upper()
        _refuse_shape(code)
    half, odd = divmod(len(code), 2)
    if not odd and half >= SHORTEST and code[:half] == code[half:]:
        raise _glued()
    return code


def _refuse_shape(code: str) -> None:
    if not code:
        raise Refused("barcode_empty", _("Scan or type the code."))
    if "]" in code or len(code.split()) > 1:
        raise _glued()
    if not _ALLOWED.fullmatch(code):
        raise Refused("barcode_characters", _("A code holds letters A-Z, digits and - only."))
    if not SHORTEST <= len(code) <= LONGEST:
        raise Refused(
            "barcode_length",
            _("A code has %(shortest)s to %(longest)s characters; this has %(length)s."),
            shortest=SHORTEST,
            longest=LONGEST,
            length=len(code),
        )


def _glued() -> Refused:
    return Refused("barcode_double", _("Two scans ran together; clear the field and scan again."))
