"""Where an import begins: which kinds there are, a file or pasted rows, our template."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_safe

from core import clock
from core.acts import accepted
from core.imports.forms import SheetForm
from core.imports.headings import NOTES_SHEET
from core.imports.kinds import ImportKind, KindUnknown, PlaceChoice, kind_of, kinds_for
from core.imports.models import ImportRun
from core.imports.permissions import check_can_import, check_can_import_something
from core.imports.queries import RECENT, recent_runs
from core.imports.services.checking import start_run
from core.query import refuse_unknown_query
from core.sheets.writing import CSV, XLSX, Table, csv_bytes, download, xlsx_bytes


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """The kinds one may import, and the last imports of one's area."""
    check_can_import_something(request.scope)
    refuse_unknown_query(request, ())
    kinds = kinds_for(request.scope)
    runs = ImportRun.objects.within(request.scope).filter(kind__in=[kind.code for kind in kinds])
    context = {
        "kinds": [(kind, start_url(kind)) for kind in kinds],
        "runs": recent_runs(runs.defer("header").order_by("-at")[:RECENT], kinds),
        "as_of": clock.now(),
    }
    return render(request, "imports/home.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def start(request: HttpRequest, code: str) -> HttpResponse:
    """Give a sheet; the answer is its preview, or its unknown columns."""
    kind = _kind(request, code)
    refuse_unknown_query(request, ())
    if kind.start_url:
        return HttpResponseRedirect(start_url(kind))
    places = list(kind.places(request.scope))
    if request.method != "POST":
        return _page(request, kind, SheetForm(places=places))
    form = SheetForm(request.POST, request.FILES, places=places)

    def act(data: dict[str, Any]) -> ImportRun:
        return start_run(
            run_id=data["run_id"] or form.fields["run_id"].initial(),
            kind=kind,
            place=form.place_chosen,
            upload=form.upload(),
            by=request.scope.actor,
            at=clock.now(),
        )

    given = "file" if request.FILES.get("file") else "pasted"
    if done := accepted(form, act, otherwise=given):
        return HttpResponseRedirect(reverse("imports:run", args=[done.value.pk]))
    return _page(request, kind, form, status=422)


def _shown(kind: ImportKind, places: Sequence[PlaceChoice]) -> ImportKind:
    """The kind as it is at the first place, where there is one."""
    return kind.at(places[0].place) if places else kind


@require_safe
def template(request: HttpRequest, code: str, form: str) -> HttpResponse:
    """Our own sheet to fill in: XLSX with an explanation, or CSV with headings only."""
    kind = _kind(request, code)
    kind = _shown(kind, kind.places(request.scope))
    headings = [f"{column.label}{' *' if column.required else ''}" for column in kind.columns]
    rows = Table(str(kind.title), headings)
    name = gettext("%(kind)s template") % {"kind": kind.title}
    if form == "csv":
        return download(csv_bytes(rows), CSV, f"{name}.csv")
    if form == "xlsx":
        return download(xlsx_bytes([rows, _explanation(kind)]), XLSX, f"{name}.xlsx")
    raise KindUnknown("template_unknown", gettext("There is no such template."))


def start_url(kind: ImportKind) -> str:
    """The page where a kind's import begins, also where it has a lane of its own."""
    if kind.start_url:
        try:
            return reverse(kind.start_url)
        except NoReverseMatch:
            return reverse(kind.start_url, args=[kind.code])
    return reverse("imports:start", args=[kind.code])


def _kind(request: HttpRequest, code: str) -> ImportKind:
    # Who imports nothing learns nothing about the kinds there are.
    check_can_import_something(request.scope)
    kind = kind_of(code)
    check_can_import(request.scope, kind)
    return kind


def _explanation(kind: ImportKind) -> Table:
    """The second sheet: what to write in each column, with rows as examples."""
    heads = [gettext("Column"), gettext("Needed"), gettext("What to write"), gettext("Example")]
    rows = [
        [
            str(column.label),
            gettext("yes") if column.required else gettext("no"),
            str(column.hint),
            str(column.example),
        ]
        for column in kind.columns
    ]
    notes = [
        str(kind.intro),
        gettext("Fill in the first sheet and leave its headings as they are. Every cell is text."),
        gettext(
            "An empty cell leaves what is stored as it is. No totals, no merged cells, no formulas."
        ),
    ]
    return Table(str(NOTES_SHEET), heads, rows, notes)


def _page(
    request: HttpRequest, kind: ImportKind, form: SheetForm, *, status: int = 200
) -> HttpResponse:
    only = next(iter(form.places.values())).label if len(form.places) == 1 else ""
    context = {
        "kind": _shown(kind, list(form.places.values())),
        "form": form,
        "only_place": only,
        "fields": [form[name] for name in ("place", "file", "pasted", "sender")][bool(only) :],
    }
    return render(request, "imports/start.html", context, status=status)
