"""One report under review: what is reported, what the system knew, what changed, what to judge."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from core import clock
from core.actors import names_of
from core.acts import accepted, who
from core.query import query_choice, refuse_unknown_query
from core.scope import Scope
from reporting.daily.checking import Problem
from reporting.daily.forms.review import ReturnForm, VersionForm
from reporting.daily.models import Report, ReportCell, ReportColumn, State
from reporting.daily.permissions import (
    can_fill,
    can_review,
    can_see_unaccepted,
    check_can_review,
    check_can_see,
)
from reporting.daily.queries.sheet import Sheet, SheetLine
from reporting.daily.queries.timeline import timeline_of
from reporting.daily.queries.versions import Moved, Record, record_of, sheet_of_version
from reporting.daily.services.review import accept, can_be_recalled, return_report

CONFLICT, INVALID = 409, 422


@dataclass
class Spot:
    """One number of the shown version, with all that a reviewer weighs it by."""

    line: SheetLine
    column: ReportColumn
    cell: ReportCell
    before: int | None
    problems: list[Problem] = field(default_factory=list)
    moved: Moved | None = None

    @property
    def difference(self) -> int | None:
        """Reported less what the system knew then."""
        if self.cell.value is None or self.cell.system_value is None:
            return None
        return self.cell.value - self.cell.system_value

    @property
    def to_judge(self) -> bool:
        return bool(self.problems or self.moved or self.cell.overridden)

    @property
    def hard(self) -> bool:
        return any(problem.weight == "hard" for problem in self.problems)


@never_cache
@require_safe
def report_pane(request: HttpRequest, report_id: int) -> HttpResponse:
    """The version that waits for review, or, for higher levels, the accepted one."""
    check_can_see(request.scope)
    refuse_unknown_query(request, ("provisional",))
    wish = query_choice(request, "provisional", ("0", "1"), default="0") == "1"
    report = _report(request.scope, report_id)
    return _page(request, report, provisional=wish)


@require_POST
def report_accept(request: HttpRequest, report_id: int) -> HttpResponse:
    """Stand by the version that was looked at; a newer one is shown with what it changed."""
    check_can_review(request.scope)
    report = _report(request.scope, report_id)
    form = VersionForm(request.POST)
    done = accepted(form, lambda data: accept(report_id=report.pk, **data, **who(request)))
    if done:
        return _onward(request, report, _("%(street)s: accepted, version %(version)s."))
    return _refused(request, report, form, done.refused)


@require_POST
def report_return(request: HttpRequest, report_id: int) -> HttpResponse:
    """Send it back with what has to be mended."""
    check_can_review(request.scope)
    report = _report(request.scope, report_id)
    form = ReturnForm(request.POST)

    def act(data: dict[str, Any]) -> Report:
        return return_report(
            report_id=report.pk, version=data["version"], comment=form.words, **who(request)
        )

    done = accepted(form, act)
    if done:
        return _onward(request, report, _("%(street)s: returned."))
    return _refused(request, report, form, done.refused)


def _refused(request: HttpRequest, report: Report, form: VersionForm, refused: Any) -> HttpResponse:
    """The page as it now is: after a conflict with what changed since it was looked at."""
    status = CONFLICT if refused.status == CONFLICT else INVALID
    seen = form.cleaned_data.get("version") if hasattr(form, "cleaned_data") else None
    return _page(request, _report(request.scope, report.pk), form=form, seen=seen, status=status)


def _report(scope: Scope, report_id: int) -> Report:
    reports = Report.objects.within(scope).select_related("cutoff__form", "cutoff__round", "street")
    return get_object_or_404(reports, pk=report_id)


def _onward(request: HttpRequest, report: Report, words: str) -> HttpResponse:
    """To the next one that waits, or back to the matrix."""
    said = {"street": report.street.spoken, "version": report.version}
    messages.success(request, words % said)
    following = _neighbours(request.scope, report)[1]
    if following is None:
        return HttpResponseRedirect(reverse("daily:review"))
    return HttpResponseRedirect(reverse("daily:review_report", args=[following]))


def _neighbours(scope: Scope, report: Report) -> tuple[int | None, int | None]:
    """The reports to review before and after this one."""
    waiting = (
        Report.objects.within(scope)
        .filter(state=State.SUBMITTED)
        .values_list("cutoff__due_at", "cutoff__form_id", "street__code", "pk")
    )
    order = sorted(waiting)
    mine = (report.cutoff.due_at, report.cutoff.form_id, report.street.code, report.pk)
    before = [key[-1] for key in order if key < mine]
    after = [key[-1] for key in order if key > mine]
    # At the end of the list it goes on with the first: nothing that waits is passed over.
    previous = before[-1] if before else (after[-1] if after else None)
    return previous, after[0] if after else (before[0] if before else None)


def _page(
    request: HttpRequest,
    report: Report,
    *,
    form: VersionForm | None = None,
    seen: int | None = None,
    provisional: bool = False,
    status: int = 200,
) -> HttpResponse:
    scope: Scope = request.scope
    own = can_see_unaccepted(scope)
    numbers = own or provisional
    record = record_of(report, scope)
    number = report.version if numbers else report.accepted_version
    events = timeline_of(record, scope, numbers=numbers, drafts=can_fill(scope))
    reviews = can_review(scope)
    previous, following = _neighbours(scope, report) if reviews else (None, None)
    at = clock.now()
    context = {
        "report": report,
        "form": form,
        "return_form": form if isinstance(form, ReturnForm) else ReturnForm(
            initial={"version": report.version}
        ),
        "conflict": status == CONFLICT,
        "since": record.moved(seen, report.version) if seen and seen < report.version else [],
        "seen": seen,
        "number": number,
        "version": record.version(number),
        "provisional": not own and bool(number) and number != report.accepted_version,
        "wish": provisional,
        "may_show": not own and report.version > (report.accepted_version or 0),
        "may_fill": can_fill(scope) and report.state in (State.DRAFT, State.RETURNED),
        "may_review": reviews and report.state == State.SUBMITTED,
        "may_return": reviews and (report.state == State.SUBMITTED or can_be_recalled(report, at)),
        "events": events,
        "names": names_of({event.by for event in events if event.by}),
        "previous": previous,
        "following": following,
        "at": at,
    }  # fmt: skip
    if number:
        context |= _shown(record, number, own)
    return render(request, "daily/review_report.html", context, status=status)


def _shown(record: Record, number: int, own: bool) -> dict[str, Any]:
    """The version as a grid, and before it the numbers that ask for judgement. Beside it, higher
    levels see of the report before what was accepted (not `own`)."""
    sheet = sheet_of_version(record, number, accepted_before=not own)
    grid = _spots(sheet, record.moved(number - 1, number) if number > 1 else [])
    judge = [spot for _line, spots in grid for spot in spots if spot.to_judge]
    judge.sort(key=lambda spot: (not spot.hard, not spot.problems, spot.moved is None))
    sums = [
        (column, sheet.totals[column.pk] if column.per_community else None)
        for column in sheet.columns
    ]
    return {"sheet": sheet, "grid": grid, "judge": judge, "sums": sums}


def _spots(sheet: Sheet, moved: list[Moved]) -> list[tuple[SheetLine, list[Spot]]]:
    changed = {(m.place.pk if m.place else None, m.column.pk): m for m in moved}
    hits: dict[int, list[Problem]] = {}
    for problem in sheet.problems:
        hits.setdefault(id(problem.cell), []).append(problem)
    grid = []
    for line in sheet.lines:
        spots = [
            Spot(
                line, column, cell, sheet.before.get((line.community_id, column.pk)),
                hits.get(id(cell), []), changed.get((line.community_id, column.pk)),
            )
            for column, cell in zip(sheet.columns, line.cells, strict=True)
        ]  # fmt: skip
        grid.append((line, spots))
    return grid
