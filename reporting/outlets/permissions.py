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


def can_pull_persons(scope: Scope) -> bool:
    """Rows of people: a machine client that two persons of the district have let, and no role."""
    return scope.can("export_person")


def check_can_pull_persons(scope: Scope) -> None:
    if not can_pull_persons(scope):
        raise PermissionDenied(_("Your token does not include rows of people."))


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


# --- Situation reports ------------------------------------------------------------------------


def can_see_situation(scope: Scope) -> bool:
    """Whether situation reports, drafts too, may be read."""
    return scope.can(Permission.SEE_SITUATION)


def check_can_see_situation(scope: Scope) -> None:
    if not can_see_situation(scope):
        raise PermissionDenied(_("Your role does not see situation reports."))


def can_write_situation(scope: Scope) -> bool:
    """Whether reports may be opened, put into words, submitted and withdrawn."""
    return scope.can(Permission.WRITE_SITUATION) and bool(scope.districts)


def check_can_write_situation(scope: Scope) -> None:
    if not can_write_situation(scope):
        raise PermissionDenied(_("Your role does not write situation reports."))


def can_approve_situation(scope: Scope) -> bool:
    """Whether reports may be returned and issued; never one's own, which is the service's rule."""
    return scope.can(Permission.APPROVE_SITUATION) and bool(scope.districts)


def check_can_approve_situation(scope: Scope) -> None:
    if not can_approve_situation(scope):
        raise PermissionDenied(_("Your role does not approve situation reports."))


# --- Outlets to superiors ---------------------------------------------------------------------


def can_see_outlets(scope: Scope) -> bool:
    """What goes to superiors is the district's: a posting at a street is not enough."""
    return scope.can("see_outlets") and bool(scope.districts)


def check_can_see_outlets(scope: Scope) -> None:
    if not can_see_outlets(scope):
        raise PermissionDenied(_("Your role does not see what goes to superiors."))


def can_manage_outlets(scope: Scope) -> bool:
    """Who enters superiors, notes what was sent, and looks after deliveries."""
    return scope.can("manage_outlets") and bool(scope.districts)


def check_can_manage_outlets(scope: Scope) -> None:
    if not can_manage_outlets(scope):
        raise PermissionDenied(_("Your role does not change what goes to superiors."))


# --- Machine clients --------------------------------------------------------------------------


def can_manage_clients(scope: Scope) -> bool:
    """A client may see a whole district: a posting at a street is not enough."""
    return scope.can("manage_clients") and bool(scope.districts)


def check_can_manage_clients(scope: Scope) -> None:
    if not can_manage_clients(scope):
        raise PermissionDenied(_("Your role does not run API clients."))


def can_see_clients(scope: Scope) -> bool:
    return can_manage_clients(scope) or (scope.can("see_outlets") and bool(scope.districts))


def check_can_see_clients(scope: Scope) -> None:
    if not can_see_clients(scope):
        raise PermissionDenied(_("Your role does not see API clients."))


def can_grant_persons(scope: Scope) -> bool:
    """The second person of a client that reads rows of people; the service refuses the first."""
    return scope.can("grant_persons") and bool(scope.districts)


def check_can_grant_persons(scope: Scope) -> None:
    if not can_grant_persons(scope):
        raise PermissionDenied(_("Your role does not decide about rows of people."))


def can_preview_roles(scope: Scope) -> bool:
    return (scope.can("manage_users") or scope.can("manage_clients")) and bool(scope.districts)


def check_can_preview_roles(scope: Scope) -> None:
    if not can_preview_roles(scope):
        raise PermissionDenied(_("Your role does not look at what other roles see."))
