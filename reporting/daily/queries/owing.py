"""What an area owes now, and whether the system knows newer figures than a report shows."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import OuterRef, Subquery

from core.scope import Scope
from reporting.daily.models import Report, ReportCell, ReportLine, ReportVersion, State
from reporting.daily.queries.sources import known_of

FRESH = timedelta(minutes=2)
"""For how long figures that were taken count as the newest."""

RECENT = 30
MISSED = 30


@dataclass(frozen=True)
class Owed:
    """Reports to fill, most urgent first; the last that were never sent in time, and how many there
    are of them; the last sent."""

    open: list[Report]
    missed: list[Report]
    missed_count: int
    done: list[Report]


def owed_by(scope: Scope, at: datetime) -> Owed:
    """Reports of the streets (and of the communities' streets) of a scope."""
    receipt = ReportVersion.objects.filter(report=OuterRef("pk")).order_by("-number")
    reports = (
        Report.objects.within(scope)
        .select_related("cutoff__form", "street")
        .annotate(receipt=Subquery(receipt.values("receipt")[:1]))
    )
    owing = reports.owing()
    missed = owing.filter(lock_at__lte=at)
    return Owed(
        open=list(reports.open_at(at).order_by("cutoff__due_at", "street__code", "pk")),
        missed=list(missed.order_by("-cutoff__due_at", "pk")[:MISSED]),
        missed_count=missed.count(),
        done=list(
            reports.exclude(state__in=[State.DRAFT, State.RETURNED]).order_by(
                "-submitted_at", "pk"
            )[:RECENT]
        ),
    )


def unconfirmed_of(reports: list[Report], scope: Scope) -> dict[int, int]:
    """How many lines of one's own communities are not confirmed yet, by report."""
    lines = ReportLine.objects.within(scope).filter(
        report__in=[report.pk for report in reports],
        community__isnull=False,
        confirmed_at__isnull=True,
    )
    waiting: dict[int, int] = {}
    for report_id in lines.values_list("report_id", flat=True):
        waiting[report_id] = waiting.get(report_id, 0) + 1
    return waiting


def is_older(known_at: datetime, report: Report) -> bool:
    """Whether figures would take a report back: the picture of a cut-off is kept by quarter hours,
    and until it is there the one before it would be older than what was taken last."""
    taken = report.prefilled_at
    return taken is not None and known_at < taken <= report.cutoff.as_of


def newer_figures(report: Report, scope: Scope, at: datetime) -> tuple[datetime, int] | None:
    """The moment of newer figures and how many cells of one's area they would move; None where
    there are none."""
    if report.prefilled_at is not None and at - report.prefilled_at < FRESH:
        return None
    cutoff = report.cutoff
    known = known_of(cutoff.round, report.street_id, at=at, cutoff=cutoff.as_of)
    if is_older(known.as_of, report):
        return None
    cells = (
        ReportCell.objects.within(scope)
        .filter(line__report=report)
        .exclude(column__source="")
        .values_list(
            "line__community_id", "column__source", "column__per_community", "system_value"
        )
    )
    moved = 0
    for community_id, source, per_community, shown in cells:
        if per_community and community_id is None:
            continue
        figure = known.of(community_id, source)
        moved += figure is not None and figure != shown
    return (known.as_of, moved) if moved else None
