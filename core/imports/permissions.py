"""Who may import what: the kind names the permission."""

from __future__ import annotations

from django.core.exceptions import PermissionDenied
from django.utils.translation import gettext_lazy as _

from core.imports.kinds import ImportKind, kinds_for
from core.scope import Scope


def can_import(scope: Scope, kind: ImportKind) -> bool:
    return scope.can(kind.permission)


def check_can_import(scope: Scope, kind: ImportKind) -> None:
    if not can_import(scope, kind):
        raise PermissionDenied(_("Your role does not import this kind of table."))


def can_import_something(scope: Scope) -> bool:
    return bool(kinds_for(scope))


def check_can_import_something(scope: Scope) -> None:
    if not can_import_something(scope):
        raise PermissionDenied(_("Your role imports no tables."))
