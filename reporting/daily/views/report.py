"""One report: read it, fill it, submit it. Everything works without scripts."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from core import clock
from core.actors import names_of
from core.acts import attempt, who
from core.inputs import Conflict, Refused
from core.offline import PERSON_HEADER
from core.query import refuse_unknown_query
from core.scope import Scope
from reporting.daily.faces import Faces, faces_of, problem_rows
from reporting.daily.models import Reason, Report, State
from reporting.daily.permissions import can_submit, check_can_fill, check_can_submit
from reporting.daily.queries.history import moved_since, trail_of
from reporting.daily.queries.owing import FRESH
from reporting.daily.queries.sheet import Sheet, sheet_of
from reporting.daily.services.entry import Outcome, confirm_line, save_cells
from reporting.daily.services.prefill import take_newest
from reporting.daily.services.review import ask_unlock
from reporting.daily.services.submission import Unsound, submit
from reporting.daily.views.typed import changes_of, edition_of, key_of


@dataclass
class Mishap:
    """What went wrong with a page that was sent: one sentence, and single boxes."""

    refused: Refused | None = None
    outcomes: list[Outcome] = field(default_factory=list)
    typed: dict[str, str] = field(default_factory=dict)
    reason: str = ""


def report_in(scope: Scope, report_id: int) -> Report:
    """The report of one's area; raises Http404."""
    found = (
        Report.objects.within(scope)
        .select_related("cutoff__form", "cutoff__round", "street")
        .filter(pk=report_id)
        .first()
    )
    if found is None:
        raise Http404
    return found


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def report_page(request: HttpRequest, report_id: int) -> HttpResponse:
    """The sheet; sent back, it saves what was typed and then does what its button says."""
    check_can_fill(request.scope)
    refuse_unknown_query(request, ())
    report = report_in(request.scope, report_id)
    if request.method != "POST":
        return _page(request, report, Mishap())
    done = attempt(lambda: _act(request, report))
    mishap = Mishap(refused=done.refused) if done.refused is not None else done.value
    if mishap is None:
        return HttpResponseRedirect(reverse("daily:report", args=[report.pk]))
    mishap.typed = {name[1:]: request.POST[name] for name in request.POST if name[:1] == "c"}
    mishap.reason = request.POST.get("why", "")
    return _page(request, report_in(request.scope, report_id), mishap, status=422)


def _act(request: HttpRequest, report: Report) -> Mishap | None:
    """Save first, whatever the button: what was typed is never lost."""
    post = request.POST
    act, _dash, number = post.get("act", "save").partition("-")
    changes, seen = changes_of(post), edition_of(post)
    if changes:
        saved = save_cells(report_id=report.pk, changes=changes, **who(request))
        failed = [o for o in saved.outcomes if o.verdict in ("conflict", "refused")]
        if failed:
            return Mishap(outcomes=failed)
        seen = saved.edition if saved.edition_before == seen else -1
    if act == "newest":
        take_newest(report_id=report.pk, **who(request))
    elif act in ("confirm", "unconfirm") and _is_id(number):
        confirm_line(line_id=int(number), confirmed=act == "confirm", **who(request))
    elif act == "submit":
        check_can_submit(request.scope, report)
        submit(report_id=report.pk, key=key_of(post), seen=seen, reason=post.get("why", ""),
               **who(request))  # fmt: skip
    elif act != "save":
        raise Refused("act_unknown", _("This page cannot do that."))
    return None


def _is_id(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 10


def _page(
    request: HttpRequest, report: Report, mishap: Mishap, *, status: int = 200
) -> HttpResponse:
    at = clock.now()
    sheet = sheet_of(report, request.scope)
    trail = trail_of(report, request.scope)
    confirmed = {line.line.confirmed_by for line in sheet.lines} - {""}
    names = names_of(trail.actors() | confirmed)
    faces = faces_of(sheet, names)
    context = {
        "report": report,
        "sheet": sheet,
        "faces": faces,
        "problems": problem_rows(sheet),
        "blocking": len(sheet.blocking),
        "trail": trail,
        "names": names,
        "reasons": Reason.choices,
        "at": at,
        "rate": clock.rate(),
        "open": report.is_open(at),
        "closed": at >= report.lock_at and report.state != State.SUBMITTED,
        "whole": can_submit(request.scope, report),
        "may_import": request.scope.can("import_report"),
        "key": uuid.uuid4(),
        "mishap": mishap,
        "mishaps": _mishaps(sheet, faces, mishap),
        "moved": moved_since(sheet, trail.last) if trail.returned and trail.last else [],
    } | _times(report, at)
    response = render(request, "daily/report.html", context, status=status)
    response[PERSON_HEADER] = str(request.user.pk)
    return response


def _times(report: Report, at: datetime) -> dict[str, Any]:
    """The clock's side of a report: how long it is still open, whether it is late or stale."""
    due = report.cutoff.due_at
    return {
        "left": due - at,
        "overdue": at > due,
        "late": report.version == 0 and at > due,
        "urgent": 0 <= (due - at).total_seconds() < 600,
        "stale": report.prefilled_at is not None and at - report.prefilled_at > FRESH,
    }


def _mishaps(sheet: Sheet, faces: Faces, mishap: Mishap) -> list[dict[str, Any]]:
    """The boxes that were not taken, with what was typed left in them and why on top."""
    every = {face["id"]: face for line in faces.lines for face in line.faces}
    every |= {face["id"]: face for _column, face in [*faces.street, *faces.own]}
    failed = {str(o.cell.pk): o for o in mishap.outcomes if o.cell is not None}
    places = {
        str(cell.pk): f"{line.division.spoken if line.division else _('Whole street')} · {column}"
        for line, column, cell in sheet.cells()
        if str(cell.pk) in failed
    }
    rows = []
    for cell_id, outcome in failed.items():
        face = every.get(cell_id)
        if face is None or outcome.refusal is None:
            continue
        rows.append({
            "cell": cell_id, "place": places[cell_id], "text": outcome.refusal.text,
            "theirs": face["text"] if isinstance(outcome.refusal, Conflict) else "",
        })  # fmt: skip
        face |= {"text": mishap.typed[cell_id], "mark": "check", "problem": outcome.refusal.text}
    if isinstance(mishap.refused, Unsound) or mishap.refused is None:
        return rows
    for cell_id, typed in mishap.typed.items():
        if cell_id in every:  # nothing was saved: what was typed stays on the page
            every[cell_id]["text"] = typed
    return rows


@require_POST
def unlock_ask(request: HttpRequest, report_id: int) -> HttpResponse:
    """Ask that a locked report may be filled or corrected, with a reason."""
    check_can_submit(request.scope)
    report = report_in(request.scope, report_id)
    check_can_submit(request.scope, report)
    reason = request.POST.get("why", "")
    done = attempt(lambda: ask_unlock(report_id=report.pk, reason=reason, **who(request)))
    if done:
        return HttpResponseRedirect(reverse("daily:report", args=[report.pk]))
    return _page(request, report, Mishap(refused=done.refused, reason=reason), status=422)
