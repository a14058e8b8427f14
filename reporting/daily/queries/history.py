"""What happened to a report and its cells before: changes, versions, remarks, limits."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _

from core.actors import names_of
from core.scope import Scope
from reporting.daily.models import (
    CellChange,
    Report,
    ReportCell,
    ReportCheck,
    ReportStep,
    ReportVersion,
    State,
    Unlock,
    VersionCell,
)
from reporting.daily.queries.sheet import Key, Sheet

LIMITS: dict[str, Any] = {
    ReportCheck.Kind.WITHIN: _("not above “%(other)s”"),
    ReportCheck.Kind.OVER_SHARE: _("over %(limit)s %% of “%(other)s” needs a reason"),
    ReportCheck.Kind.NEAR_SOURCE: _("over %(limit)s %% from the system's figure needs a reason"),
    ReportCheck.Kind.FALLS: _("below the last report needs a reason"),
    ReportCheck.Kind.AS_BEFORE: _("exactly as in the last report needs a reason"),
    ReportCheck.Kind.NOUGHT_WHILE_OPEN: _("0 while a point is open needs a reason"),
}


@dataclass(frozen=True)
class Past:
    """One cell's past: its changes (newest first), the last report's number, and its limits."""

    cell: ReportCell
    changes: list[CellChange]
    names: dict[str, str]
    before: int | None
    limits: list[str]


def past_of(report: Report, cell_id: int, scope: Scope) -> Past | None:
    """The past of a cell of this report, or None where one's scope holds no such cell."""
    cell = (
        ReportCell.objects.within(scope)
        .select_related("line__community", "column")
        .filter(pk=cell_id, line__report=report)
        .first()
    )
    if cell is None:
        return None
    changes = list(CellChange.objects.filter(cell=cell).order_by("-revision")[:20])
    before = (
        VersionCell.objects.filter(
            version__report__street=report.street_id,
            version__report__cutoff__form=report.cutoff.form_id,
            version__report__cutoff__round=report.cutoff.round_id,
            version__report__cutoff__as_of__lt=report.cutoff.as_of,
            community=cell.line.community_id,
            column=cell.column_id,
        )
        .order_by("-version__report__cutoff__as_of", "-version__number")
        .values_list("value", flat=True)
        .first()
    )
    checks = ReportCheck.objects.filter(column=cell.column_id).select_related("other")
    return Past(
        cell=cell,
        changes=changes,
        names=names_of({change.by for change in changes}),
        before=before,
        limits=[
            str(LIMITS[check.kind]) % {"limit": check.limit, "other": check.other}
            for check in checks.order_by("pk")
        ],
    )


@dataclass(frozen=True)
class Trail:
    """What was answered for so far, what the reviewer said last, and a request to unlock."""

    versions: list[ReportVersion]
    returned: ReportStep | None
    unlock: Unlock | None

    @property
    def last(self) -> ReportVersion | None:
        """The version that stands, with its receipt."""
        return self.versions[0] if self.versions else None

    def actors(self) -> set[str]:
        """Everybody it names."""
        found = {version.by for version in self.versions}
        return found | ({self.returned.by} if self.returned else set())


def trail_of(report: Report, scope: Scope) -> Trail:
    """Versions newest first, the last return of a report that is to be mended, the last unlock."""
    returned = None
    if report.state == State.RETURNED:
        steps = ReportStep.objects.filter(report=report, to_state=State.RETURNED)
        returned = steps.order_by("-pk").first()
    versions = ReportVersion.objects.within(scope) if scope.streets or scope.districts else None
    if versions is None:  # a community answers for its line, not for the street's receipt
        return Trail([], returned, None)
    return Trail(
        versions=list(versions.filter(report=report).order_by("-number")),
        returned=returned,
        unlock=Unlock.objects.within(scope).filter(report=report).order_by("-pk").first(),
    )


@dataclass(frozen=True)
class Moved:
    """A number that differs from the last version's."""

    place: str
    column: str
    old: int | None
    new: int | None


def moved_since(sheet: Sheet, version: ReportVersion) -> list[Moved]:
    """Which numbers were changed since a version was submitted, in the order of the sheet."""
    said: dict[Key, int | None] = {
        (community_id, column_id): value
        for community_id, column_id, value in VersionCell.objects.filter(
            version=version
        ).values_list("community_id", "column_id", "value")
    }
    moved = []
    for line, column, cell in sheet.cells():
        key = (line.community_id, column.pk)
        if key in said and said[key] != cell.value:
            place = line.division.spoken if line.division else str(_("Whole street"))
            moved.append(Moved(place, str(column), said[key], cell.value))
    return moved
