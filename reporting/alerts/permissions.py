"""Who may see alerts, handle them, and change the rules."""

from __future__ import annotations

from django.core.exceptions import PermissionDenied
from django.utils.translation import gettext_lazy as _

from core.scope import Scope


def can_see_alerts(scope: Scope) -> bool:
    return scope.can("see_alerts")


def check_can_see_alerts(scope: Scope) -> None:
    if not can_see_alerts(scope):
        raise PermissionDenied(_("Your role does not see alerts."))


def can_handle_alert(scope: Scope) -> bool:
    return scope.can("handle_alert")


def check_can_handle_alert(scope: Scope) -> None:
    if not can_handle_alert(scope):
        raise PermissionDenied(_("Your role does not handle alerts."))


def can_manage_alert_rules(scope: Scope) -> bool:
    """Rules are a district's: nobody changes them for one street alone."""
    return scope.can("manage_alert_rules") and bool(scope.districts)


def check_can_manage_alert_rules(scope: Scope) -> None:
    if not can_manage_alert_rules(scope):
        raise PermissionDenied(_("Your role does not change the rules of alerts."))
