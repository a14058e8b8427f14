"""Template words of one's own page: what shows in which state, a key for every button."""

from __future__ import annotations

from typing import Any

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

from logistics.models import OrderState, TripState, VisitState
from personnel.models import DutyState

register = template.Library()
_FACES = {
    OrderState.REQUESTED: "warn",
    OrderState.ACCEPTED: "info",
    OrderState.DECLINED: "stale",
    OrderState.EN_ROUTE: "info",
    OrderState.ON_SITE: "ok",
    OrderState.RELEASED: "done",
    OrderState.WITHDRAWN: "stale",
}
STATES: dict[str, list[tuple[str, Any, str]]] = {
    "order": [(state.value, state.label, _FACES[state]) for state in OrderState],
    "trip": [
        (TripState.PLANNED.value, TripState.PLANNED.label, "stale"),
        (TripState.EN_ROUTE.value, TripState.EN_ROUTE.label, "info"),
        (TripState.DONE.value, TripState.DONE.label, "done"),
        (TripState.CANCELLED.value, TripState.CANCELLED.label, "crit"),
    ],
    "duty": [
        (DutyState.BOOKED.value, DutyState.BOOKED.label, "stale"),
        (DutyState.PRESENT.value, DutyState.PRESENT.label, "ok"),
        (DutyState.DONE.value, DutyState.DONE.label, "done"),
    ],
    "visit": [
        (VisitState.ASSIGNED.value, VisitState.ASSIGNED.label, "info"),
        (VisitState.DONE.value, VisitState.DONE.label, "done"),
        (VisitState.REFUSED.value, VisitState.REFUSED.label, "warn"),
        (VisitState.ABSENT.value, VisitState.ABSENT.label, "warn"),
        (VisitState.AGAIN.value, VisitState.AGAIN.label, "warn"),
    ],
}  # fmt: skip
"""The states of each kind of card, with words and faces: a phone shows the next one by itself."""


@register.simple_tag
def when(state: str, shown: str) -> SafeString:
    """Attributes of what shows in these states: hidden now unless `state` is one of them."""
    hidden = "" if state in shown.split() else " hidden"
    return format_html(' data-when="{}"{}', shown, mark_safe(hidden))  # noqa: S308


@register.simple_tag
def states_of(subject: str) -> list[tuple[str, Any, str]]:
    """(state, word, face) of a kind of card."""
    return STATES[subject]


@register.filter
def moved(number: int) -> str:
    """How many get on (+) or off (−)."""
    return f"+{number}" if number > 0 else f"−{-number}" if number else "0"
