"""Who may capture, enter tallies, see and decide conflicts."""

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
