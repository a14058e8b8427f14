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


def can_see_log(scope: Scope) -> bool:
    return scope.can("see_log")


def check_can_see_log(scope: Scope) -> None:
    if not can_see_log(scope):
        raise PermissionDenied(_("Your role does not see the activity log."))


def can_write_log(scope: Scope) -> bool:
    return scope.can("write_log")


def check_can_write_log(scope: Scope) -> None:
    if not can_write_log(scope):
        raise PermissionDenied(_("Your role does not write the activity log."))


def can_promote_event(scope: Scope) -> bool:
    return scope.can("promote_event")


def check_can_promote_event(scope: Scope) -> None:
    if not can_promote_event(scope):
        raise PermissionDenied(_("Your role does not choose the major events."))


def can_see_matters(scope: Scope) -> bool:
    return scope.can("see_matters")


def check_can_see_matters(scope: Scope) -> None:
    if not can_see_matters(scope):
        raise PermissionDenied(_("Your role does not see matters."))


def can_raise_matter(scope: Scope) -> bool:
    return scope.can("raise_matter")


def check_can_raise_matter(scope: Scope) -> None:
    if not can_raise_matter(scope):
        raise PermissionDenied(_("Your role does not raise matters."))


def can_handle_matter(scope: Scope) -> bool:
    return scope.can("handle_matter")


def check_can_take_step(scope: Scope, action: str) -> None:
    """Whoever raises matters tells how they go on; the other steps are of those who handle them."""
    reports = action in ("follow_up", "reopen") and can_raise_matter(scope)
    if not reports and not can_handle_matter(scope):
        raise PermissionDenied(_("Your role does not handle matters."))


def can_ask_exception(scope: Scope) -> bool:
    """A request starts in a community or its street: the district decides on it later."""
    return scope.can("raise_matter") and bool(scope.streets or scope.communities)


def check_can_ask_exception(scope: Scope) -> None:
    if not can_ask_exception(scope):
        raise PermissionDenied(_("A community or its street asks for an exception."))


def check_can_speak(scope: Scope, action: str) -> None:
    """The street recommends, the district decides, who asked may withdraw; any other word is a
    wrong value of the form."""
    handles = can_handle_matter(scope)
    may = {
        "support": handles and bool(scope.streets),
        "oppose": handles and bool(scope.streets),
        "grant": handles and bool(scope.districts),
        "refuse": handles and bool(scope.districts),
    }
    if not may.get(action, handles or can_raise_matter(scope)):
        raise PermissionDenied(
            _("The street recommends, the district decides, and who asked may withdraw.")
        )
