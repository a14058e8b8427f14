"""Cells as JSON: saved one by one as they are typed, sent again after a lost network, compared."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.middleware.csrf import get_token
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from core import clock
from core.actors import names_of
from core.acts import who
from core.inputs import Conflict, Refused
from core.offline import PERSON_HEADER
from core.problems import problem_response
from core.query import query_number, refuse_unknown_query
from core.scope import Scope
from core.strict_json import BadBody, read_json, refuse_unknown_fields
from reporting.daily.checking import Problem
from reporting.daily.faces import (
    Head,
    face_of,
    head_of,
    problem_rows,
    problems_by_cell,
    written,
)
from reporting.daily.models import Reason, Report, ReportCell
from reporting.daily.permissions import check_can_fill, check_can_submit
from reporting.daily.queries.history import past_of
from reporting.daily.queries.owing import newer_figures
from reporting.daily.queries.sheet import Sheet, sheet_of
from reporting.daily.services.entry import Change, Outcome, save_cells
from reporting.daily.services.prefill import take_newest
from reporting.daily.services.submission import Unsound, submit
from reporting.daily.views.report import report_in

MOST = 1_000
LONGEST = 600
FIELDS = ("id", "cell", "base", "text", "reason", "comment")

View = Callable[[HttpRequest, int], HttpResponse]


def speaks_json(view: View) -> View:
    """A refusal is answered as problem+json, as under /api/."""

    @wraps(view)
    def inner(request: HttpRequest, report_id: int) -> HttpResponse:
        try:
            _same_person(request)
            return view(request, report_id)
        except Refused as refused:
            return problem_response(
                request, status=refused.status, code=refused.code, detail=refused.text,
                errors=_errors(refused),
            )  # fmt: skip

    return inner


def _same_person(request: HttpRequest) -> None:
    """What one person typed is never saved under another's name who signed in meanwhile."""
    named = request.headers.get(PERSON_HEADER)
    if named is not None and named != str(request.user.pk):
        raise Conflict("other_person", _("Somebody else is signed in here now."))


def _errors(refused: Refused) -> list[dict[str, str]]:
    if isinstance(refused, Unsound):
        return [
            {"path": f"cells[{problem.cell.pk}]", "code": problem.code, "message": problem.text}
            for problem in refused.problems
        ]
    if not refused.path:
        return []
    return [{"path": refused.path, "code": refused.code, "message": refused.text}]


@speaks_json
@require_POST
def cells_save(request: HttpRequest, report_id: int) -> HttpResponse:
    """Save changes; each gets its own verdict, and the sheet's sums and findings come along."""
    check_can_fill(request.scope)
    changes = _changes(read_json(request))
    saved = save_cells(report_id=report_id, changes=changes, **who(request))
    sheet = sheet_of(saved.report, request.scope)
    found = problems_by_cell(sheet)
    names = names_of({o.cell.saved_by for o in saved.outcomes if o.cell and o.cell.saved_by})
    return _json({
        "outcomes": [_outcome(o, found, names) for o in saved.outcomes],
        "edition_before": saved.edition_before,
        "edition": saved.edition,
    } | _findings(sheet))  # fmt: skip


def _changes(body: Any) -> list[Change]:
    if not isinstance(body, dict) or not isinstance(body.get("changes"), list):
        raise BadBody("changes_missing", "changes", _("Send a list of changes."))
    refuse_unknown_fields(body, ("changes",), "")
    if len(body["changes"]) > MOST:
        raise BadBody("changes_too_many", "changes", _("At most %(most)s changes."), most=MOST)
    return [_change(item, f"changes[{n}]") for n, item in enumerate(body["changes"])]


def _change(item: Any, path: str) -> Change:
    if not isinstance(item, dict):
        raise BadBody("change_unreadable", path, _("A change is an object."))
    refuse_unknown_fields(item, FIELDS, path)
    texts = {name: item.get(name, "") for name in ("text", "reason", "comment")}
    for name, text in texts.items():
        # How long it may be is judged with the change: one text holds up no other change.
        if not isinstance(text, str):
            raise BadBody("text_unreadable", f"{path}.{name}", _("A text of limited length."))
    return Change(
        id=_uuid(item.get("id"), f"{path}.id"),
        cell_id=_number(item.get("cell"), f"{path}.cell"),
        base=_number(item.get("base"), f"{path}.base"),
        **texts,
    )


def _uuid(value: Any, path: str) -> uuid.UUID:
    try:
        return uuid.UUID(value)
    except (ValueError, TypeError, AttributeError):
        raise BadBody("id_unreadable", path, _("An id is a UUID.")) from None


def _number(value: Any, path: str) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value < 2**31:
        raise BadBody("number_unreadable", path, _("This is not a number that can be kept."))
    return value


