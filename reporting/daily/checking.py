"""The checks on a sheet: pure, in the words that the official reads. Hard ones block; soft ones
ask for a reason of the short list, and are settled once the cell has one (R1-R3)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext_lazy as _

from reporting.daily.models import ReportCell, ReportCheck, ReportColumn
from reporting.daily.models.forms import ReportCheck as Check

if TYPE_CHECKING:
    from reporting.daily.queries.sheet import Sheet, SheetLine

Text = Any
HARD, SOFT = Check.Weight.HARD, Check.Weight.SOFT


@dataclass(frozen=True)
class Problem:
    """One finding: where, what is wrong and what to do. `settled`: a reason was given."""

    code: str
    weight: str
    line: SheetLine
    column: ReportColumn
    cell: ReportCell
    message: Text
    params: dict[str, Any] = field(default_factory=dict)

    @property
    def settled(self) -> bool:
        return self.weight == SOFT and bool(self.cell.reason)

    @property
    def text(self) -> str:
        """The sentence, in the reader's language."""
        return str(self.message) % self.params if self.params else str(self.message)


@dataclass(frozen=True)
class _Spot:
    """One cell with what a check may look at."""

    sheet: Sheet
    line: SheetLine
    column: ReportColumn
    cell: ReportCell
    check: ReportCheck

    @property
    def value(self) -> int:
        assert self.cell.value is not None  # noqa: S101 (checks run on filled cells only)
        return self.cell.value

    @property
    def other(self) -> tuple[ReportColumn, int] | None:
        """The column compared with and its number in this line, where there is one."""
        for column, cell in zip(self.sheet.columns, self.line.cells, strict=True):
            if column.pk == self.check.other_id and cell.value is not None:
                return column, cell.value
        return None

    @property
    def before(self) -> int | None:
        return self.sheet.before.get((self.line.community_id, self.column.pk))


Finding = tuple[Text, dict[str, Any]] | None


def _within(spot: _Spot) -> Finding:
    other = spot.other
    if other is None or spot.value <= other[1]:
        return None
    return (
        _("%(value)s is more than “%(other)s” %(most)s: correct one of the two."),
        {"value": f"{spot.value:,}", "other": other[0], "most": f"{other[1]:,}"},
    )


def _over_share(spot: _Spot) -> Finding:
    other, limit = spot.other, spot.check.limit or 0
    if other is None or spot.value * 100 <= other[1] * limit:
        return None
    return (
        _("%(value)s is over %(limit)s %% of “%(other)s” %(most)s: correct it or say why."),
        {"value": f"{spot.value:,}", "limit": limit, "other": other[0], "most": f"{other[1]:,}"},
    )


def _near_source(spot: _Spot) -> Finding:
    known, limit = spot.cell.system_value, spot.check.limit or 0
    if known is None or abs(spot.value - known) * 100 <= abs(known) * limit:
        return None
    return (
        _("%(value)s lies over %(limit)s %% from the system's %(known)s: correct it or say why."),
        {"value": f"{spot.value:,}", "limit": limit, "known": f"{known:,}"},
    )


def _falls(spot: _Spot) -> Finding:
    before = spot.before
    if before is None or spot.value >= before:
        return None
    return (
        _("%(value)s is less than the %(before)s reported before: correct it or say why."),
        {"value": f"{spot.value:,}", "before": f"{before:,}"},
    )


def _as_before(spot: _Spot) -> Finding:
    if not spot.value or spot.before != spot.value or spot.cell.value == spot.cell.system_value:
        return None
    return (
        _("Exactly the %(value)s of the last report: check it, or say that nothing changed."),
        {"value": f"{spot.value:,}"},
    )


def _nought_while_open(spot: _Spot) -> Finding:
    if spot.value or spot.line.community_id not in spot.sheet.open_points:
        return None
    return _("0 although a point is open here: correct it or say why."), {}


RULES: dict[str, Callable[[_Spot], Finding]] = {
    Check.Kind.WITHIN: _within,
    Check.Kind.OVER_SHARE: _over_share,
    Check.Kind.NEAR_SOURCE: _near_source,
    Check.Kind.FALLS: _falls,
    Check.Kind.AS_BEFORE: _as_before,
    Check.Kind.NOUGHT_WHILE_OPEN: _nought_while_open,
}


def problems_of(sheet: Sheet) -> list[Problem]:
    """All findings of a sheet: hard before soft, unsettled before settled, then by place."""
    found = [*_missing(sheet), *_sums(sheet), *_by_rule(sheet)]
    return sorted(found, key=lambda problem: (problem.weight != HARD, problem.settled))


def _missing(sheet: Sheet) -> Iterator[Problem]:
    for line, column, cell in sheet.cells():
        asked = column.per_community == (line.community_id is not None)
        empty = not cell.note if column.is_note else cell.value is None
        if asked and column.required and empty:
            yield Problem(
                "missing", HARD, line, column, cell, _("Nothing is entered: 0 is a number too.")
            )


def _sums(sheet: Sheet) -> Iterator[Problem]:
    """The street's own total, where somebody typed one, against the sum of its communities."""
    line = sheet.street_line
    if line is None:
        return
    for column, cell in zip(sheet.columns, line.cells, strict=True):
        total = sheet.totals[column.pk]
        if column.per_community and cell.value is not None and cell.value != (total or 0):
            yield Problem(
                "sum", HARD, line, column, cell,
                _("The street's %(own)s is not the sum of its communities %(sum)s: "
                  "correct either, or clear the street's own total."),
                {"own": f"{cell.value:,}", "sum": f"{total or 0:,}"},
            )  # fmt: skip


def _by_rule(sheet: Sheet) -> Iterator[Problem]:
    checks: dict[int, list[ReportCheck]] = {}
    for check in sheet.checks:
        checks.setdefault(check.column_id, []).append(check)
    for line, column, cell in sheet.cells():
        if cell.value is None:
            continue
        for check in checks.get(column.pk, ()):
            finding = RULES[check.kind](_Spot(sheet, line, column, cell, check))
            if finding is not None:
                yield Problem(check.kind, check.weight, line, column, cell, *finding)
