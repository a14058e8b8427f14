"""Who may capture, enter tallies, set up and run points, call buildings, decide conflicts."""

from __future__ import annotations

from django.core.exceptions import PermissionDenied
from django.utils.translation import gettext_lazy as _

from core.scope import Scope


def can_capture(scope: Scope) -> bool:
    return scope.can("capture") and bool(scope.units)


def check_can_capture(scope: Scope) -> None:
    if not can_capture(scope):
        raise PermissionDenied(_("Only an enrolled device captures samples."))


def can_enter_tally(scope: Scope) -> bool:
    return scope.can("enter_tally")


def check_can_enter_tally(scope: Scope) -> None:
    if not can_enter_tally(scope):
        raise PermissionDenied(_("Your role does not enter tallies."))


def can_see_conflicts(scope: Scope) -> bool:
    return scope.can("see_conflicts")


def check_can_see_conflicts(scope: Scope) -> None:
    if not can_see_conflicts(scope):
        raise PermissionDenied(_("Your role does not see conflicts."))


def can_decide_conflict(scope: Scope) -> bool:
    return scope.can("decide_conflict")


def check_can_decide_conflict(scope: Scope) -> None:
    if not can_decide_conflict(scope):
        raise PermissionDenied(_("Your role does not decide conflicts."))


def can_see_points(scope: Scope) -> bool:
    return scope.can("see_points")


def check_can_see_points(scope: Scope) -> None:
    if not can_see_points(scope):
        raise PermissionDenied(_("Your role does not see points."))


def can_manage_points(scope: Scope) -> bool:
    """Set points up: their data, their units, the areas they need, the places reserved."""
    return scope.can("manage_points")


def check_can_manage_points(scope: Scope) -> None:
    if not can_manage_points(scope):
        raise PermissionDenied(_("Your role does not set up points."))


def can_manage_units(scope: Scope) -> bool:
    """Run points: the checklist, and opening, pausing and closing of points and units."""
    return scope.can("manage_units")


def check_can_manage_units(scope: Scope) -> None:
    if not can_manage_units(scope):
        raise PermissionDenied(_("Your role does not open or close points."))


def can_report_queue(scope: Scope) -> bool:
    return scope.can("report_queue")


def check_can_report_queue(scope: Scope) -> None:
    if not can_report_queue(scope):
        raise PermissionDenied(_("Your role does not report queues."))


def can_call_up(scope: Scope) -> bool:
    return scope.can("call_up")


def check_can_call_up(scope: Scope) -> None:
    if not can_call_up(scope):
        raise PermissionDenied(_("Your role does not call buildings."))


def can_enrol_device(scope: Scope) -> bool:
    return scope.can("enrol_device")


def check_can_enrol_device(scope: Scope) -> None:
    if not can_enrol_device(scope):
        raise PermissionDenied(_("Your role does not enrol devices."))
