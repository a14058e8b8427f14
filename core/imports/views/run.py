"""One import on its way: columns, preview, confirmation, undo, refused rows to take away."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from pathlib import PurePath
from typing import Any

from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from core import audit, clock
from core.actors import names_of
from core.acts import accepted, attempt, who
from core.imports.forms import ColumnsForm
from core.imports.kinds import ImportKind, UndoRefused, kind_of
from core.imports.models import ImportRun, RunState, Verdict
from core.imports.permissions import check_can_import, check_can_import_something
from core.imports.queries import column_samples, refused_table, shown_rows
from core.imports.services.checking import CHANGEABLE, RunMoved, name_columns
from core.imports.services.confirming import confirm_run
from core.imports.services.ending import discard_run, undo_run
from core.imports.storing import headings_of, place_of, plain, say
from core.query import query_choice, refuse_unknown_query
from core.sheets.writing import CSV, XLSX, Table, csv_bytes, download, xlsx_bytes

PAGE_SIZE = 50
_WORST_FIRST = (Verdict.REFUSED, Verdict.CHANGED, Verdict.NEW, Verdict.SAME)


@require_safe
def run_page(request: HttpRequest, run_id: uuid.UUID) -> HttpResponse:
    """Where the import stands: columns to name, preview, or what became of it."""
    run, kind = _find(request, run_id, own_lane=True)
    refuse_unknown_query(request, ("show", "page"))
    if kind.run_url:
        return HttpResponseRedirect(reverse(kind.run_url, args=[run.pk]))
    if run.state == RunState.MAPPING:
        return HttpResponseRedirect(reverse("imports:columns", args=[run.pk]))
    return _page(request, run, kind)


@require_http_methods(["GET", "HEAD", "POST"])
def columns_page(request: HttpRequest, run_id: uuid.UUID) -> HttpResponse:
    """Say which column of the file means what."""
    run, kind = _find(request, run_id)
    if run.state not in CHANGEABLE:
        return _to_run(run)
    headings = headings_of(run)
    samples = column_samples(run, len(headings))
    shape = {"kind": kind, "headings": headings, "mapping": run.mapping, "samples": samples}
    if request.method != "POST":
        return _columns(request, run, kind, ColumnsForm(**shape))
    form = ColumnsForm(request.POST, **shape)

    def act(_data: dict[str, Any]) -> ImportRun:
        return name_columns(run_id=run.pk, mapping=form.mapping, **who(request))

    done = accepted(form, act)
    if done or isinstance(done.refused, RunMoved):
        return _to_run(run)
    return _columns(request, run, kind, form, status=422)


@require_POST
def confirm(request: HttpRequest, run_id: uuid.UUID) -> HttpResponse:
    """Write what the preview shows; a world that changed meanwhile gives a new preview instead."""
    run, kind = _find(request, run_id)
    seen = request.POST.get("preview", "")
    preview = int(seen) if seen.isascii() and seen.isdigit() and len(seen) < 6 else -1
    done = attempt(lambda: confirm_run(run_id=run.pk, preview=preview, **who(request)))
    refused = done.refused
    if isinstance(refused, RunMoved):
        return _to_run(run)
    if refused is not None:
        return _page(request, run, kind, fault=refused.text, status=max(refused.status, 409))
    run, written = done.value
    if not written:
        return _page(request, run, kind, moved=True, status=409)
    return _to_run(run)


@require_POST
def undo(request: HttpRequest, run_id: uuid.UUID) -> HttpResponse:
    """Take an import back; if later work rests on its rows they are named and nothing happens."""
    run, kind = _find(request, run_id)
    refused = attempt(lambda: undo_run(run_id=run.pk, **who(request))).refused
    if refused is None or isinstance(refused, RunMoved):
        return _to_run(run)
    blocked = refused.rows if isinstance(refused, UndoRefused) else []
    rows = [(line, label, say(plain(reason))) for line, label, reason in blocked]
    return _page(request, run, kind, fault=refused.text, blocked=rows, status=409)


@require_POST
def discard(request: HttpRequest, run_id: uuid.UUID) -> HttpResponse:
    """Throw a preview away."""
    run, _kind = _find(request, run_id)
    try:
        discard_run(run_id=run.pk, **who(request))
    except RunMoved:
        return _to_run(run)
    return HttpResponseRedirect(reverse("imports:home"))


@require_safe
def refused_file(request: HttpRequest, run_id: uuid.UUID, form: str) -> HttpResponse:
    """Only the refused rows, with their reasons, to mend and bring again."""
    run, kind = _find(request, run_id)
    if form not in ("xlsx", "csv") or run.swept_at is not None:
        raise Http404
    headings, rows = refused_table(run, kind)
    stem = PurePath(run.file_name).stem or str(kind.title)
    name = gettext("%(file)s refused rows") % {"file": stem}
    audit.record(
        by=request.scope.actor,
        at=clock.now(),
        act="import.take_refused",
        object_type="import",
        object_id=run.pk,
        district_id=run.district_id,
        street_id=run.street_id,
        kind=run.kind,
        rows=len(rows),
    )
    table = Table(gettext("Refused"), headings, rows)
    if form == "csv":
        return download(csv_bytes(table), CSV, f"{name}.csv")
    return download(xlsx_bytes([table]), XLSX, f"{name}.xlsx")


def _find(
    request: HttpRequest, run_id: uuid.UUID, *, own_lane: bool = False
) -> tuple[ImportRun, ImportKind]:
    """The run, if it exists for the caller and is worked on here (or `own_lane` is fine too)."""
    check_can_import_something(request.scope)
    run = ImportRun.objects.within(request.scope).filter(pk=run_id).first()
    if run is None:
        raise Http404
    kind = kind_of(run.kind)
    check_can_import(request.scope, kind)
    if kind.run_url and not own_lane:
        raise Http404
    return run, kind.at(place_of(run))


def _to_run(run: ImportRun) -> HttpResponse:
    return HttpResponseRedirect(reverse("imports:run", args=[run.pk]))


def _columns(
    request: HttpRequest, run: ImportRun, kind: ImportKind, form: ColumnsForm, *, status: int = 200
) -> HttpResponse:
    context = {
        "run": run,
        "kind": kind,
        "form": form,
        "required": [column.label for column in kind.columns if column.required],
        "notes": [say(note) for note in run.notes],
    }
    return render(request, "imports/columns.html", context, status=status)


def _page(
    request: HttpRequest,
    run: ImportRun,
    kind: ImportKind,
    *,
    status: int = 200,
    **more: Any,
) -> HttpResponse:
    counts = _counts(run)
    context: dict[str, Any] = {
        "run": run,
        "kind": kind,
        "names": names_of([run.by, run.applied_by, run.undone_by]),
        "notes": [say(note) for note in run.notes],
        "tabs": [(verdict, counts[verdict]) for verdict in Verdict],
        "writes": run.rows_new + run.rows_changed,
        "as_of": clock.now(),
        **more,
    }
    context["made_by"] = context["names"][run.by]
    context["may_undo"] = _may_undo(run)
    context["after"] = _url_after(kind)
    if run.swept_at is None and run.state not in (RunState.UPLOADING, RunState.CHECKING):
        context |= _rows(request, run, kind, counts)
    return render(request, "imports/run.html", context, status=status)


def _rows(
    request: HttpRequest, run: ImportRun, kind: ImportKind, counts: Mapping[str, int]
) -> dict[str, Any]:
    first = next((verdict for verdict in _WORST_FIRST if counts[verdict]), Verdict.NEW)
    show = query_choice(request, "show", Verdict.values, default=first)
    found = run.rows.filter(verdict=show).order_by("line")
    page = Paginator(found, PAGE_SIZE).get_page(request.GET.get("page"))
    return {
        "show": show,
        "page": page,
        "rows": shown_rows(page, run, kind),
        "query": f"show={show}&",
    }


def _counts(run: ImportRun) -> dict[str, int]:
    return {
        Verdict.NEW: run.rows_new,
        Verdict.CHANGED: run.rows_changed,
        Verdict.SAME: run.rows_same,
        Verdict.REFUSED: run.rows_refused,
    }


def _may_undo(run: ImportRun) -> bool:
    return (
        run.state == RunState.APPLIED
        and run.swept_at is None
        and run.undo_until is not None
        and clock.now() <= run.undo_until
    )


def _url_after(kind: ImportKind) -> str:
    try:
        return reverse(kind.after) if kind.after else ""
    except NoReverseMatch:
        return ""
