"""A register file comes in: whole in one form, or in slices that a script sends."""

from __future__ import annotations

import csv
import io
import uuid
from collections.abc import Iterator
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from campaigns.permissions import check_can_import_register
from campaigns.register_forms import BeginForm, RegisterFileForm
from campaigns.register_import import KIND
from campaigns.services.register import uploads
from core import clock
from core.acts import accepted
from core.imports.headings import Recall, find_table
from core.imports.models import ImportRun, RunState
from core.imports.services.checking import sheet_notes
from core.imports.services.columns import recall_columns
from core.inputs import Refused
from core.query import refuse_unknown_query
from core.sheets.reading import read_sheets


@require_http_methods(["GET", "HEAD", "POST"])
def register_import(request: HttpRequest) -> HttpResponse:
    """Choose a file. A POST is the way without scripts: one file of a page's size."""
    check_can_import_register(request.scope)
    refuse_unknown_query(request, ())
    places = KIND.places(request.scope)
    if request.method != "POST":
        return _start(request, RegisterFileForm(places=places))
    form = RegisterFileForm(request.POST, request.FILES, places=places)
    if done := accepted(form, lambda _data: _take_whole(request, form), otherwise="file"):
        return HttpResponseRedirect(reverse("campaigns:register_run", args=[done.value.pk]))
    return _start(request, form, status=422)


@require_POST
def register_begin(request: HttpRequest) -> HttpResponse:
    """A script announces a file; the answer says where slices go and which are here already."""
    check_can_import_register(request.scope)
    form = BeginForm(request.POST)
    places = {choice.value: choice.place for choice in KIND.places(request.scope)}
    if not form.is_valid() or form.cleaned_data["place"] not in places:
        return JsonResponse({"error": _first_error(form)}, status=422)
    said = form.cleaned_data
    try:
        run = uploads.begin(
            run_id=said["run_id"],
            district_id=places[said["place"]].district_id,
            file_name=said["name"],
            size=said["size"],
            sender=said["sender"],
            by=request.scope.actor,
            at=clock.now(),
        )
    except Refused as refused:
        return _said(refused)
    if run.state != RunState.UPLOADING:
        return JsonResponse({"page": reverse("campaigns:register_run", args=[run.pk])})
    return JsonResponse(
        {
            "page": reverse("campaigns:register_run", args=[run.pk]),
            "slices": reverse("campaigns:register_chunk", args=[run.pk, 0]).removesuffix("0/"),
            "finish": reverse("campaigns:register_finish", args=[run.pk]),
            "bytes": uploads.CHUNK_BYTES,
            "here": uploads.received(run),
        }
    )


@require_POST
def register_chunk(request: HttpRequest, run_id: uuid.UUID, number: int) -> HttpResponse:
    """Keep one slice; the same one again is as good as the first."""
    check_can_import_register(request.scope)
    try:
        uploads.store_chunk(run_id=run_id, number=number, content=request.body, scope=request.scope)
    except Refused as refused:
        return _said(refused)
    return HttpResponse(status=204)


@require_POST
def register_finish(request: HttpRequest, run_id: uuid.UUID) -> HttpResponse:
    """All slices are here; the file is checked in the background."""
    check_can_import_register(request.scope)
    try:
        run = uploads.finish(
            run_id=run_id, scope=request.scope, by=request.scope.actor, at=clock.now()
        )
    except Refused as refused:
        return _said(refused)
    return JsonResponse({"page": reverse("campaigns:register_run", args=[run.pk])})


def _take_whole(request: HttpRequest, form: RegisterFileForm) -> ImportRun:
    file = form.cleaned_data["file"]
    content, name = file.read(), file.name
    scope, at = request.scope, clock.now()
    notes: list[dict[str, Any]] = []
    if name.lower().endswith(".xlsx"):
        memory = recall_columns(
            kind=KIND.code,
            district_id=form.district_id,
            sender=form.cleaned_data["sender"] or scope.actor,
        )
        content, notes = _as_csv(content, name, memory.get)
        name = f"{name[:-5]}.csv"
    run = uploads.begin(
        run_id=form.cleaned_data["run_id"] or uuid.uuid4(),
        district_id=form.district_id,
        file_name=name,
        size=len(content),
        sender=form.cleaned_data["sender"],
        by=scope.actor,
        at=at,
        notes=notes,
    )
    if run.state == RunState.UPLOADING:
        for number, start in enumerate(range(0, len(content), uploads.CHUNK_BYTES)):
            part = content[start : start + uploads.CHUNK_BYTES]
            uploads.store_chunk(run_id=run.pk, number=number, content=part, scope=scope)
        uploads.finish(run_id=run.pk, scope=scope, by=scope.actor, at=at)
    return run


def _as_csv(content: bytes, name: str, recall: Recall) -> tuple[bytes, list[dict[str, Any]]]:
    """The sheet of a workbook that holds the register as CSV with the same row numbers, and notes
    on what was left out; read in a limited child."""
    book = read_sheets(content, name)
    found = find_table(book, KIND, recall)
    sheet = found.sheet
    for line in sheet.lines:
        for index in line.faults:
            if 0 <= index < len(line.cells):
                line.cells[index] = FAULTY
    width = max(len(line.cells) for line in sheet.lines)
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    for cells in _numbered(sheet.lines, width):
        writer.writerow(cells)
    return out.getvalue().encode(), sheet_notes(book, found)


#: What stands for a cell that the workbook itself could not tell; no column accepts it.
FAULTY = "#REF!"


def _numbered(lines: list[Any], width: int) -> Iterator[list[str]]:
    number = 0
    for line in lines:
        number += 1
        while number < line.number:
            yield [""] * width
            number += 1
        yield [*line.cells, *[""] * (width - len(line.cells))]


def _start(request: HttpRequest, form: RegisterFileForm, *, status: int = 200) -> HttpResponse:
    context = {
        "form": form,
        "kind": KIND,
        "fields": [form[name] for name in ("sender", "file")],
        "only_place": next(iter(form.places.values())).label if len(form.places) == 1 else "",
    }
    response = render(request, "campaigns/register_import.html", context, status=status)
    response["Cache-Control"] = "no-store"
    return response


def _first_error(form: BeginForm) -> str:
    for errors in form.errors.values():
        return str(errors[0])
    return str(KIND.nowhere)


def _said(refused: Refused) -> JsonResponse:
    return JsonResponse({"error": refused.text, "code": refused.code}, status=refused.status)
