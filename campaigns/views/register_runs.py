"""One register file on its way: progress, columns, preview, writing, undo."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from typing import Any

from django.core.paginator import Paginator
from django.http import (
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseRedirect,
    StreamingHttpResponse,
)
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.http import require_POST, require_safe

from campaigns.models import Contradiction
from campaigns.permissions import check_can_import_register
from campaigns.queries import register as queries
from campaigns.register_import import KIND, REGISTER
from campaigns.services.register import uploads
from core import audit, clock
from core.actors import names_of
from core.acts import accepted, attempt, who
from core.imports.forms import ColumnsForm
from core.imports.headings import REASON_HEADING, ROW_HEADING, own_headings, plain
from core.imports.models import ImportRun, RunState
from core.imports.queries import shown_rows
from core.imports.storing import headings_of, say
from core.pages import page_or_partial
from core.query import refuse_unknown_query
from core.sheets.writing import BOM, CSV, csv_lines, saved_as

PAGE_SIZE = 50
#: While a job is at it, the page asks again.
BUSY = (RunState.CHECKING, RunState.APPLYING)


@require_safe
def register_run(request: HttpRequest, run_id: uuid.UUID) -> HttpResponse:
    """Where the import stands; a page that may be left and opened again."""
    run = _find(request, run_id)
    refuse_unknown_query(request, ("page",))
    return _page(request, run)


@require_POST
def register_columns(request: HttpRequest, run_id: uuid.UUID) -> HttpResponse:
    """Say what the columns of the file mean."""
    run = _find(request, run_id)
    if run.state != RunState.MAPPING:
        return _to(run)
    form = _columns_form(run, request.POST)

    def act(_data: dict[str, Any]) -> ImportRun:
        return uploads.name_columns(run_id=run.pk, mapping=form.mapping, **who(request))

    if accepted(form, act):
        return _to(run)
    return _page(request, run, form=form, status=422)


@require_POST
def register_confirm(request: HttpRequest, run_id: uuid.UUID) -> HttpResponse:
    """Have the preview written."""
    seen = request.POST.get("preview", "")
    preview = int(seen) if seen.isascii() and seen.isdigit() and len(seen) < 6 else -1
    return _act(request, run_id, uploads.confirm, preview=preview)


@require_POST
def register_discard(request: HttpRequest, run_id: uuid.UUID) -> HttpResponse:
    """Throw the file away before it is written."""
    return _act(request, run_id, uploads.discard)


@require_POST
def register_undo(request: HttpRequest, run_id: uuid.UUID) -> HttpResponse:
    """Have a written file taken back."""
    return _act(request, run_id, uploads.ask_undo)


@require_safe
def register_refused(request: HttpRequest, run_id: uuid.UUID) -> HttpResponseBase:
    """Only the refused rows as they came, with their reasons; streamed, whatever their number."""
    run = _find(request, run_id)
    if run.swept_at is not None or not run.rows_refused:
        raise Http404
    audit.record(
        by=request.scope.actor, at=clock.now(), act="import.take_refused", object_type="import",
        object_id=run.pk, district_id=run.district_id, kind=REGISTER, rows=run.rows_refused,
    )  # fmt: skip
    response = StreamingHttpResponse(_refused_lines(run), content_type=CSV)
    return saved_as(response, gettext("register refused rows") + ".csv")


def _refused_lines(run: ImportRun) -> Iterator[bytes]:
    headings, own = headings_of(run), own_headings()
    kept = [index for index, heading in enumerate(headings) if plain(heading) not in own]
    head = [*(headings[index] for index in kept), str(ROW_HEADING), str(REASON_HEADING)]
    yield BOM + csv_lines([head])
    for line, cells, reasons in queries.refused_rows(run):
        why = "; ".join(say(reason) for reason in reasons)
        original = [cells[index] if index < len(cells) else "" for index in kept]
        yield csv_lines([[*original, str(line), why, *cells[len(headings) :]]])


def _act(
    request: HttpRequest, run_id: uuid.UUID, act: Callable[..., ImportRun], **more: Any
) -> HttpResponse:
    run = _find(request, run_id)
    refused = attempt(lambda: act(run_id=run.pk, **who(request), **more)).refused
    if refused is None or isinstance(refused, uploads.RunMoved):
        return _to(run)
    return _page(request, run, fault=refused.text, status=max(refused.status, 409))


def _find(request: HttpRequest, run_id: uuid.UUID) -> ImportRun:
    check_can_import_register(request.scope)
    run = ImportRun.objects.within(request.scope).filter(pk=run_id, kind=REGISTER).first()
    if run is None:
        raise Http404
    return run


def _to(run: ImportRun) -> HttpResponse:
    return HttpResponseRedirect(reverse("campaigns:register_run", args=[run.pk]))


class _KnownLength(Paginator):
    """Pages of refused rows, whose number the run knows: a million are not counted each time."""

    def __init__(self, run: ImportRun) -> None:
        super().__init__(run.rows.order_by("line"), PAGE_SIZE)
        self._known = run.rows_refused

    @property
    def count(self) -> int:  # type: ignore[override]
        return self._known


def _columns_form(run: ImportRun, data: Any = None) -> ColumnsForm:
    headings = headings_of(run)
    return ColumnsForm(
        data,
        kind=KIND,
        headings=headings,
        mapping=run.context["guess"],
        samples=[""] * len(headings),
    )


def _page(
    request: HttpRequest,
    run: ImportRun,
    *,
    form: ColumnsForm | None = None,
    fault: str = "",
    status: int = 200,
) -> HttpResponse:
    names = names_of([run.by, run.applied_by, run.undone_by])
    context: dict[str, Any] = {
        "run": run,
        "kind": KIND,
        "fault": fault,
        "made_by": names[run.by],
        "notes": [say(note) for note in run.notes],
        "failure": [say(note) for note in run.failure],
        "writes": run.rows_new + run.rows_changed,
        "busy": run.state in BUSY,
        "undoing": bool(run.context.get("undo")) and run.state == RunState.APPLYING,
        "may_undo": queries.may_undo(run, clock.now()),
        "as_of": clock.now(),
    }
    if run.state == RunState.UPLOADING:
        context["received"] = queries.received(run)
        context["total"] = run.context["size"]
    if run.state == RunState.MAPPING:
        context["form"] = form or _columns_form(run)
        context["required"] = [column.label for column in KIND.columns if column.required]
    if run.preview and run.swept_at is None and not context["busy"]:
        context["reasons"] = [
            (KIND.labelled(met["why"]["column"]), say(met["why"]), met["rows"], met["first"])
            for met in run.context.get("reasons", [])
        ]
        page = _KnownLength(run).get_page(request.GET.get("page"))
        context |= {"page": page, "rows": shown_rows(page, run, KIND)}
    if run.state == RunState.APPLIED:
        context["disputes"] = Contradiction.objects.filter(later_run=run.pk).count()
    return page_or_partial(
        request,
        "campaigns/register_run.html",
        "campaigns/register_run_state.html",
        context,
        status=status,
    )
