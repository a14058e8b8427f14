"""Who may run accounts, and who may see and end devices."""

from __future__ import annotations

from django.core.exceptions import PermissionDenied
from django.utils.translation import gettext_lazy as _

from core.scope import Scope


def can_manage_users(scope: Scope) -> bool:
    return scope.can("manage_users") and bool(scope.districts)


def check_can_manage_users(scope: Scope) -> None:
    if not can_manage_users(scope):
        raise PermissionDenied(_("Your role does not run accounts."))


def can_see_devices(scope: Scope) -> bool:
    return scope.can("enrol_device") or scope.can("revoke_device")


def check_can_see_devices(scope: Scope) -> None:
    if not can_see_devices(scope):
        raise PermissionDenied(_("Your role does not see devices."))


def can_revoke_device(scope: Scope) -> bool:
    return scope.can("revoke_device")


def check_can_revoke_device(scope: Scope) -> None:
    if not can_revoke_device(scope):
        raise PermissionDenied(_("Your role does not end devices."))
