"""The figures of a situation report as one typed document: made once, kept as JSON, never changed.

Whatever a report shows in any form is read from here. Counts are whole numbers in the unit that
their indicator names; None: this system did not know it at the cut-off. Shares are text with one
decimal, so that no reader rounds again.
"""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta
from typing import Any

import msgspec

Value = int | str | None
FORM = 1
"""Version of this document's form; readers refuse another one."""


class RoundRef(msgspec.Struct, frozen=True):
    """The round that every figure of the report belongs to."""

    id: int
    campaign: str
    number: int
    name: str
    starts_at: datetime
    planned_end_at: datetime | None
    target_version: int | None
    pool_size: int


class Missing(msgspec.Struct, frozen=True):
    """Reports of one form that a street had not handed in when they were due."""

    title: str
    title_en: str
    count: int


class Area(msgspec.Struct, frozen=True):
    """One area: its figures by indicator key, when it should be done and when it will be.

    `late` is how far it lies behind its deadline (negative: ahead), by the measure that boards
    use; None: not known, as in snapshots that were made before it was kept.
    """

    id: int
    level: str
    code: str
    name: str
    name_en: str
    values: dict[str, Value]
    due_at: datetime | None = None
    eta_at: datetime | None = None
    missing_reports: list[Missing] = []
    late: timedelta | None = None

    @property
    def is_late(self) -> bool:
        """Whether it will be, or is, behind its time; also where no forecast can be made. An area
        that is done never is."""
        left = self.count("remaining") or 0
        return left > 0 and self.late is not None and self.late > timedelta(0)

    def count(self, key: str) -> int | None:
        """A whole number, or None where it is not known."""
        value = self.values.get(key)
        return value if isinstance(value, int) else None


class Head(msgspec.Struct, frozen=True):
    """People engaged of one source category, each person once."""

    code: str
    name: str
    name_en: str
    people: int


class VehicleRow(msgspec.Struct, frozen=True):
    """Vehicles of one class: on the area's list, and those that drove for the round."""

    code: str
    name: str
    name_en: str
    listed: int
    engaged: int


class AlertRow(msgspec.Struct, frozen=True):
    """Alerts of one rule that stood in one street, in both languages."""

    street: str
    street_en: str
    title: str
    title_en: str
    severity: str
    count: int


class Previous(msgspec.Struct, frozen=True):
    """The issue before this one: what it said of the whole area."""

    number: int
    cut_off: datetime
    values: dict[str, Value]


class Correction(msgspec.Struct, frozen=True):
    """One figure of the issue before at its own cut-off: as it was known then and as it is now.

    `now - then = late - voided + other`: late data came in for that time, or samples were voided.
    """

    area: str
    area_en: str
    key: str
    issue: int
    cut_off: datetime
    then: int
    now: int
    late: int
    voided: int

    @property
    def other(self) -> int:
        """What neither late data nor voids explain: a new version of the target, a person who was
        moved to another street."""
        return self.now - self.then - self.late + self.voided


class Snapshot(msgspec.Struct, frozen=True):
    """All figures of a report."""

    form: int
    round: RoundRef
    cut_off: datetime
    as_of: datetime
    known_at: datetime | None
    taken_at: datetime
    version: int
    source: str
    area: Area
    streets: list[Area]
    heads: list[Head]
    vehicles: list[VehicleRow]
    alerts: list[AlertRow]
    previous: Previous | None = None
    corrections: list[Correction] = []
    corrects: int | None = None

    @property
    def people_engaged(self) -> int:
        return sum(head.people for head in self.heads)

    @property
    def corrected(self) -> list[Correction]:
        """The corrections to figures of the whole area."""
        return [row for row in self.corrections if row.area == self.area.name]

    @property
    def missing_streets(self) -> list[Area]:
        """Streets that still owed reports of their own at the cut-off."""
        return [street for street in self.streets if street.missing_reports]

    @property
    def of_one_street(self) -> bool:
        return self.area.level == "street"


def as_document(snapshot: Snapshot) -> dict[str, Any]:
    """The snapshot as plain JSON values."""
    document: dict[str, Any] = msgspec.to_builtins(snapshot)
    return document


def read(document: Any) -> Snapshot:
    """A kept snapshot. Raises msgspec.ValidationError where it is not one of this form."""
    snapshot = msgspec.convert(document, Snapshot)
    if snapshot.form != FORM:
        raise msgspec.ValidationError(f"figures of form {snapshot.form}, not {FORM}")
    return snapshot


def digest(document: dict[str, Any]) -> str:
    """SHA-256 of the figures, whatever the order of their keys: the hash that reports print."""
    return hashlib.sha256(msgspec.json.encode(document, order="deterministic")).hexdigest()
