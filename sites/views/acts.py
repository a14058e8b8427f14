"""One act of one button: done and back to the page, or refused in words on the page itself."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.forms import Form

from core.inputs import Refused

NOT_FOUND = 404


def refusal_of(act: Callable[[], Any]) -> Refused | None:
    """Do it; what was refused comes back. An object outside the caller's area stays an error."""
    try:
        act()
    except Refused as refused:
        if refused.status == NOT_FOUND:
            raise
        return refused
    return None


def add_refusal(form: Form, refused: Refused) -> None:
    """Put a refusal where it belongs: at its field, or on top of the form."""
    name = refused.path if refused.path in form.fields else None
    form.add_error(name, refused.as_validation_error())


def first_error(form: Form) -> Refused:
    """What is wrong with a form of one or two fields, for a page that shows one sentence."""
    for errors in form.errors.as_data().values():
        for error in errors:
            return Refused(error.code or "invalid", error.messages[0].replace("%", "%%") % ())
    return Refused("invalid", "")
