"""The superior's own workbook: uploaded, mapped, and shown as it would be filled now."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from django.contrib import messages
from django.forms import Form
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe
from openpyxl.utils import get_column_letter

from core.acts import accepted, who
from core.query import refuse_unknown_query
from core.sheets.filling import Blank, Page, blank_of
from core.sheets.writing import XLSX, download
from reporting.outlets.forms.upward import EntryForm, WorkbookForm
from reporting.outlets.indicators import INDICATORS
from reporting.outlets.models import Outlet, Workbook, WorkbookEntry
from reporting.outlets.permissions import (
    can_manage_outlets,
    check_can_manage_outlets,
    check_can_see_outlets,
)
from reporting.outlets.queries.cut import Cut, cut_of
from reporting.outlets.services.upward_filling import Filling, Write, filling_of
from reporting.outlets.services.workbooks import (
    add_entry,
    newest_workbook,
    remove_entry,
    upload_workbook,
)
from reporting.progress.queries import current_round

INVALID = 422
SHOWN_ROWS, SHOWN_COLUMNS = 60, 26


@dataclass
class Square:
    """One cell of the preview."""

    text: str
    kind: str = ""
    title: str = ""


@dataclass
class Grid:
    """A sheet as it would be filled: letters above, rows with their number."""

    name: str
    letters: list[str] = field(default_factory=list)
    rows: list[tuple[int, list[Square]]] = field(default_factory=list)


@never_cache
@require_safe
def workbook_page(request: HttpRequest, outlet_id: int) -> HttpResponse:
    """The workbook with what goes into it, and its preview with the figures of now."""
    check_can_see_outlets(request.scope)
    refuse_unknown_query(request, ())
    return _page(request, _outlet(request, outlet_id))


@require_POST
def workbook_upload(request: HttpRequest, outlet_id: int) -> HttpResponse:
    """Take in an empty workbook."""
    check_can_manage_outlets(request.scope)
    outlet = _outlet(request, outlet_id)
    form = WorkbookForm(request.POST, request.FILES)

    def act(data: dict[str, Any]) -> Workbook:
        file = data["file"]
        return upload_workbook(
            outlet_id=outlet.pk, name=file.name, data=file.read(), **who(request)
        )

    if done := accepted(form, act, otherwise="file"):
        messages.success(request, _("Taken in. Say now what goes into which cell."))
        return HttpResponseRedirect(reverse("upward:workbook", args=[done.value.outlet_id]))
    return _page(request, outlet, form, status=INVALID)


@require_POST
def entry_add(request: HttpRequest, outlet_id: int) -> HttpResponse:
    """Say what goes into a cell."""
    check_can_manage_outlets(request.scope)
    outlet = _outlet(request, outlet_id)
    book = newest_workbook(outlet)
    if book is None:
        raise Http404
    form = _entry_form(outlet, blank_of(book.layout), request.POST)

    def act(data: dict[str, Any]) -> WorkbookEntry:
        return add_entry(workbook_id=book.pk, **data, **who(request))

    if accepted(form, act, otherwise="place"):
        return HttpResponseRedirect(f"{reverse('upward:workbook', args=[outlet.pk])}#entries")
    return _page(request, outlet, form, status=INVALID)


@require_POST
def entry_remove(request: HttpRequest, entry_id: int) -> HttpResponse:
    """Leave a cell as the superior had it."""
    check_can_manage_outlets(request.scope)
    book = remove_entry(entry_id=entry_id, **who(request))
    return HttpResponseRedirect(f"{reverse('upward:workbook', args=[book.outlet_id])}#entries")


@never_cache
@require_safe
def workbook_file(request: HttpRequest, outlet_id: int) -> HttpResponse:
    """The empty workbook as it was uploaded."""
    check_can_see_outlets(request.scope)
    refuse_unknown_query(request, ())
    book = newest_workbook(_outlet(request, outlet_id))
    if book is None:
        raise Http404
    return download(bytes(book.data), XLSX, book.name)


def _outlet(request: HttpRequest, outlet_id: int) -> Outlet:
    outlets = Outlet.objects.within(request.scope).select_related("superior__district")
    return get_object_or_404(outlets.filter(what=Outlet.What.WORKBOOK), pk=outlet_id)


def _entry_form(outlet: Outlet, blank: Blank, data: Any = None) -> EntryForm:
    district_id = outlet.superior.district_id
    return EntryForm(data, blank=blank, district_id=district_id, auto_id="id_entry_%s")


def _page(
    request: HttpRequest, outlet: Outlet, refused: Form | None = None, *, status: int = 200
) -> HttpResponse:
    book = newest_workbook(outlet)
    context: dict[str, Any] = {
        "outlet": outlet,
        "book": book,
        "upload_form": refused if isinstance(refused, WorkbookForm) else WorkbookForm(),
        "refused": refused,
        "manages": can_manage_outlets(request.scope),
    }
    if book is not None:
        blank = blank_of(book.layout)
        entries = list(book.entries.select_related("street").order_by("sheet", "pk"))
        cut = _cut(request, outlet)
        filling = _filling(outlet, blank, entries, cut)
        writes = {(write.sheet, write.cell): write for write in filling.writes}
        context |= {
            "blank": blank,
            "entries": [(entry, _said(entry)) for entry in entries],
            "entry_form": refused if isinstance(refused, EntryForm)
            else _entry_form(outlet, blank),
            "grids": [_grid(page, writes) for page in blank.pages],
            "filling": filling,
            "cut": cut,
        }  # fmt: skip
    return render(request, "outlets/upward/workbook.html", context, status=status)


def _cut(request: HttpRequest, outlet: Outlet) -> Cut | None:
    """The figures of now, for the preview alone: an issue has those of its cut-off."""
    round_ = current_round(request.scope)
    district = outlet.superior.district_id
    if round_ is None or round_.campaign.district_id != district:
        return None
    return cut_of(request.scope, round_)


def _filling(
    outlet: Outlet, blank: Blank, entries: list[WorkbookEntry], cut: Cut | None
) -> Filling:
    if cut is None:
        return Filling()
    last = outlet.runs.order_by("-number").values_list("number", flat=True).first()
    return filling_of(outlet, blank, entries, cut, (last or 0) + 1)


def _said(entry: WorkbookEntry) -> str:
    """What an entry does, in one line."""
    if entry.kind == WorkbookEntry.Kind.TEXT:
        return entry.typed or str(entry.get_text_display())
    if entry.kind == WorkbookEntry.Kind.ROWS:
        return _("rows %(first)s to %(last)s, streets by %(key)s") % {
            "first": entry.first_row, "last": entry.last_row, "key": entry.get_row_key_display(),
        }  # fmt: skip
    known = INDICATORS.get(entry.indicator)
    name = str(known.name) if known else "—"
    if entry.kind == WorkbookEntry.Kind.COLUMN:
        return _("%(figure)s of each street") % {"figure": name}
    return f"{entry.street.name} · {name}" if entry.street else name


def _grid(page: Page, writes: dict[tuple[str, str], Write]) -> Grid:
    columns = range(1, min(page.columns, SHOWN_COLUMNS) + 1)
    grid = Grid(page.name, [get_column_letter(column) for column in columns])
    for row in range(1, min(page.rows, SHOWN_ROWS) + 1):
        squares = []
        for column in columns:
            formula, text = page.cells.get((row, column), (False, ""))
            write = writes.get((page.name, f"{get_column_letter(column)}{row}"))
            squares.append(_square(formula, text, write))
        grid.rows.append((row, squares))
    return grid


def _square(formula: bool, text: str, write: Write | None) -> Square:
    if write is not None and write.value is not None:
        shown = f"{write.value:,}" if isinstance(write.value, int) else str(write.value)
        return Square(shown, "written", write.label)
    if write is not None:
        return Square("—", "unknown", write.label)
    return Square(text, "formula" if formula else "")
