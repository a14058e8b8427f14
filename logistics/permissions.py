"""Who may see and run vehicles, orders and home visits."""

from __future__ import annotations

from django.core.exceptions import PermissionDenied
from django.utils.translation import gettext_lazy as _

from core.scope import Scope


def can_see_dispatch(scope: Scope) -> bool:
    return scope.can("see_dispatch")


def check_can_see_dispatch(scope: Scope) -> None:
    if not can_see_dispatch(scope):
        raise PermissionDenied(_("Your role does not see vehicles and orders."))


def can_manage_vehicles(scope: Scope) -> bool:
    return scope.can("manage_vehicles")


def check_can_manage_vehicles(scope: Scope) -> None:
    if not can_manage_vehicles(scope):
        raise PermissionDenied(_("Your role does not run the list of vehicles."))


def can_see_visits(scope: Scope) -> bool:
    return scope.can("see_visits")


def check_can_see_visits(scope: Scope) -> None:
    if not can_see_visits(scope):
        raise PermissionDenied(_("Your role does not see home visits."))


def can_raise_visit(scope: Scope) -> bool:
    return scope.can("raise_visit")


def check_can_raise_visit(scope: Scope) -> None:
    if not can_raise_visit(scope):
        raise PermissionDenied(_("Your role does not ask for home visits."))


def can_plan_visits(scope: Scope) -> bool:
    """Merge requests, give them to teams and cars, decide what follows a refusal."""
    return scope.can("plan_visits")


def check_can_plan_visits(scope: Scope) -> None:
    if not can_plan_visits(scope):
        raise PermissionDenied(_("Your role does not plan home visits."))


def can_dispatch(scope: Scope) -> bool:
    """Order people, teams and vehicles: the district's command and its dispatchers."""
    return scope.can("dispatch") and bool(scope.districts)


def check_can_dispatch(scope: Scope) -> None:
    if not can_dispatch(scope):
        raise PermissionDenied(_("Your role does not order people and vehicles."))


def can_open_visit(scope: Scope) -> bool:
    """Read who a visit is for: those who plan, and the community that asked for it."""
    return can_plan_visits(scope) or (can_raise_visit(scope) and not scope.districts)


def check_can_open_visit(scope: Scope) -> None:
    if not can_open_visit(scope):
        raise PermissionDenied(_("Your role does not read who home visits are for."))


def can_see_own_duty(scope: Scope) -> bool:
    """One's own orders, duties, trip and visits, wherever they are: nobody else's."""
    return scope.can("own_duty")


def check_can_see_own_duty(scope: Scope) -> None:
    if not can_see_own_duty(scope):
        raise PermissionDenied(_("Your role has no duties of its own."))