def _outcome(outcome: Outcome, found: Mapping[int, Any], names: Mapping[str, str]) -> Any:
    answer: dict[str, Any] = {"id": str(outcome.id), "verdict": outcome.verdict}
    cell = outcome.cell
    if outcome.refusal is not None:
        answer |= {"code": outcome.refusal.code, "message": outcome.refusal.text}
        if "offered" in outcome.refusal.params:  # “1.2万” is asked about, never guessed
            answer["offered"] = outcome.refusal.params["offered"]
    if cell is None:
        return answer
    answer |= _cell(cell, head_of(cell.column), found)
    if outcome.revision is not None:
        # What the sender's next change of this cell is typed over, whoever came after.
        answer["made"] = outcome.revision
    if outcome.verdict == "conflict":
        at = f"{clock.local(cell.saved_at):%H:%M}" if cell.saved_at else ""
        answer["theirs"] = {"by": names.get(cell.saved_by, cell.saved_by), "at": at}
    return answer


def _cell(cell: ReportCell, head: Head, found: Mapping[int, list[Problem]]) -> dict[str, Any]:
    face = face_of(cell, head, found.get(cell.pk, ()))
    return {
        "cell": cell.pk, "revision": cell.revision, "value": face["text"], "note": face["note"],
        "mark": face["mark"], "problem": face["problem"], "system": cell.system_value,
        "reason": cell.reason, "comment": cell.comment,
    }  # fmt: skip


def _findings(sheet: Sheet) -> dict[str, Any]:
    return {
        "problems": problem_rows(sheet),
        "totals": {str(column): written(total) for column, total in sheet.totals.items()},
    }


@never_cache
@speaks_json
@require_safe
def state(request: HttpRequest, report_id: int) -> HttpResponse:
    """Where a report stands. With `?edition=` of the page, cells come only if it moved on."""
    check_can_fill(request.scope)
    refuse_unknown_query(request, ("edition",))
    seen = query_number(request, "edition")
    return _json(_state(request, report_in(request.scope, report_id), seen))


@speaks_json
@require_POST
def newest(request: HttpRequest, report_id: int) -> HttpResponse:
    """Take the system's figures as they are now, and answer with the sheet as it then is."""
    check_can_fill(request.scope)
    report_in(request.scope, report_id)
    moved = take_newest(report_id=report_id, **who(request))
    return _json({"moved": moved} | _state(request, report_in(request.scope, report_id), None))


def _state(request: HttpRequest, report: Report, seen: int | None) -> dict[str, Any]:
    at = clock.now()
    newer = newer_figures(report, request.scope, at) if report.is_open(at) else None
    answer: dict[str, Any] = {
        "edition": report.edition,
        "state": report.state,
        "open": report.is_open(at),
        "now": at.isoformat(),
        "as_of": f"{clock.local(report.prefilled_at):%H:%M}" if report.prefilled_at else "",
        "newer": {"at": f"{clock.local(newer[0]):%H:%M}", "cells": newer[1]} if newer else None,
        "csrf": get_token(request),
    }
    if seen == report.edition:
        return answer
    sheet = sheet_of(report, request.scope)
    found = problems_by_cell(sheet)
    heads = {column.pk: head_of(column) for column in sheet.columns}
    cells = [
        _cell(cell, heads[column.pk], found)
        for _line, column, cell in sheet.cells()
        if cell.pk is not None
    ]
    return answer | {"cells": cells} | _findings(sheet)


@speaks_json
@require_POST
def report_submit(request: HttpRequest, report_id: int) -> HttpResponse:
    """Submit what was seen at an edition; sent twice it is one submission."""
    check_can_submit(request.scope)
    report = report_in(request.scope, report_id)
    check_can_submit(request.scope, report)
    body = read_json(request)
    if not isinstance(body, dict):
        raise BadBody("submission_unreadable", "", _("A submission is an object."))
    refuse_unknown_fields(body, ("key", "seen", "reason"), "")
    reason = body.get("reason", "")
    if not isinstance(reason, str) or len(reason) > LONGEST:
        raise BadBody("text_unreadable", "reason", _("A text of limited length."))
    version = submit(
        report_id=report.pk, key=_uuid(body.get("key"), "key"),
        seen=_number(body.get("seen"), "seen"), reason=reason, **who(request),
    )  # fmt: skip
    return _json({
        "receipt": version.receipt, "version": version.number, "late": version.late,
        "at": f"{clock.local(version.at):%H:%M}",
    })  # fmt: skip


@never_cache
@require_safe
def cell_past(request: HttpRequest, report_id: int, cell_id: int) -> HttpResponse:
    """A cell's past, for the panel beside the sheet: last report, limits, every change."""
    check_can_fill(request.scope)
    report = report_in(request.scope, report_id)
    past = _past(request.scope, report, cell_id)
    return render(request, "daily/report_past.html", {"past": past, "reasons": Reason.choices})


def _past(scope: Scope, report: Report, cell_id: int) -> Any:
    past = past_of(report, cell_id, scope)
    if past is None:
        raise Http404
    return past


def _json(body: Mapping[str, Any]) -> JsonResponse:
    answer = JsonResponse(dict(body), json_dumps_params={"ensure_ascii": False})
    answer["Cache-Control"] = "no-store"
    return answer
