"""Everything that happened to a report, in one row of time: it stays visible for ever."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from core.scope import Scope
from reporting.daily.models import CellChange, Report, ReportStep, ReportVersion, State, Unlock
from reporting.daily.queries.versions import Moved, Record, sees_whole


@dataclass(frozen=True)
class Event:
    """One event: opened, cells, submitted, returned, accepted, locked, unlock_asked,
    unlock_granted or unlock_refused. `why` is the reason, comment or answer that came with it."""

    kind: str
    at: datetime
    by: str = ""
    why: str = ""
    version: ReportVersion | None = None
    changes: list[Any] = field(default_factory=list)
    until: datetime | None = None


def timeline_of(record: Record, scope: Scope, *, numbers: bool, drafts: bool) -> list[Event]:
    """What happened to a report, newest first.

    `numbers` shows what changed from version to version and cell by cell; of what lies after the
    last submission only those who work on the street see cells (`drafts`).
    """
    report = record.report
    events = [Event("opened", report.cutoff.opens_at)]
    if numbers:
        events += _cells(report, scope, drafts)
    events += _versions(record, numbers)
    steps = ReportStep.objects.filter(report=report).exclude(to_state=State.SUBMITTED)
    events += [
        Event(step.to_state, step.at, step.by, step.comment)
        for step in steps
        if step.from_state != step.to_state  # the request or its answer says it
    ]
    events += _unlocks(Unlock.objects.filter(report=report))
    # Stable: of one instant, what was read first happened first.
    return sorted(events, key=lambda event: event.at)[::-1]


def _versions(record: Record, numbers: bool) -> Iterable[Event]:
    for version in record.versions:
        moved: list[Moved] = []
        if numbers and version.number > 1:
            moved = record.moved(version.number - 1, version.number)
        yield Event("submitted", version.at, version.by, version.reason, version, moved)


def _cells(report: Report, scope: Scope, drafts: bool) -> list[Event]:
    """Changes of cells; what one person typed in one go (between two others') is one event."""
    found = CellChange.objects.filter(cell__line__report=report)
    if not sees_whole(report, scope):
        found = found.filter(cell__line__community__in=sorted(scope.communities))
    if not drafts:
        found = found.filter(at__lte=report.submitted_at) if report.submitted_at else found.none()
    events: list[Event] = []
    for change in found.select_related("cell__column", "cell__line__community").order_by(
        "at", "cell_id", "revision"
    ):
        last = events[-1] if events else None
        if last and last.by == change.by and (change.at - last.at).total_seconds() < GO:
            last.changes.append(change)
        else:
            events.append(Event("cells", change.at, change.by, changes=[change]))
    return events


GO = 600
"""Seconds within which what one person typed is shown as one event."""


def _unlocks(unlocks: Iterable[Unlock]) -> Iterable[Event]:
    for unlock in unlocks:
        yield Event("unlock_asked", unlock.asked_at, unlock.asked_by, unlock.reason)
        if unlock.decided_at is not None:
            kind = "unlock_granted" if unlock.granted else "unlock_refused"
            yield Event(
                kind, unlock.decided_at, unlock.decided_by, unlock.answer, until=unlock.until
            )
