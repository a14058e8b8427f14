"""The file of an issue in each of its forms: a filled workbook, data values, a bulletin."""

from __future__ import annotations

import json
from typing import Any

from core.scope import Scope
from reporting.outlets.formats.dhis2 import data_value_set
from reporting.outlets.models import Outlet, OutletRun, SituationReport, SituationState
from reporting.outlets.queries.cut import cut_of
from reporting.outlets.services.situation_files import file_of
from reporting.outlets.services.upward_files import Made, NotMade, workbook
from reporting.outlets.services.upward_filling import Problem

JSON_TYPE = "application/json"
KINDS = {
    Outlet.Form.PDF: "pdf",
    Outlet.Form.XLSX: "xlsx",
    Outlet.Form.TEXT: "chat",
    Outlet.Form.PICTURE: "png",
}


def make_file(run: OutletRun, scope: Scope) -> Made:
    """The file of an issue; raises NotMade, or FileRefused for a workbook that refuses a cell."""
    outlet = run.outlet
    if outlet.what == Outlet.What.WORKBOOK:
        return workbook(run, scope)
    if outlet.what == Outlet.What.DATA_VALUES:
        return _data_values(run, scope)
    return _situation(run)


def _data_values(run: OutletRun, scope: Scope) -> Made:
    """A data-value set as DHIS2 takes them, of the cut-off."""
    cut = cut_of(scope, run.round, run.as_of)
    body = data_value_set(cut)
    data = json.dumps(body, ensure_ascii=False, indent=1).encode()
    rows: list[list[Any]] = [
        [value["orgUnit"], "", value["dataElement"], None, value["value"]]
        for value in body["dataValues"]
    ]
    return Made(data, "json", JSON_TYPE, cut.as_of, cut.version, rows)


def _situation(run: OutletRun) -> Made:
    """The district's report of this very cut-off, once it is approved, as it was issued: of two,
    the correction. Until then the issue waits, and is told before its deadline."""
    superior = run.outlet.superior
    report = (
        SituationReport.objects.filter(
            round_id=run.round_id, division_id=superior.district_id, cut_off=run.as_of,
            state=SituationState.ISSUED,
        )
        .order_by("-number")
        .first()
    )  # fmt: skip
    if report is None:
        raise NotMade(Problem("not_issued", {}), waits=True)
    data, content_type, name = file_of(
        report, KINDS[Outlet.Form(run.outlet.form)], run.outlet.language[:2]
    )
    suffix = name.rpartition(".")[2]
    return Made(data, suffix, content_type, report.cut_off, report.number or 0)
