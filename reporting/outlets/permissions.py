"""Who may do what with what leaves the house."""

from __future__ import annotations

from django.core.exceptions import PermissionDenied
from django.utils.translation import gettext_lazy as _

from core.scope import Scope
from personnel.roles import Permission


def can_pull(scope: Scope, *, right: str = "", daily: bool = False) -> bool:
    """Whether a caller may read a resource of the API: a machine client whose token says so, or a
    person who may export figures and (with `right`) see such rows on pages too."""
    if scope.can("export_daily" if daily else "export_aggregate"):
        return True
    return scope.can(Permission.EXPORT_PROGRESS) and (not right or scope.can(right))


def check_can_pull(scope: Scope, *, right: str = "", daily: bool = False) -> None:
    """Raise PermissionDenied unless `can_pull`."""
    if not can_pull(scope, right=right, daily=daily):
        raise PermissionDenied(_("Your role or token does not include these figures."))


# --- Bulk exports -----------------------------------------------------------------------------


def can_export_rows(scope: Scope) -> bool:
    """Files hold a whole district's rows: a posting at a street is not enough."""
    return scope.can("export_rows") and bool(scope.districts)


def check_can_export_rows(scope: Scope) -> None:
    if not can_export_rows(scope):
        raise PermissionDenied(_("Your role takes no files of many rows out."))


def can_export_people(scope: Scope) -> bool:
    return can_export_rows(scope) and scope.can("export_persons")


def check_can_export_people(scope: Scope) -> None:
    if not can_export_people(scope):
        raise PermissionDenied(_("Your role takes no files of people out."))


def can_agree_to_people(scope: Scope) -> bool:
    """The second person of a file of people; that it is not the first is the service's rule."""
    return scope.can("grant_persons") and bool(scope.districts)


def check_can_agree_to_people(scope: Scope) -> None:
    if not can_agree_to_people(scope):
        raise PermissionDenied(_("Your role does not agree to files of people."))
