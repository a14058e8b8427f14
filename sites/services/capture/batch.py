"""The state of one capture transaction: who sent, what was decided, which cells were touched."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec

from campaigns.models import Mark
from core.clock import minute_of
from core.statements import run
from sites.models import Conflict
from sites.services.capture.items import AnyEvent

# A device clock this far ahead of the server, or behind by days, is kept but not believed.
AHEAD = timedelta(minutes=5)
BEHIND = timedelta(days=7)
# Device times outside of these are kept as the nearer end: nothing could read them back.
KEPT = (datetime(1900, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC))


@dataclass(frozen=True, slots=True)
class Origin:
    """The device an event came from, and the place it is bound to."""

    device_id: int
    unit_id: int
    street_id: int
    district_id: int


@dataclass(frozen=True, slots=True)
class Verdict:
    """The answer to one item: created, duplicate, conflict, pending or refused."""

    id: str | None
    verdict: str
    code: str = ""
    path: str = ""
    message: object = ""


@dataclass(slots=True)
class Sent:
    """One event with its origin; `waited` when it was taken from the pending table."""

    origin: Origin
    event: Any
    waited: bool = False
    verdict: Verdict | None = None

    def settle(self, verdict: str, code: str = "") -> None:
        self.verdict = Verdict(str(self.event.id), verdict, code)


@dataclass(frozen=True, slots=True)
class KnownTube:
    """A tube as this transaction sees it, locked so that a void cannot slip between."""

    id: UUID
    round_id: int
    code: str
    unit_id: int
    street_id: int
    pool_size: int
    opened_at: datetime
    voided: bool


class MarkRow(msgspec.Struct):
    street_id: int
    round_id: int
    kind: str
    key_id: int
    minute: datetime


@dataclass(slots=True)
class Batch:
    """What one transaction has learnt so far. `received_at` is the server's scenario time.

    `opened` are the tubes of this transaction by code, `filled` counts the people added to tubes.
    `awaited_tubes` (codes) and `awaited_swabs` became known while events were waiting for them.
    """

    received_at: datetime
    marks: set[tuple[int, int, str, int, datetime]] = field(default_factory=set)
    opened: dict[str, KnownTube] = field(default_factory=dict)
    filled: Counter[UUID] = field(default_factory=Counter)
    awaited_tubes: set[str] = field(default_factory=set)
    awaited_swabs: set[UUID] = field(default_factory=set)

    def mark(self, street_id: int, round_id: int, kind: str, key_id: int, at: datetime) -> None:
        self.marks.add((street_id, round_id, kind, key_id, minute_of(at)))

    def mark_unit(self, origin: Origin, round_id: int, at: datetime) -> None:
        self.mark(origin.street_id, round_id, Mark.Kind.UNIT, origin.unit_id, at)

    def believed(self, at: datetime) -> tuple[datetime, datetime | None]:
        """(time to count under, the device's own time if it was odd)."""
        if self.received_at - BEHIND <= at <= self.received_at + AHEAD:
            return at, None
        return self.received_at, min(max(at, KEPT[0]), KEPT[1])

    def write_marks(self) -> None:
        if self.marks:
            run(
                """INSERT INTO campaigns_mark (street_id, round_id, kind, key_id, minute)
                   SELECT * FROM json_to_recordset(%s::json) AS m(street_id int, round_id int,
                                     kind text, key_id int, minute timestamptz)""",
                [packed([MarkRow(*mark) for mark in sorted(self.marks)])],
            )


def packed(rows: Sequence[msgspec.Struct]) -> str:
    """Rows as one JSON parameter for `json_to_recordset`: cheaper than a list a column."""
    return msgspec.json.encode(rows).decode()


def as_text(event: AnyEvent) -> str:
    """The event as JSON, to be stored encrypted while it waits or is in conflict."""
    return msgspec.json.encode(event).decode()


def from_text(text: str) -> object:
    return json.loads(text)


def raise_conflict(batch: Batch, sent: Sent, code: Conflict.Code, tube_code: str = "") -> None:
    """Keep the event whole in the conflict list and answer `conflict`."""
    Conflict.objects.bulk_create(
        [
            Conflict(
                event_id=sent.event.id,
                code=code,
                round_id=sent.event.round,
                district_id=sent.origin.district_id,
                street_id=sent.origin.street_id,
                unit_id=sent.origin.unit_id,
                device_id=sent.origin.device_id,
                tube_code=tube_code,
                item=as_text(sent.event),
                raised_at=batch.received_at,
            )
        ],
        ignore_conflicts=True,
    )
    sent.settle("conflict", code)


def flag_tube(batch: Batch, sent: Sent, tube_id: UUID, code: Conflict.Code, tube: str) -> None:
    """Something odd about an accepted event, shown once per tube; the event itself counts."""
    Conflict.objects.bulk_create(
        [
            Conflict(
                event_id=tube_id,
                code=code,
                round_id=sent.event.round,
                district_id=sent.origin.district_id,
                street_id=sent.origin.street_id,
                unit_id=sent.origin.unit_id,
                device_id=sent.origin.device_id,
                tube_code=tube,
                raised_at=batch.received_at,
            )
        ],
        ignore_conflicts=True,
    )
