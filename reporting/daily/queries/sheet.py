"""A report as people see it: lines by columns, sums, what was said before, and what is wrong."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property

from campaigns.models import Division
from core.scope import Scope
from reporting.daily.checking import Problem, problems_of
from reporting.daily.models import (
    Report,
    ReportCell,
    ReportCheck,
    ReportColumn,
    ReportLine,
    VersionCell,
)
from sites.models import SamplingPoint
from sites.models.points import State as PointState

Key = tuple[int | None, int]
"""(community id or None for the street's own line, column id)."""


@dataclass(frozen=True)
class SheetLine:
    """One community with its cells, in the order of the columns; `division` None: the street."""

    line: ReportLine
    division: Division | None
    cells: list[ReportCell]

    @property
    def community_id(self) -> int | None:
        return self.line.community_id


@dataclass(frozen=True)
class Sheet:
    """A whole report. `before` holds the street's last earlier report of the same form and round,
    `open_points` the communities with an open point."""

    report: Report
    columns: list[ReportColumn]
    lines: list[SheetLine]
    checks: list[ReportCheck]
    before: Mapping[Key, int | None] = field(default_factory=dict)
    before_at: datetime | None = None
    open_points: frozenset[int] = frozenset()

    @property
    def street_line(self) -> SheetLine | None:
        """The street's own line, which only its officials see."""
        return next((line for line in self.lines if line.community_id is None), None)

    @property
    def community_lines(self) -> list[SheetLine]:
        return [line for line in self.lines if line.community_id is not None]

    @cached_property
    def totals(self) -> dict[int, int | None]:
        """Sum of the communities by column id; None where no community has a number."""
        sums: dict[int, int | None] = {}
        for line in self.community_lines:
            for column, cell in zip(self.columns, line.cells, strict=True):
                if column.per_community and cell.value is not None:
                    sums[column.pk] = (sums.get(column.pk) or 0) + cell.value
        return {column.pk: sums.get(column.pk) for column in self.columns}

    def of_street(self, column: ReportColumn) -> int | None:
        """What the street reports in a column: the sum of its communities, or its own number."""
        if column.per_community:
            return self.totals[column.pk]
        line = self.street_line
        return line.cells[self.columns.index(column)].value if line else None

    @cached_property
    def problems(self) -> list[Problem]:
        """All that the checks find, hard ones first; soft ones with a reason are settled."""
        return problems_of(self)

    @property
    def blocking(self) -> list[Problem]:
        """What stands between this sheet and its submission."""
        return [problem for problem in self.problems if not problem.settled]

    def cells(self) -> Iterator[tuple[SheetLine, ReportColumn, ReportCell]]:
        """Every cell with its line and column."""
        for line in self.lines:
            for column, cell in zip(self.columns, line.cells, strict=True):
                yield line, column, cell


def sheet_of(report: Report, scope: Scope) -> Sheet:
    """The lines of a report that a scope may see. A constant number of queries."""
    form_id = report.cutoff.form_id
    lines = list(
        ReportLine.objects.filter(report=report)
        .within(scope)
        .select_related("community")
        .order_by("community__code", "pk")
    )
    # The street's own line closes the sheet.
    lines.sort(key=lambda line: line.community_id is None)
    by_line: dict[int, dict[int, ReportCell]] = {line.pk: {} for line in lines}
    for cell in ReportCell.objects.filter(line__in=by_line):
        by_line[cell.line_id][cell.column_id] = cell
    filled = {column_id for cells in by_line.values() for column_id in cells}
    # A retired column stays on the reports that asked for it.
    columns = [
        column
        for column in ReportColumn.objects.filter(form_id=form_id).order_by("position", "pk")
        if column.pk in filled
    ]
    before_at, before = before_of(report)
    return Sheet(
        report=report,
        columns=columns,
        lines=[
            SheetLine(
                line,
                line.community,
                [by_line[line.pk].get(column.pk) or _absent(line, column) for column in columns],
            )
            for line in lines
        ],
        checks=list(ReportCheck.objects.filter(form_id=form_id).order_by("pk")),
        before=before,
        before_at=before_at,
        open_points=open_points_of(report),
    )


def _absent(line: ReportLine, column: ReportColumn) -> ReportCell:
    """A cell that is not asked for: the street's own total of a column, or a column added later."""
    return ReportCell(line=line, column=column)


def before_of(
    report: Report, *, accepted: bool = False
) -> tuple[datetime | None, dict[Key, int | None]]:
    """The street's last earlier report of this form in this round, as last submitted (or as it was
    `accepted`, for those who see no other)."""
    cutoff = report.cutoff
    wanted = "accepted_version" if accepted else "version"
    last = (
        Report.objects.filter(
            street=report.street_id,
            cutoff__form=cutoff.form_id,
            cutoff__round=cutoff.round_id,
            cutoff__as_of__lt=cutoff.as_of,
            **{f"{wanted}__gt": 0},
        )
        .select_related("cutoff")
        .order_by("-cutoff__as_of")
        .first()
    )
    if last is None:
        return None, {}
    cells = VersionCell.objects.filter(version__report=last, version__number=getattr(last, wanted))
    return last.cutoff.as_of, {
        (community_id, column_id): value
        for community_id, column_id, value in cells.values_list(
            "community_id", "column_id", "value"
        )
    }


def open_points_of(report: Report) -> frozenset[int]:
    """Communities of the report's street with a point that is open now."""
    points = SamplingPoint.objects.filter(
        round=report.cutoff.round_id, street_id=report.street_id, state=PointState.OPEN
    )
    return frozenset(points.values_list("community_id", flat=True))
