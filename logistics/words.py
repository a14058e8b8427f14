"""Where a vehicle stands, in words and shapes."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

STATES: dict[str, tuple[str, Any]] = {
    "free": ("ok", pgettext_lazy("vehicle", "free")),
    "on_road": ("info", _("on the road")),
    "reserve": ("stale", pgettext_lazy("vehicle", "reserve")),
    "out": ("warn", _("out of service")),
    "returned": ("done", _("given back")),
}


def state_kind(state: str) -> str:
    """The kind of badge of a state."""
    return STATES[state][0]


def state_word(state: str) -> Any:
    """What people call a state."""
    return STATES[state][1]
