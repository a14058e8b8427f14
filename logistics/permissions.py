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
