"""What a password must be, and passwords made by the machine."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

from django.contrib.auth import password_validation
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

if TYPE_CHECKING:
    from personnel.models import User

MINIMUM_LENGTH = 12
# Favourites of Chinese keyboards that lists of English passwords do not hold.
PATTERNS = ("woaini", "5201314", "1314520", "1qaz2wsx", "qwer1234", "a123456", "123456789", "aini")
# Without 0/O, 1/l/I: these are read aloud and typed from paper.
ALPHABET = "abcdefghijkmnpqrstuvwxyz23456789"


def check_password_fit(password: str, user: User | None = None) -> None:
    """Refuse a password that is short, common, repetitive, or made of the person's names.

    Raises:
        ValidationError: one message for each thing to mend.
    """
    messages: list[str] = []
    folded = password.lower()
    if len(password) < MINIMUM_LENGTH:
        messages.append(_("Use at least 12 characters."))
    if len(set(folded)) < 5 or any(folded.startswith(pattern) for pattern in PATTERNS):
        messages.append(_("This is one of the first passwords that people guess."))
    try:
        password_validation.validate_password(password, user)
    except ValidationError as refused:
        # The configured minimum may be lower than ours; two lengths in one list would confuse.
        messages += [
            line
            for error in refused.error_list
            if error.code != "password_too_short"
            for line in error.messages
        ]
    if messages:
        raise ValidationError(messages)


def make_password_text() -> str:
    """A password of 80 random bits in four groups, to be shown once."""
    return "-".join("".join(secrets.choice(ALPHABET) for _i in range(4)) for _g in range(4))
