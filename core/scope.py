"""Scope: whose rows a caller may see. Frozen value, passed explicitly, nothing by default.

Two fences: `ScopedQuerySet.within(scope)` in the application, and row-level security beneath it,
which reads the settings `app.districts` and `app.streets` of the connection.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from typing import Any, ClassVar, Self

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import connection, models
from psycopg.pq import TransactionStatus

_NO_IDS: frozenset[int] = frozenset()
_LEVELS = ("district", "street", "community", "unit")
_SETTINGS_SQL = (
    "SELECT set_config('app.districts', %s, {local}), set_config('app.streets', %s, {local})"
)
_SESSION_SQL = _SETTINGS_SQL.format(local="false")
# A round's partitions are empty when its first plans are made, and plans are kept: without this
# the first minutes of a round would scan tables that grow by the thousand.
_LOCAL_SQL = _SETTINGS_SQL.format(local="true") + ", set_config('enable_seqscan', 'off', true)"


@dataclass(frozen=True)
class Scope:
    """What a user, device or machine client may see and do.

    A row is visible if its district, street, community or unit is listed. `floor_streets` are the
    streets of the listed communities and units: row-level security knows districts and streets
    only, so they open the floor without widening `within`. `everything` is for commands and
    workers. `actor` is the label that audit rows carry.
    """

    districts: frozenset[int] = _NO_IDS
    streets: frozenset[int] = _NO_IDS
    communities: frozenset[int] = _NO_IDS
    units: frozenset[int] = _NO_IDS
    permissions: frozenset[str] = frozenset()
    actor: str = ""
    everything: bool = False
    floor_streets: frozenset[int] = _NO_IDS

    def can(self, permission: str) -> bool:
        """Whether the permission was granted; commands and workers may do everything."""
        return self.everything or permission in self.permissions

    @cached_property
    def digest(self) -> str:
        """Short stable text that is equal for scopes which see the same rows with equal rights."""
        parts = [self.districts, self.streets, self.communities, self.units, self.permissions]
        text = "|".join(",".join(sorted(map(str, part))) for part in parts)
        return hashlib.blake2b(f"{self.everything}|{text}".encode(), digest_size=8).hexdigest()

    @property
    def sees_nothing(self) -> bool:
        """True for a scope that no row can be within."""
        return not (
            self.everything or self.districts or self.streets or self.communities or self.units
        )


NOBODY = Scope()
"""The scope of somebody who is not signed in: it sees no row and has no permission."""


class ScopedQuerySet(models.QuerySet):
    """QuerySet whose model says in `scope_lookups` how a row is reached from a scope.

    Example: `scope_lookups = {"district": "district_id", "street": "point__street_id"}`.
    """

    def within(self, scope: Scope | None) -> Self:
        """Rows the scope may see; no scope, an empty scope or no matching level sees nothing."""
        if scope is None:
            return self.none()
        if scope.everything:
            return self.all()
        condition = models.Q()
        for level, lookup in self._scope_lookups().items():
            ids = _ids(scope, level)
            if ids:
                condition |= models.Q(**{f"{lookup}__in": sorted(ids)})
        return self.filter(condition) if condition else self.none()

    def _scope_lookups(self) -> Mapping[str, str]:
        lookups: Mapping[str, str] | None = getattr(self.model, "scope_lookups", None)
        if not lookups or not set(lookups) <= set(_LEVELS):
            raise ImproperlyConfigured(
                f"{self.model.__name__}.scope_lookups must map some of {', '.join(_LEVELS)}."
            )
        return lookups


def _ids(scope: Scope, level: str) -> frozenset[int]:
    by_level = {
        "district": scope.districts,
        "street": scope.streets,
        "community": scope.communities,
        "unit": scope.units,
    }
    return by_level[level]


def scope_settings_sql(scope: Scope) -> tuple[str, list[str]]:
    """One statement that opens the floor for the running transaction only (SET LOCAL).

    For the hot path, which opens its own transaction and wants a single round trip.
    """
    return _LOCAL_SQL, list(_floor(scope))


@contextmanager
def scoped(scope: Scope) -> Iterator[Scope]:
    """Open row-level security for `scope` on this thread's connection, close it on exit.

    Works inside and outside of a transaction; nested use restores the outer scope. One round trip
    each way. Numbered, because two failures meet here:
    1. the settings are those of the session, so that rendering and streams after a commit see them;
    2. on exit they are set back, with the driver's own cursor: Django refuses statements once an
       inner block asked for a rollback;
    3. in an aborted transaction nothing can be set, but its rollback restores what was before;
    4. a broken or closed connection has nothing to restore; one that took its place is set
       like the old one, because an inner scope may have opened it.
    """
    stack = _Stack.of(connection)
    values = _floor(scope)
    with connection.cursor() as cursor:
        cursor.execute(_SESSION_SQL, values)
    stack.append(values)
    try:
        yield scope
    finally:
        stack.pop()
        _restore(stack[-1] if stack else ("", ""))


def current_floor() -> tuple[str, str]:
    """The innermost (districts, streets) this thread opened, as comma-separated ids."""
    stack = _Stack.of(connection)
    return stack[-1] if stack else ("", "")


class _Stack:
    """The floors opened by this thread, kept on its connection wrapper (one per thread)."""

    NAME: ClassVar[str] = "_jinjian_floors"

    @classmethod
    def of(cls, wrapper: Any) -> list[tuple[str, str]]:
        # `connection` is a proxy: setattr and getattr reach this thread's own wrapper.
        stack: list[tuple[str, str]] | None = getattr(wrapper, cls.NAME, None)
        if stack is None:
            stack = []
            setattr(wrapper, cls.NAME, stack)
        return stack


def _restore(values: tuple[str, str]) -> None:
    driver = connection.connection
    if driver is None or driver.closed:
        return
    status = driver.info.transaction_status
    if status in (TransactionStatus.IDLE, TransactionStatus.INTRANS):
        driver.execute(_SESSION_SQL, values)


def _floor(scope: Scope) -> tuple[str, str]:
    if scope.everything:
        # Workers and the owner pass by policies of their own; a web process must never ask.
        if settings.ROLE == "web":
            raise ImproperlyConfigured("Only workers and commands may see everything.")
        return "", ""
    streets = scope.streets | scope.floor_streets
    return _csv(scope.districts), _csv(streets)


def _csv(ids: frozenset[int]) -> str:
    return ",".join(map(str, sorted(ids)))
