"""What my area owes now; the chat text of a report; the page's helper for a lost network."""

from __future__ import annotations

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from core import clock
from core.offline import PERSON_HEADER, worker_response
from core.query import refuse_unknown_query
from reporting.daily.chat import LANGUAGES, chat_text
from reporting.daily.permissions import check_can_fill, check_can_submit
from reporting.daily.queries.history import trail_of
from reporting.daily.queries.owing import owed_by, unconfirmed_of
from reporting.daily.queries.sheet import sheet_of
from reporting.daily.views.report import report_in


@never_cache
@require_safe
def reports_page(request: HttpRequest) -> HttpResponse:
    """Open reports of one's area, most urgent first; then what was sent, with its receipt."""
    check_can_fill(request.scope)
    refuse_unknown_query(request, ())
    at = clock.now()
    owed = owed_by(request.scope, at)
    context = {
        "owed": owed,
        "at": at,
        "rate": clock.rate(),
        "whole": bool(request.scope.streets),
        "unconfirmed": unconfirmed_of(owed.open, request.scope),
    }
    response = render(request, "daily/reports.html", context)
    response[PERSON_HEADER] = str(request.user.pk)
    return response


@never_cache
@require_safe
def chat_page(request: HttpRequest, report_id: int) -> HttpResponse:
    """The report as text for a chat group, in both languages."""
    check_can_submit(request.scope)
    report = report_in(request.scope, report_id)
    check_can_submit(request.scope, report)
    sheet = sheet_of(report, request.scope)
    last = trail_of(report, request.scope).last
    texts = [(language, chat_text(sheet, last, language)) for language in LANGUAGES]
    return render(request, "daily/report_chat.html", {"report": report, "texts": texts})


@login_not_required
@require_safe
def worker(request: HttpRequest) -> HttpResponse:
    """The helper for a lost network, for the pages of the daily numbers."""
    return worker_response()
