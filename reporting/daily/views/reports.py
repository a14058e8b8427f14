"""What my area owes now; the chat text of a report; the page's helper for a lost network."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from django.contrib.auth.decorators import login_not_required
from django.contrib.staticfiles import finders
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from core import clock
from core.query import refuse_unknown_query
from reporting.daily.chat import LANGUAGES, chat_text
from reporting.daily.permissions import check_can_fill, check_can_submit
from reporting.daily.queries.history import trail_of
from reporting.daily.queries.owing import owed_by, unconfirmed_of
from reporting.daily.queries.sheet import sheet_of
from reporting.daily.views.report import PERSON_HEADER, report_in

WORKER = "js/daily-worker.js"


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
    """The service worker. Served from here because it may only help pages below its own path."""
    answer = HttpResponse(_worker_text(), content_type="text/javascript; charset=utf-8")
    answer["Cache-Control"] = "no-cache"
    return answer


@cache
def _worker_text() -> str:
    found = finders.find(WORKER)
    if not isinstance(found, str):
        raise Http404
    return Path(found).read_text(encoding="utf-8")
