"""The district's figures of the streets at one cut-off, as a page and as a table to take away."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from core import clock
from core.inputs import fold
from core.query import query_choice, query_number, refuse_unknown_query
from core.scope import Scope
from core.sheets.writing import CSV, Table, csv_bytes, download
from reporting.daily.models import Cutoff, Report
from reporting.daily.permissions import can_see_unaccepted, check_can_see
from reporting.daily.queries.standing import Footing, Standing, StreetFigures, standing

LATEST = 60
"""How many cut-offs are offered to choose from."""

WORDS: dict[str, Any] = {
    Footing.ACCEPTED: gettext_lazy("accepted"),
    Footing.PROVISIONAL: gettext_lazy("provisional"),
    Footing.WAITING: gettext_lazy("not accepted yet"),
    Footing.MISSING: gettext_lazy("not submitted"),
}


@never_cache
@require_safe
def figures_page(request: HttpRequest) -> HttpResponse:
    """Accepted figures; `provisional=1` shows those not accepted too, marked."""
    _check(request.scope)
    refuse_unknown_query(request, ("cutoff", "provisional"))
    cutoffs = _cutoffs(request.scope)
    cutoff, provisional = _choice(request, cutoffs)
    context: dict[str, Any] = {"cutoffs": cutoffs, "cutoff": cutoff, "provisional": provisional}
    if cutoff is not None:
        table = standing(request.scope, cutoff, provisional=provisional)
        counts = {str(footing): table.number(footing) for footing in Footing}
        context |= {"table": table, "counts": counts, "at": clock.now(), "words": WORDS}
    return render(request, "daily/figures.html", context)


@never_cache
@require_safe
def figures_csv(request: HttpRequest) -> HttpResponse:
    """The same table as CSV, with the same choice."""
    _check(request.scope)
    refuse_unknown_query(request, ("cutoff", "provisional"))
    cutoff, provisional = _choice(request, _cutoffs(request.scope))
    if cutoff is None:
        raise Http404
    found = standing(request.scope, cutoff, provisional=provisional)
    moment = clock.local(cutoff.as_of).strftime("%Y%m%d-%H%M")
    return download(csv_bytes(_table(found)), CSV, f"{cutoff.form}-{moment}.csv")


def _check(scope: Scope) -> None:
    """Figures are those of whole streets; a community sees its own line on its report."""
    check_can_see(scope)
    if not (scope.everything or scope.districts or scope.streets):
        raise PermissionDenied


def _cutoffs(scope: Scope) -> list[Cutoff]:
    """The cut-offs that one's area had reports at, newest first."""
    seen = Report.objects.within(scope).order_by().values("cutoff_id")
    found = Cutoff.objects.filter(pk__in=seen).select_related("form", "round__campaign")
    return list(found.order_by("-as_of", "form_id")[:LATEST])


def _choice(request: HttpRequest, cutoffs: list[Cutoff]) -> tuple[Cutoff | None, bool]:
    """The cut-off of the address, else the newest of the daily form; and whether unaccepted
    figures are shown: those whose work they are see them unless they say otherwise."""
    default = "1" if can_see_unaccepted(request.scope) else "0"
    provisional = query_choice(request, "provisional", ("0", "1"), default=default) == "1"
    number = query_number(request, "cutoff")
    if number is not None:
        chosen = next((cutoff for cutoff in cutoffs if cutoff.pk == number), None)
        if chosen is None:
            raise Http404
        return chosen, provisional
    daily = [cutoff for cutoff in cutoffs if cutoff.form.cadence == "daily"]
    return next(iter(daily or cutoffs), None), provisional


def _table(found: Standing) -> Table:
    head = [_("Code"), _("Street or town"), _("Standing"), _("Version"), _("Submitted")]
    head += [f"{column} ({column.get_unit_display()})" for column in found.columns]
    rows = [_row(found, row) for row in found.rows]
    sums = ["", _("Sum"), _summed(found), "", ""]
    sums += [_cell(found.sums[column.pk]) for column in found.columns]
    return Table(name="", headings=head, rows=[*rows, sums])


def _summed(found: Standing) -> str:
    said = {"shown": found.summed, "all": len(found.rows)}
    return _("%(shown)s of %(all)s streets") % said


def _row(found: Standing, row: StreetFigures) -> list[str]:
    version = row.version
    return [
        row.street.code,
        row.street.name,
        str(WORDS[row.footing]),
        str(version.number) if version else "",
        clock.local(version.at).strftime("%Y-%m-%d %H:%M") if version else "",
        *(_cell(row.figures.get(column.pk)) for column in found.columns),
    ]


def _cell(value: int | str | None) -> str:
    # A text may hold line breaks: in a table it is one line.
    return "" if value is None else " ".join(fold(str(value)).split())
