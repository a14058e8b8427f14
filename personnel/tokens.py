"""Secrets that machines carry: made at random, kept only as digests.

A plain SHA-256 is enough for 256 random bits; what people type (an enrolment code of 40 bits, a
user name) is digested with the installation's key, so that a stolen table cannot be searched.
"""

from __future__ import annotations

import hashlib
import secrets
import unicodedata

from django.utils.crypto import salted_hmac

# Crockford's base 32: no I, L, O, U.
CODE_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
CODE_LENGTH = 8
_MISREAD = str.maketrans({"I": "1", "L": "1", "O": "0", "-": None, " ": None})


def new_token() -> str:
    """A token of 256 random bits, safe in a header and in a URL."""
    return secrets.token_urlsafe(32)


def token_hash(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()


def new_code() -> str:
    """An enrolment code `XXXX-XXXX` of 40 random bits."""
    text = "".join(secrets.choice(CODE_ALPHABET) for _i in range(CODE_LENGTH))
    return f"{text[:4]}-{text[4:]}"


def fold_code(typed: str) -> str | None:
    """Read a code as typed: any width and case, dashes or not, I/L as 1, O as 0; or None."""
    if len(typed) > 40:
        return None
    code = unicodedata.normalize("NFKC", typed).upper().translate(_MISREAD)
    known = len(code) == CODE_LENGTH and all(letter in CODE_ALPHABET for letter in code)
    return code if known else None


def code_hash(folded: str) -> str:
    return salted_hmac("personnel.code", folded, algorithm="sha256").hexdigest()


def subject_hash(kind: str, *parts: str) -> str:
    """A keyed digest of who tried what, for the table of attempts."""
    text = "\x1f".join(parts)[:1000].encode("utf-8", "replace").decode()
    return salted_hmac(f"personnel.attempt.{kind}", text, algorithm="sha256").hexdigest()
