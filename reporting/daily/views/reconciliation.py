"""One page that explains a difference: reported, scanned, tallied, tubes, cause by cause."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from core import clock
from core.actors import names_of
from core.query import query_choice, query_number, refuse_unknown_query
from core.scope import Scope
from reporting.daily.models import Report, Source, State
from reporting.daily.permissions import can_fill, can_see_unaccepted, check_can_see
from reporting.daily.queries.reconciliation import (
    MEASURES,
    Place,
    Reconciliation,
    Said,
    reconcile,
)
from reporting.daily.reconciling import Cause, Entry, Ledger

TITLES = {
    Source.PERSONS: (_("Persons"), _("people who live here, once each"), _("persons")),
    Source.SWABS: (_("Swabs"), _("taken at the points here"), _("swabs")),
    Source.TUBES: (_("Tubes"), _("opened at the points here"), _("tubes")),
}

# A cause by its measure first, else in general.
WHY: dict[tuple[str, str] | str, Any] = {
    Cause.SINCE: _("The number was taken before; scans went on until the cut-off."),
    Cause.LATE: _("From before the cut-off; the devices synchronised after it."),
    Cause.VOIDED: _("Counted at the cut-off, voided since."),
    Cause.RECOUNTED: _(
        "Voided or moved since, or the picture was kept a little after the cut-off."
    ),
    Cause.TALLIED: _("Units without a device count on paper; scans do not hold these."),
    Cause.SHORT_TUBES: _("If the number was reckoned as tubes × people per tube."),
    (Source.PERSONS, Cause.OFF_REGISTER): _("If they were counted in: scans count the target."),
    (Source.SWABS, Cause.OFF_REGISTER): _("If they were left out: scans count every swab."),
    Cause.EXEMPT: _("If they were counted in: scans count the target."),
    Cause.OUTSIDE: _("If they were counted in: scans count the target."),
    (Source.PERSONS, Cause.SECOND_SWABS): _("If people swabbed twice were counted twice."),
    (Source.SWABS, Cause.SECOND_SWABS): _("If each person was counted once."),
    Cause.STATED: _("A reason was given; no scan shows it."),
}


@dataclass(frozen=True)
class Line:
    """One cause as a row of the page."""

    word: Any
    why: Any
    amount: int
    stated: bool


@dataclass(frozen=True)
class Account:
    """One ledger with its words."""

    measure: str
    title: Any
    scope: Any
    unit: Any
    ledger: Ledger
    lines: list[Line]
    spare: list[Line]
    said: list[Said]
    taken: tuple[datetime, datetime] | None


@never_cache
@require_safe
def reconcile_page(request: HttpRequest, report_id: int) -> HttpResponse:
    """A whole report, or one community of it, at its cut-off."""
    check_can_see(request.scope)
    refuse_unknown_query(request, ("community", "provisional"))
    wish = query_choice(request, "provisional", ("0", "1"), default="0") == "1"
    report = (
        Report.objects.within(request.scope)
        .select_related("cutoff__form", "cutoff__round__campaign", "street")
        .filter(pk=report_id)
        .first()
    )
    if report is None:
        raise Http404
    version = _version(request.scope, report, wish)
    found = reconcile(report, request.scope, at=clock.now(), version=version)
    place = _chosen(request, found)
    accepted = report.accepted_version or 0
    context = {
        "report": report,
        "found": found,
        "place": place,
        "accounts": list(_accounts(place)),
        "rows": _rows(found) if place.division is None else [],
        "said": _said(place, found),
        "version": version,
        "wish": wish,
        "provisional": not _stands(report) if version is None else version != accepted,
        "back": _back(request, report),
        "at": clock.now(),
    }
    context["names"] = names_of(said.by for _name, said in context["said"])
    return render(request, "daily/reconciliation.html", context)


def _version(scope: Scope, report: Report, wish: bool) -> int | None:
    """The version whose numbers are explained; None for the cells as they stand now. What is being
    filled is seen by those who fill it, what is not accepted by those whose work it is, or on wish
    (0: there is nothing to be seen yet)."""
    number = report.version if can_see_unaccepted(scope) or wish else report.accepted_version or 0
    settled = report.state not in (State.DRAFT, State.RETURNED) and number == report.version
    return None if can_fill(scope) or settled else number


def _chosen(request: HttpRequest, found: Reconciliation) -> Place:
    """The community of the address, the only one there is, or the street."""
    wanted = query_number(request, "community")
    if wanted:
        place = found.of(wanted)
        if place is None:
            raise Http404
        return place
    own = request.scope.communities and not (request.scope.streets or request.scope.districts)
    return found.places[0] if own and len(found.places) == 1 else found.whole


def _accounts(place: Place) -> Iterator[Account]:
    for measure in MEASURES:
        ledger = place.ledgers.get(measure)
        if ledger is None:
            continue
        title, scope, unit = TITLES[measure]
        yield Account(
            measure=measure,
            title=title,
            scope=scope,
            unit=unit,
            ledger=ledger,
            lines=[_line(measure, entry) for entry in ledger.entries],
            spare=[_line(measure, entry) for entry in ledger.spare],
            said=[said for said in place.said if said.column == measure],
            taken=place.taken.get(measure),
        )


def _line(measure: str, entry: Entry) -> Line:
    why = WHY.get((measure, entry.cause)) or WHY[entry.cause]
    return Line(entry.cause.label, why, entry.amount, entry.cause == Cause.STATED)


def _rows(found: Reconciliation) -> list[dict[str, Any]]:
    """The communities, the worst first: their differences and what of them nobody can say."""
    return [
        {
            "place": place,
            "cells": [
                (TITLES[measure][0], place.ledgers.get(measure))
                for measure in MEASURES
                if measure in found.whole.ledgers
            ],
        }
        for place in found.places
    ]


def _said(place: Place, found: Reconciliation) -> list[tuple[str, Said]]:
    """What officials say of their own numbers."""
    shown = [place] if place.division else [found.whole, *found.places]
    return [(each.spoken, said) for each in shown for said in each.said]


def _stands(report: Report) -> bool:
    """Whether the district has accepted these very numbers."""
    accepted = report.state in (State.ACCEPTED, State.LOCKED)
    return accepted and report.version == report.accepted_version


def _back(request: HttpRequest, report: Report) -> str:
    """Where this person works on the report, or reads it."""
    name = "daily:report" if can_fill(request.scope) else "daily:review_report"
    try:
        return reverse(name, args=[report.pk])
    except NoReverseMatch:
        return ""
