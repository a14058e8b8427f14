"""Who may run accounts, devices, the list of people, training and duty."""

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


def can_see_staff(scope: Scope) -> bool:
    return scope.can("see_staff")


def check_can_see_staff(scope: Scope) -> None:
    if not can_see_staff(scope):
        raise PermissionDenied(_("Your role does not see the list of people."))


def can_manage_staff(scope: Scope) -> bool:
    return scope.can("manage_staff")


def check_can_manage_staff(scope: Scope) -> None:
    if not can_manage_staff(scope):
        raise PermissionDenied(_("Your role does not keep the list of people."))


def can_manage_staff_lists(scope: Scope) -> bool:
    """Teams, task forces, lending and the lists of terms are the district's."""
    return scope.can("manage_staff") and bool(scope.districts)


def check_can_manage_staff_lists(scope: Scope) -> None:
    if not can_manage_staff_lists(scope):
        raise PermissionDenied(_("Only the district keeps this list."))


def can_change_member(scope: Scope, *, district_id: int, street_id: int | None) -> bool:
    """Whoever is only on duty in one's street is seen there, and kept by others."""
    return can_manage_staff(scope) and (
        district_id in scope.districts or (street_id is not None and street_id in scope.streets)
    )


def check_can_change_member(scope: Scope, *, district_id: int, street_id: int | None) -> None:
    if not can_change_member(scope, district_id=district_id, street_id=street_id):
        raise PermissionDenied(_("This person is kept on the list by another street."))


def can_unveil_staff(scope: Scope) -> bool:
    return scope.can("unveil_staff")


def check_can_unveil_staff(scope: Scope) -> None:
    if not can_unveil_staff(scope):
        raise PermissionDenied(_("Your role does not read names and telephones in full."))


def can_note_reach(scope: Scope) -> bool:
    return can_unveil_staff(scope) or can_manage_staff(scope)


def check_can_note_reach(scope: Scope) -> None:
    if not can_note_reach(scope):
        raise PermissionDenied(_("Your role does not note who was reached."))


def can_train(scope: Scope) -> bool:
    return scope.can("train")


def check_can_train(scope: Scope) -> None:
    if not can_train(scope):
        raise PermissionDenied(_("Your role does not run courses and qualifications."))


def can_see_duty(scope: Scope) -> bool:
    return scope.can("see_duty")


def check_can_see_duty(scope: Scope) -> None:
    if not can_see_duty(scope):
        raise PermissionDenied(_("Your role does not see who is on duty."))


def can_roster(scope: Scope) -> bool:
    return scope.can("roster")


def check_can_roster(scope: Scope) -> None:
    if not can_roster(scope):
        raise PermissionDenied(_("Your role does not put people on duty."))


def can_switch_attendance(scope: Scope) -> bool:
    """Whether presence is noted is the whole district's to say, not one street's."""
    return can_roster(scope) and bool(scope.districts)


def check_can_switch_attendance(scope: Scope) -> None:
    if not can_switch_attendance(scope):
        raise PermissionDenied(_("Your role does not say whether presence is noted."))
