"""The frame around every page: only pages that exist and that this person may open are listed."""

from __future__ import annotations

from typing import Any

from django import template
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from core.scope import Scope

register = template.Library()

# url name, icon, word, permissions of which one is needed (none: everybody who is signed in)
PAGES = (
    ("boards:today", "today", _("Today"), ""),
    ("daily:reports", "report", _("Daily numbers"), "fill_report"),
    ("field:own", "own", _("My duty"), "own_duty"),
    ("boards:overview", "overview", _("Overview"), "see_board"),
    ("boards:map", "map", _("Map"), "see_map"),
    ("sites:points", "point", _("Points"), "see_points"),
    ("sites:call_up", "call", _("Call-up"), "call_up"),
    ("duty:places", "duty", _("On duty"), "see_duty"),
    ("dispatch:board", "dispatch", _("Dispatch"), "see_dispatch"),
    ("visits:visits", "visit", _("Home visits"), "see_visits"),
    ("daily:review", "check", _("Review"), "see_reports"),
    ("situation:reports", "sitrep", _("Situation reports"), "see_situation"),
    ("upward:outlets", "upward", _("Reporting upward"), "see_outlets"),
    ("alerts:alerts", "bell", _("Alerts"), "see_alerts"),
    ("alerts:matters", "matter", _("Matters"), "see_matters"),
    ("alerts:log", "log", _("Log"), "see_log"),
    ("sites:conflicts", "conflict", _("Conflicts"), "see_conflicts"),
    ("staff:people", "staff", pgettext_lazy("list of people", "People"), "see_staff"),
    ("training:courses", "training", _("Training"), "see_staff"),
    ("patches:patches", "patch", _("Patches"), "see_staff"),
    ("logistics:vehicles", "vehicle", _("Vehicles"), "see_dispatch"),
    ("campaigns:rounds", "round", _("Rounds"), "see_rounds"),
    ("campaigns:divisions", "tree", _("Divisions"), "see_divisions"),
    ("campaigns:register", "register", _("Register"), "see_register"),
    (
        "imports:home",
        "import",
        _("Import"),
        "manage_divisions import_register manage_points import_report manage_staff train"
        " manage_vehicles",
    ),
    ("exports:exports", "export", _("Exports"), "export_rows"),
    ("clients:clients", "plug", _("API clients"), "manage_clients see_outlets"),
    ("boards:walls", "wall", _("Wall"), "manage_wall_links"),
    ("personnel:devices", "device", _("Devices"), "enrol_device"),
    ("personnel:accounts", "people", _("Accounts"), "manage_users"),
    ("personnel:password_change", "key", _("Password"), ""),
)


def url_of(name: str) -> str:
    """The path of a named page, or nothing when this installation does not have it."""
    try:
        return reverse(name)
    except NoReverseMatch:
        return ""


@register.simple_tag(takes_context=True)
def navigation(context: dict[str, Any]) -> list[dict[str, Any]]:
    """The pages this person may open; nothing for a visitor."""
    request = context.get("request")
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated:
        return []
    scope = getattr(request, "scope", None)
    pages = [] if scope is None else _own_street(request.path, scope)
    for name, icon, word, permissions in PAGES:
        url = url_of(name)
        needed = permissions.split()
        allowed = not needed or (scope is not None and any(map(scope.can, needed)))
        if url and allowed:
            pages.append({"url": url, "icon": icon, "word": word, "current": request.path == url})
    return pages


def _own_street(path: str, scope: Scope) -> list[dict[str, Any]]:
    """The street's page first, for whoever works in one street: a point lead has no overview."""
    if scope.districts or len(scope.streets) != 1 or not scope.can("see_street"):
        return []
    url = reverse("boards:street", args=[min(scope.streets)])
    return [{"url": url, "icon": "street", "word": _("My street"), "current": path == url}]


@register.simple_tag
def sign_out_url() -> str:
    """Where the sign-out button posts to."""
    return url_of("personnel:sign_out")


@register.simple_tag(takes_context=True)
def other_roles(context: dict[str, Any]) -> list[dict[str, Any]]:
    """The roles this person can act in, the present one marked; empty when there is no choice."""
    request = context.get("request")
    caller = getattr(request, "caller", None)
    standing = caller.standing() if caller is not None else None
    if standing is None or len(standing.roles) < 2:
        return []
    return [
        {"value": role.value, "word": role.label, "current": role == standing.role}
        for role in standing.roles
    ]
