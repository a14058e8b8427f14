"""Who may see and change divisions, the register and rounds."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import PermissionDenied
from django.utils.translation import gettext_lazy as _

from core.scope import Scope


def _check(allowed: bool, words: Any) -> None:
    if not allowed:
        raise PermissionDenied(words)


def can_see_divisions(scope: Scope) -> bool:
    return scope.can("see_divisions")


def check_can_see_divisions(scope: Scope) -> None:
    _check(can_see_divisions(scope), _("Your role does not see the divisions."))


def can_manage_divisions(scope: Scope) -> bool:
    return scope.can("manage_divisions") and bool(scope.districts)


def check_can_manage_divisions(scope: Scope) -> None:
    _check(can_manage_divisions(scope), _("Your role does not change divisions."))


def can_see_rounds(scope: Scope) -> bool:
    return scope.can("see_rounds") and bool(scope.districts)


def check_can_see_rounds(scope: Scope) -> None:
    _check(can_see_rounds(scope), _("Your role does not see the plans of rounds."))


def can_plan_round(scope: Scope) -> bool:
    return scope.can("plan_round") and bool(scope.districts)


def check_can_plan_round(scope: Scope) -> None:
    _check(can_plan_round(scope), _("Your role does not plan rounds; a planner does."))


def can_approve_round(scope: Scope) -> bool:
    return scope.can("approve_round") and bool(scope.districts)


def check_can_approve_round(scope: Scope) -> None:
    _check(
        can_approve_round(scope),
        _("Your role does not start, extend or close rounds; a commander does."),
    )


def can_see_register(scope: Scope) -> bool:
    return scope.can("see_register")


def check_can_see_register(scope: Scope) -> None:
    _check(can_see_register(scope), _("Your role does not see the register."))


def can_import_register(scope: Scope) -> bool:
    return scope.can("import_register") and bool(scope.districts)


def check_can_import_register(scope: Scope) -> None:
    _check(can_import_register(scope), _("Your role does not import the register."))


def can_unmask_resident(scope: Scope) -> bool:
    return scope.can("unmask_resident")


def check_can_unmask_resident(scope: Scope) -> None:
    _check(can_unmask_resident(scope), _("Your role does not read residents' full data."))


def can_decide_exemption(scope: Scope) -> bool:
    return scope.can("decide_exemption")


def check_can_decide_exemption(scope: Scope) -> None:
    _check(can_decide_exemption(scope), _("Your role does not decide exemptions."))
