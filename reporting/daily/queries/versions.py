"""What a street answered for: its versions as sheets, and what changed from one to the next."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from campaigns.models import Division
from core.scope import Scope
from reporting.daily.models import (
    Report,
    ReportCell,
    ReportCheck,
    ReportColumn,
    ReportLine,
    ReportVersion,
    VersionCell,
)
from reporting.daily.queries.sheet import Key, Sheet, SheetLine, before_of, open_points_of


@dataclass(frozen=True)
class Moved:
    """One number (or text) that a version changed. `place` None: the street's own line."""

    place: Division | None
    column: ReportColumn
    old: int | str | None
    new: int | str | None

    @property
    def difference(self) -> int | None:
        numbers = isinstance(self.old, int) and isinstance(self.new, int)
        return self.new - self.old if numbers else None  # type: ignore[operator]


@dataclass(frozen=True)
class Record:
    """All versions of a report, oldest first, with the cells of each that a scope may see."""

    report: Report
    versions: list[ReportVersion]
    cells: Mapping[int, Mapping[Key, VersionCell]]

    def version(self, number: int | None) -> ReportVersion | None:
        return next((each for each in self.versions if each.number == number), None)

    def moved(self, old: int, new: int) -> list[Moved]:
        """What version `new` changed against version `old`, in the order of the sheet."""
        before, after = self.cells.get(old, {}), self.cells.get(new, {})
        found = []
        for key, cell in after.items():
            said = before.get(key)
            then = _said(said) if said else None
            if then != _said(cell):
                found.append(Moved(cell.community, cell.column, then, _said(cell)))
        return sorted(found, key=lambda moved: (_place(moved.place), moved.column.position))


def _place(division: Division | None) -> tuple[bool, str]:
    """Communities by their code, the street's own line last."""
    return division is None, division.code if division else ""


def _said(cell: VersionCell) -> int | str | None:
    return cell.note if cell.column.is_note else cell.value


def sees_whole(report: Report, scope: Scope) -> bool:
    """Whether a scope reaches the whole street, not only some of its communities."""
    in_area = report.district_id in scope.districts or report.street_id in scope.streets
    return scope.everything or in_area


def record_of(report: Report, scope: Scope) -> Record:
    """The versions of a report of one's area, and of their cells those of one's own."""
    versions = list(ReportVersion.objects.filter(report=report).order_by("number"))
    cells: dict[int, dict[Key, VersionCell]] = {version.number: {} for version in versions}
    found = VersionCell.objects.filter(version__report=report)
    if not sees_whole(report, scope):
        found = found.filter(community__in=sorted(scope.communities))
    for cell in found.select_related("version", "community", "column").order_by("pk"):
        cells[cell.version.number][cell.community_id, cell.column_id] = cell
    return Record(report, versions, cells)


def sheet_of_version(record: Record, number: int, *, accepted_before: bool = False) -> Sheet:
    """One version as a sheet that the checks can judge. A constant number of queries.

    `accepted_before`: it is compared with the last report that was accepted, not submitted.
    """
    report, cells = record.report, record.cells.get(number, {})
    form_id = report.cutoff.form_id
    columns = list({cell.column_id: cell.column for cell in cells.values()}.values())
    columns.sort(key=lambda column: (column.position, column.pk))
    places = {cell.community_id: cell.community for cell in cells.values()}
    order = sorted(places, key=lambda key: _place(places[key]))
    before_at, before = before_of(report, accepted=accepted_before)
    return Sheet(
        report=report,
        columns=columns,
        lines=[_line(report, places[key], key, columns, cells) for key in order],
        checks=list(
            ReportCheck.objects.filter(form_id=form_id).select_related("other").order_by("pk")
        ),
        before=before,
        before_at=before_at,
        open_points=open_points_of(report),
    )


def _line(
    report: Report,
    place: Division | None,
    key: int | None,
    columns: list[ReportColumn],
    cells: Mapping[Key, VersionCell],
) -> SheetLine:
    line = ReportLine(report=report, community=place)
    return SheetLine(
        line, place, [_cell(line, column, cells.get((key, column.pk))) for column in columns]
    )


def _cell(line: ReportLine, column: ReportColumn, said: VersionCell | None) -> ReportCell:
    """A cell as it was submitted; it is looked at only, never saved."""
    if said is None:
        return ReportCell(line=line, column=column)
    return ReportCell(
        line=line, column=column, value=said.value, note=said.note,
        system_value=said.system_value, system_at=said.system_at, reason=said.reason,
        comment=said.comment, saved_at=said.version.at, saved_by=said.version.by,
    )  # fmt: skip
