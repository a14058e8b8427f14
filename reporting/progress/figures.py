"""What boards and API are given: typed rows, every figure with its round, time and source."""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from decimal import Decimal

from django.utils.functional import Promise

from reporting.progress import measures
from reporting.progress.measures import Eta


@dataclass(frozen=True, slots=True)
class Figures:
    """Counts of one area. Swabs and tallies are 人次, tubes 管, all others persons (人)."""

    target: int = 0
    exempt: int = 0
    persons: int = 0
    exempt_persons: int = 0
    outside_persons: int = 0
    off_register_persons: int = 0
    accepted_reasons: int = 0
    swabs: int = 0
    off_register_swabs: int = 0
    voided: int = 0
    tubes: int = 0
    sealed: int = 0
    tallied: int = 0
    tallied_tubes: int = 0
    last_swab_at: datetime | None = None
    last_received_at: datetime | None = None
    second_swabs: int | None = None

    @property
    def everybody(self) -> int:
        """All persons sampled, whatever their standing."""
        return self.persons + self.exempt_persons + self.outside_persons + self.off_register_persons

    @property
    def remaining(self) -> int:
        return measures.remaining(self.target, self.persons, self.accepted_reasons)

    def plus(self, other: Figures) -> Figures:
        """The sum of two areas; second swabs are known for whole districts only."""
        added: dict[str, object] = {}
        for field in fields(self):
            mine, theirs = getattr(self, field.name), getattr(other, field.name)
            if field.name in ("last_swab_at", "last_received_at"):
                added[field.name] = max((t for t in (mine, theirs) if t), default=None)
            elif field.name != "second_swabs":
                added[field.name] = mine + theirs
        return Figures(**added)  # type: ignore[arg-type]


@dataclass(frozen=True, slots=True)
class RoundHeader:
    id: int
    campaign_name: str
    number: int
    name: str
    starts_at: datetime
    planned_end_at: datetime | None
    state: str
    district_id: int
    district_code: str
    district_name: str
    district_name_en: str
    target_version: int | None
    frozen_at: datetime | None


@dataclass(frozen=True, slots=True)
class StreetRow:
    """One street or town of the round."""

    division_id: int
    code: str
    name: str
    name_en: str
    figures: Figures
    coverage: Decimal | None
    closure: Decimal | None
    plan_share: Decimal | None
    rate_per_hour: int | None
    rate_per_unit_hour: Decimal | None
    pace_needed: int | None
    eta: Eta
    due_at: datetime | None
    late: timedelta | None
    remaining: int
    units_open: int
    units_total: int
    points_open: int
    points_total: int
    data_age: timedelta | None
    silent_units: int


@dataclass(frozen=True, slots=True)
class Overview:
    """The round at one moment: live, or as it was known at a snapshot (`known_at`)."""

    round: RoundHeader
    as_of: datetime
    known_at: datetime | None
    version: int
    heartbeat_at: datetime | None
    figures: Figures
    coverage: Decimal | None
    closure: Decimal | None
    people_per_tube: Decimal | None
    rate_per_hour: int | None
    rate_per_unit_hour: Decimal | None
    pace_needed: int | None
    eta: Eta
    due_at: datetime | None
    late: timedelta | None
    units_open: int
    units_total: int
    points_open: int
    points_total: int
    streets: list[StreetRow]
    drift: int
    snapshot_times: list[datetime]


@dataclass(frozen=True, slots=True)
class Curve:
    """Persons and swabs so far, by time of swab, against an even plan."""

    points: list[tuple[datetime, int, int]]
    plan: list[tuple[datetime, int]]
    deadline: datetime | None
    now: datetime
    band: tuple[datetime, datetime] | None
    target: int


@dataclass(frozen=True, slots=True)
class ExceptionItem:
    """Something a person should look at, grouped per street."""

    kind: str
    severity: str
    where: str
    what: str | Promise
    since: datetime | None
    count: int
    url: str | None = None
