"""Daily numbers out of a sheet, or out of numbered chat lines: one row a community (S059)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from core import clock
from core.imports.kinds import Column, ImportKind, Place, PlaceChoice, Reason, Row
from core.scope import Scope
from core.sheets.table import Book, Line
from reporting.daily.importing.chat import book_of, reason_of
from reporting.daily.importing.judging import judge
from reporting.daily.importing.lines import folded
from reporting.daily.importing.words import EXAMPLES, PLACE, PLACES, STREET, columns_of, vocabulary
from reporting.daily.importing.writing import take_back, write_numbers
from reporting.daily.models import Cutoff, Report, ReportColumn

SAMPLES = (_("Sample Community One"), _("Sample Community Two"))


class DailyNumbers(ImportKind):
    """Numbers for the open reports of one cut-off: of one street, or of a district's streets.

    Lines of totals never become data: they are refused by name, since a street's total is the sum
    of its communities. A row with the street's own name holds what is asked of the street alone.
    """

    code = "daily"
    key_column = PLACE
    title = _("Daily numbers")
    intro = _(
        "One row a community, with columns of the report's form in any order. Numbered chat lines "
        "such as “1. Lingfeng sampled 19,640 exempt 302” can be pasted too."
    )
    permission = "import_report"
    after = "daily:reports"
    nowhere = _("No report of your area is open for entry just now.")
    columns: tuple[Column, ...] = PLACES

    def __init__(self, form_id: int | None = None) -> None:
        asked = ReportColumn.objects.filter(form=form_id, retired_at__isnull=True)
        found = list(asked.order_by("position", "pk")) if form_id else []
        self.ids = {column.code: column.pk for column in found}
        self.notes = {column.code for column in found if column.is_note}
        self.columns = columns_of(found)
        self.samples = tuple(
            (name, "", *(_example(column, row) for column in self.columns[len(PLACES) :]))
            for row, name in enumerate(SAMPLES)
        )

    def at(self, place: Place) -> ImportKind:
        """The kind with the columns of the form that this place's report is filled in."""
        cutoff = Cutoff.objects.filter(
            pk=place.context["cutoff"], form__district_id=place.district_id
        ).first()
        return DailyNumbers(cutoff.form_id) if cutoff else self

    def places(self, scope: Scope) -> Sequence[PlaceChoice]:
        reports = (
            Report.objects.within(scope)
            .open_at(clock.now())
            .select_related("cutoff__form", "street")
            .order_by("cutoff__form__cadence", "cutoff__due_at", "street__code")
        )
        choices: dict[str, PlaceChoice] = {}
        for report in reports:
            choice = _district(report) if report.district_id in scope.districts else _street(report)
            choices.setdefault(choice.value, choice)
        return list(choices.values())

    def key(self, values: Mapping[str, Any]) -> str:
        word = values.get(PLACE, "")
        return f"{folded(word)}\x1f{folded(values.get(STREET, ''))}" if word else ""

    def label(self, values: Mapping[str, Any]) -> str:
        return str(values.get(PLACE, ""))

    def judge(self, rows: Sequence[Row], place: Place) -> None:
        judge(rows, place, self.ids, self.notes)

    def apply(
        self, rows: Sequence[Row], place: Place, *, run_id: object, by: str, at: datetime
    ) -> None:
        write_numbers(rows, self.ids, self.notes, run_id=run_id, by=by, at=at)

    def undo(
        self, rows: Sequence[Row], place: Place, *, run_id: object, by: str, at: datetime
    ) -> None:
        take_back(rows, self.ids, run_id=run_id, by=by, at=at)

    def read_text(self, text: str) -> Book | None:
        return book_of(text, self.columns, vocabulary(self.columns), self.notes)

    def unread(self, line: Line) -> Reason:
        return reason_of(line, vocabulary(self.columns), self.notes)


def _example(column: Column, row: int) -> str:
    """A figure for the sample rows; the second community is a little smaller."""
    figure = EXAMPLES.get(column.name, "") if column.example else ""
    return str(int(figure) * (10 - row) // 10) if figure else ""


def _when(report: Report) -> str:
    return f"{report.cutoff.form} {clock.local(report.cutoff.as_of).strftime('%m-%d %H:%M')}"


def _district(report: Report) -> PlaceChoice:
    return PlaceChoice(
        f"c{report.cutoff_id}",
        f"{_when(report)} · {gettext('all streets and towns')}",
        Place(report.district_id, None, {"cutoff": report.cutoff_id}),
    )


def _street(report: Report) -> PlaceChoice:
    return PlaceChoice(
        f"r{report.pk}",
        f"{_when(report)} · {report.street.spoken}",
        Place(report.district_id, report.street_id, {"cutoff": report.cutoff_id}),
    )
