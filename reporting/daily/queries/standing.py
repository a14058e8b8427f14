"""The figures that the district stands by: what higher levels see of the streets' reports.

A street's figure is hidden until its report is accepted. Shown earlier it is marked provisional.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from django.db.models import Max, Q, Sum

from campaigns.models import Division
from core.scope import Scope
from reporting.daily.models import Cutoff, Report, ReportColumn, ReportVersion, Unit, VersionCell

UNSUMMED = frozenset({Unit.NOTE, Unit.DAYS})
"""Units of which a sum over streets says nothing."""


class Footing(StrEnum):
    """What a street's figures rest on."""

    ACCEPTED = "accepted"
    PROVISIONAL = "provisional"  # submitted, not accepted, and shown all the same
    WAITING = "waiting"  # submitted, not accepted: hidden
    MISSING = "missing"


@dataclass(frozen=True)
class StreetFigures:
    """One street's row: figures (or texts) by column id, of the version that they rest on."""

    street: Division
    report: Report
    footing: Footing
    version: ReportVersion | None
    figures: Mapping[int, int | str | None]

    @property
    def correction(self) -> bool:
        """Whether a newer version than the accepted one waits for review."""
        return self.footing == Footing.ACCEPTED and self.report.version > (
            self.report.accepted_version or 0
        )


@dataclass(frozen=True)
class Standing:
    """All streets of an area at one cut-off, with sums of what is shown."""

    cutoff: Cutoff
    columns: list[ReportColumn]
    rows: list[StreetFigures]
    sums: Mapping[int, int | None]

    def number(self, footing: str) -> int:
        """How many streets stand on this footing."""
        return sum(row.footing == footing for row in self.rows)

    @property
    def whole(self) -> bool:
        """Whether the sums hold every street, and every one accepted."""
        return bool(self.rows) and self.number(Footing.ACCEPTED) == len(self.rows)

    @property
    def summed(self) -> int:
        """How many streets the sums hold."""
        return sum(row.version is not None for row in self.rows)

    @property
    def newest_at(self) -> datetime | None:
        """When the newest of the shown versions was submitted."""
        return max((row.version.at for row in self.rows if row.version), default=None)


def standing(scope: Scope, cutoff: Cutoff, *, provisional: bool) -> Standing:
    """The streets' figures at a cut-off; `provisional` shows also what is not accepted yet.

    Only for whoever reaches whole streets: a sum of one community is not the street's. A constant
    number of queries.
    """
    reports = list(
        Report.objects.within(scope)
        .filter(cutoff=cutoff)
        .select_related("street")
        .order_by("street__code")
    )
    shown = _shown(reports, provisional)
    figures = _figures(shown.values())
    columns = list(
        ReportColumn.objects.filter(
            pk__in={column_id for row in figures.values() for column_id in row}
        ).order_by("position", "pk")
    )
    rows = []
    for report in reports:
        version = shown.get(report.pk)
        said = figures.get(version.pk, {}) if version else {}
        rows.append(StreetFigures(report.street, report, _footing(report, version), version, said))
    return Standing(cutoff, columns, rows, _sums(columns, rows))


def _shown(reports: list[Report], provisional: bool) -> dict[int, ReportVersion]:
    """The version that each report stands on, by report id."""
    wanted = {
        report.pk: report.accepted_version or (report.version if provisional else 0)
        for report in reports
    }
    versions = ReportVersion.objects.filter(report__in=[key for key, n in wanted.items() if n])
    return {v.report_id: v for v in versions if v.number == wanted[v.report_id]}


def _footing(report: Report, version: ReportVersion | None) -> Footing:
    if version is not None:
        accepted = version.number == report.accepted_version
        return Footing.ACCEPTED if accepted else Footing.PROVISIONAL
    return Footing.WAITING if report.version else Footing.MISSING


def _figures(versions: Iterable[ReportVersion]) -> dict[UUID, dict[int, int | str | None]]:
    """Street figures by version and column: the sum of communities, else the street's own."""
    rows = (
        VersionCell.objects.filter(version__in=list(versions))
        .values("version_id", "column_id", "column__per_community", "column__unit")
        .annotate(
            total=Sum("value", filter=Q(community__isnull=False)),
            own=Max("value", filter=Q(community__isnull=True)),
            note=Max("note", filter=Q(community__isnull=True)),
        )
        .order_by()
    )
    found: dict[UUID, dict[int, int | str | None]] = {}
    for row in rows:
        figure = row["total"] if row["column__per_community"] else row["own"]
        if row["column__unit"] == "note":
            figure = row["note"] or ""
        found.setdefault(row["version_id"], {})[row["column_id"]] = figure
    return found


def _sums(columns: list[ReportColumn], rows: list[StreetFigures]) -> dict[int, int | None]:
    sums: dict[int, int | None] = {}
    for column in columns:
        numbers = [n for row in rows if isinstance(n := row.figures.get(column.pk), int)]
        added = numbers and column.unit not in UNSUMMED
        sums[column.pk] = sum(numbers) if added else None
    return sums
