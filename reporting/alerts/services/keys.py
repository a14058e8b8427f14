"""A form that is sent twice is one act: what was made under its key comes back."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from django.db import IntegrityError, models, transaction
from django.utils.translation import gettext_lazy as _

from core.constraints import readable
from core.inputs import Conflict

T = TypeVar("T", bound=models.Model)


def once(find: Callable[[], T | None], make: Callable[[], T]) -> T:
    """What was made before, or what `make` makes now in a transaction of its own.

    Two at once: the second breaks the unique key, and finds what the first has made.
    """
    found = find()
    if found is not None:
        return found
    try:
        with transaction.atomic():
            return make()
    except IntegrityError as broken:
        found = find()
        if found is not None:
            return found
        raise readable(broken) from broken


def same(found: T | None, **said: object) -> T | None:
    """The row found under a key, if it says what is sent now.

    Raises Conflict where a key comes again with other content: nothing that somebody typed is
    dropped silently.
    """
    if found is not None and any(getattr(found, name) != value for name, value in said.items()):
        raise Conflict(
            "already_sent",
            _(
                "This form was sent before with other words, and those are kept. "
                "Check the list, then send again if this is something new."
            ),
        )
    return found
