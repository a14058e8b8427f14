"""Who may fill, submit, review and unlock: pairs of a question and a check that raises."""

from __future__ import annotations

from django.core.exceptions import PermissionDenied

from core.scope import Scope
from reporting.daily.models import Report


def can_fill(scope: Scope) -> bool:
    """Whether cells of one's area may be entered."""
    return scope.can("fill_report")


def check_can_fill(scope: Scope) -> None:
    if not can_fill(scope):
        raise PermissionDenied


def can_submit(scope: Scope, report: Report | None = None) -> bool:
    """Whether this person answers for the whole street (for any, where no report is named)."""
    if report is None:
        return scope.can("submit_report")
    return scope.can("submit_report") and report.street_id in scope.streets


def check_can_submit(scope: Scope, report: Report | None = None) -> None:
    if not can_submit(scope, report):
        raise PermissionDenied


def can_review(scope: Scope) -> bool:
    """Whether what streets submitted may be accepted or returned."""
    return scope.can("review_report") and bool(scope.districts)


def check_can_review(scope: Scope) -> None:
    if not can_review(scope):
        raise PermissionDenied


def can_unlock(scope: Scope) -> bool:
    """Whether a request to unlock may be decided."""
    return scope.can("unlock_report") and bool(scope.districts)


def check_can_unlock(scope: Scope) -> None:
    if not can_unlock(scope):
        raise PermissionDenied


def can_see(scope: Scope) -> bool:
    """Whether daily numbers may be read."""
    return scope.can("see_reports")


def check_can_see(scope: Scope) -> None:
    if not can_see(scope):
        raise PermissionDenied


def can_manage_forms(scope: Scope) -> bool:
    """Whether forms, columns and checks may be changed."""
    return scope.can("manage_report_forms") and bool(scope.districts)


def check_can_manage_forms(scope: Scope) -> None:
    if not can_manage_forms(scope):
        raise PermissionDenied


def can_see_unaccepted(scope: Scope) -> bool:
    """Whether numbers are one's work before they are accepted; others see them marked, on wish."""
    return any(map(scope.can, ("review_report", "submit_report", "fill_report")))
