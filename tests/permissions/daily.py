"""Who may do what at the addresses of the daily numbers.

In each street the daily report of 21:00 was submitted (`report`) and asked to be unlocked, and the
hourly line of 22:00 is a draft (`draft`), which has the street's own line only.
"""

from __future__ import annotations

import uuid
from typing import Any

from core import clock
from personnel.roles import Permission
from reporting.daily.models import (
    Cutoff,
    Report,
    ReportCell,
    ReportCheck,
    ReportColumn,
    ReportForm,
    ReportVersion,
    Unlock,
)
from reporting.daily.services import cutoffs
from reporting.daily.services.forms import add_builtin_forms
from tests.permissions.row import EVERYBODY, PAGE, Row, Table, holding

P = Permission
FILL, SUBMIT = holding(P.FILL_REPORT), holding(P.SUBMIT_REPORT)
SEE, REVIEW = holding(P.SEE_REPORTS), holding(P.REVIEW_REPORT)
UNLOCK, MANAGE = holding(P.UNLOCK_REPORT), holding(P.MANAGE_REPORT_FORMS)


def furnish(place: Any, units: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Both streets' reports, and the district's forms."""
    at = clock.now()
    add_builtin_forms(district_id=place.district.pk, by="test", at=at)
    form = ReportForm.objects.get(district=place.district, code="daily")
    ReportForm.objects.filter(pk=form.pk).update(cutoff_minute=21 * 60)
    cutoffs.open_due_reports(by="test", at=at)
    made: dict[str, dict[str, Any]] = {"report": {}, "draft": {}, "unlock": {}}
    for side, street in (("here", place.here), ("there", place.there)):
        report = Report.objects.get(cutoff__form=form, street=street)
        made["report"][side] = _submitted(report, at)
        made["unlock"][side] = Unlock.objects.create(
            report=report, reason="a digit", asked_at=at, asked_by="user:0:street_official"
        )
        hourly = Report.objects.filter(street=street).exclude(cutoff__form=form)
        made["draft"][side] = hourly.order_by("-cutoff__as_of")[0]
    column = ReportColumn.objects.get(form=form, code="needs")
    shared = {
        "report_form": form,
        "report_column": column,
        "report_check": ReportCheck.objects.filter(form=form).order_by("pk")[0],
        "cutoff": Cutoff.objects.get(form=form),
    }
    return made | {name: {"here": row, "there": row} for name, row in shared.items()}


def _submitted(report: Report, at: Any) -> Report:
    ReportVersion.objects.create(
        id=uuid.uuid4(), report=report, number=1, receipt=f"r-{report.pk}", late=False, at=at,
        by="user:0:street_official",
    )  # fmt: skip
    report.state, report.version = "submitted", 1
    report.first_submitted_at = report.submitted_at = at
    report.save()
    return report


def _id(thing: str, argument: str) -> Any:
    return lambda world, side: {argument: world.things[thing][side].pk}


def _said(**said: Any) -> Any:
    return lambda world, side: said


_REPORT, _UNLOCK = _id("report", "report_id"), _id("unlock", "unlock_id")
_FORM, _COLUMN = _id("report_form", "form_id"), _id("report_column", "column_id")


def _round(world: Any, side: str) -> dict[str, Any]:
    return _FORM(world, side) | {"round_id": world.place.round.pk}


REVIEWING: Table = {
    "daily:review": (
        Row(SEE, PAGE),
        Row(SEE, PAGE, query=_said(show="review", day="2021-11-04")),
    ),
    "daily:review_report": Row(SEE, PAGE, path=_REPORT, of=True),
    "daily:review_accept": Row(
        REVIEW, {"POST": {302}}, path=_REPORT, of=True, body=_said(version=1)
    ),
    "daily:review_return": Row(
        REVIEW, {"POST": {302}}, path=_REPORT, of=True, body=_said(version=1, phrases="scans")
    ),
    "daily:review_clean": Row(REVIEW, {"POST": {302}}, path=_id("cutoff", "cutoff_id")),
    "daily:unlocks": Row(SEE, PAGE),
    "daily:unlock_decide": Row(
        UNLOCK, {"POST": {302}}, path=_UNLOCK, of=True, body=_said(decision="grant")
    ),
    # A community's own line is not the street's figure.
    "daily:figures": Row(SEE - {"community_worker"}, PAGE),
    "daily:figures_csv": Row(SEE - {"community_worker"}, PAGE),
}
FORMS: Table = {
    "daily:forms": Row(MANAGE, PAGE),
    "daily:forms_builtin": Row(
        MANAGE, {"POST": {302}}, path=lambda world, side: {"district_id": world.place.district.pk}
    ),
    "daily:form": Row(MANAGE, PAGE, path=_FORM),
    "daily:form_times": Row(MANAGE, {"POST": {422}}, path=_FORM),
    "daily:round_times": Row(MANAGE, {"POST": {422}}, path=_FORM),
    "daily:round_times_clear": Row(MANAGE, {"POST": {302}}, path=_round),
    "daily:column_add": Row(MANAGE, {"POST": {422}}, path=_FORM),
    "daily:column": Row(MANAGE, PAGE | {"POST": {422}}, path=_COLUMN),
    "daily:column_retire": Row(MANAGE, {"POST": {302}}, path=_COLUMN),
    "daily:check_add": Row(MANAGE, {"POST": {422}}, path=_FORM),
    "daily:check_remove": Row(MANAGE, {"POST": {302}}, path=_id("report_check", "check_id")),
    "daily:cutoff_move": Row(MANAGE, {"POST": {422}}, path=_id("cutoff", "cutoff_id")),
}
_DRAFT = _id("draft", "report_id")
# The hourly line is the street's alone: a community has no part in it.
_STREETS_OWN = frozenset({"community_worker"})


def _cell(world: Any, side: str) -> dict[str, Any]:
    report = world.things["report"][side]
    cell = ReportCell.objects.filter(line__report=report, line__community__isnull=False)
    return {"report_id": report.pk, "cell_id": cell.order_by("pk")[0].pk}


FILLING: Table = {
    "daily:reports": Row(FILL, PAGE),
    "daily:worker": Row(EVERYBODY, PAGE),
    "daily:report": Row(FILL, PAGE | {"POST": {422}}, path=_REPORT, of=True),
    "daily:cells": Row(
        FILL, {"POST": {200}}, path=_DRAFT, of=True, body=_said(changes=[]), json=True,
        blind=_STREETS_OWN,
    ),
    "daily:cell": Row(FILL, PAGE, path=_cell, of=True),
    "daily:state": Row(FILL, PAGE, path=_REPORT, of=True),
    "daily:newest": Row(FILL, {"POST": {200}}, path=_DRAFT, of=True, blind=_STREETS_OWN),
    "daily:submit": Row(
        SUBMIT, {"POST": {409}}, path=_REPORT, of=True, json=True,
        body=_said(key=str(uuid.UUID(int=7)), seen=0),
    ),
    "daily:unlock_ask": Row(SUBMIT, {"POST": {422}}, path=_REPORT, of=True, body=_said(why="x")),
    "daily:chat": Row(SUBMIT, PAGE, path=_REPORT, of=True),
}  # fmt: skip
EXPLAINING: Table = {"daily:reconcile": Row(SEE, PAGE, path=_REPORT, of=True)}
TABLE: Table = {**FILLING, **EXPLAINING, **REVIEWING, **FORMS}
