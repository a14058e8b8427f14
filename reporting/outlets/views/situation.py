"""S18: the list of situation reports, one report to write, judge or hand on, and its files."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.forms import Form
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from campaigns.models import Division, Round
from core import clock
from core.actors import names_of
from core.query import query_choice, query_number, refuse_unknown_query
from core.scope import Scope
from core.sheets.writing import download
from reporting.outlets.forms.situation import (
    CorrectForm,
    ReturnForm,
    StatementForm,
    TimesForm,
    WithdrawForm,
    WordsForm,
)
from reporting.outlets.models import SituationReport, SituationSchedule, SituationState
from reporting.outlets.models.situation import OPEN, WRITABLE
from reporting.outlets.permissions import (
    can_approve_situation,
    can_write_situation,
    check_can_see_situation,
)
from reporting.outlets.queries.situation import (
    blocking,
    due_next,
    material_of,
    newer_data,
    reports,
    waiting,
)
from reporting.outlets.queries.situation_figures import kept_times, overtaken_by
from reporting.outlets.services.situation_files import KINDS, file_of
from reporting.outlets.services.situation_flow import wrote
from reporting.outlets.situation.chat import chat_text
from reporting.outlets.situation.composing import Material, compose
from reporting.outlets.situation.document import LANGUAGES
from reporting.progress.queries import current_round, visible_rounds

PAGE_SIZE = 25
CUT_OFFS_SHOWN = 24
SLOW = ("pdf", "png")
"""Drawn by the worker; a page only hands them on."""


@never_cache
@require_safe
def reports_page(request: HttpRequest) -> HttpResponse:
    """What waits, what is due next, and every issue, newest first."""
    check_can_see_situation(request.scope)
    refuse_unknown_query(request, ("page", "round"))
    return list_page(request)


def list_page(
    request: HttpRequest, *, failed: Form | None = None, times: TimesForm | None = None,
    status: int = 200,
) -> HttpResponse:  # fmt: skip
    """The list, with what was typed wrong in one of its forms."""
    scope: Scope = request.scope
    at = clock.now()
    round_ = _round(request, scope, failed or times)
    found = reports(scope).filter(state=SituationState.ISSUED)
    page = Paginator(found, PAGE_SIZE).get_page(request.GET.get("page"))
    open_reports = list(waiting(scope))
    people = {report.author for report in [*page, *open_reports]}
    people |= {report.approver for report in page} | {each.opened_by for each in open_reports}
    context = {
        "page": page,
        "waiting": open_reports,
        "due": due_next(scope, at),
        "at": at,
        "names": names_of(label for label in people if label),
        "may_write": can_write_situation(scope),
        "may_approve": can_approve_situation(scope),
        "round": round_,
        "areas": _areas(scope, round_) if round_ else [],
        "cut_offs": kept_times(round_.pk, at, CUT_OFFS_SHOWN) if round_ else [],
        "form": failed or times,
        "times": times or TimesForm(initial=_times(scope, round_)),
        "withdrawn": reports(scope).filter(state=SituationState.WITHDRAWN)[:5],
    }
    return render(request, "situation/reports.html", context, status=status)


def _round(request: HttpRequest, scope: Scope, form: Form | None) -> Round | None:
    """The round of the forms: that of a refused one, the one asked for, else the current one."""
    number = query_number(request, "round", maximum=2**31 - 1)
    if form is not None:
        number = form.cleaned_data.get("round")
    return current_round(scope) if number is None else chosen_round(scope, number)


def chosen_round(scope: Scope, number: int) -> Round:
    """A round that one sees. Raises Http404."""
    round_: Round = get_object_or_404(visible_rounds(scope), pk=number)
    return round_


def _areas(scope: Scope, round_: Round) -> list[Division]:
    """The district, and its streets that take part."""
    district = round_.campaign.district
    streets = Division.objects.streets().within(scope).filter(district_id=district.pk)
    taking = round_.areas.values_list("division_id", flat=True)
    return [district, *streets.filter(pk__in=taking).order_by("code")]


def _times(scope: Scope, round_: Round | None) -> dict[str, Any]:
    """What the form of times begins with: the times as they are set, also when they are switched
    off, or the usual ones."""
    if round_ is None:
        return {}
    stored = SituationSchedule.objects.within(scope).filter(
        round=round_, division=round_.campaign.district_id
    )
    mine = stored.first()
    if mine is None:
        usual = {"every_minutes": "120", "opens_before": 20, "active": False}
        return usual | {"round": round_.pk}
    minute = mine.daily_minute
    daily = f"{minute % 1440 // 60:02d}:{minute % 60:02d}" if minute else ""
    return {
        "round": round_.pk, "every_minutes": str(mine.every_minutes or ""), "daily": daily,
        "opens_before": mine.opens_before, "active": mine.active,
    }  # fmt: skip


@never_cache
@require_safe
def report_page(request: HttpRequest, report_id: int) -> HttpResponse:
    """One report, in the language asked for."""
    check_can_see_situation(request.scope)
    refuse_unknown_query(request, ("language",))
    return one_page(request, found(request.scope, report_id))


def found(scope: Scope, report_id: int) -> SituationReport:
    """The report, within the caller's area. Raises Http404."""
    report: SituationReport = get_object_or_404(reports(scope), pk=report_id)
    return report


def one_page(
    request: HttpRequest, report: SituationReport, *, refused: tuple[str, Form] | None = None,
    status: int = 200,
) -> HttpResponse:  # fmt: skip
    """The page of a report, with the form that was refused, under its name, in the place of the
    fresh one."""
    scope: Scope = request.scope
    language = query_choice(request, "language", tuple(LANGUAGES), default=_own_language())
    material = material_of(report)
    steps = list(report.steps.order_by("pk"))
    may_write = can_write_situation(scope)
    newer = newer_data(report)
    forms = _forms(report) | ({refused[0]: refused[1]} if refused else {})
    context = {
        "report": report,
        "language": language,
        "languages": LANGUAGES,
        "form": refused[1] if refused else None,
        "at": clock.now(),
        "steps": steps,
        "names": names_of({step.by for step in steps}),
        "newer": newer,
        "writable": may_write and report.state in WRITABLE,
        "may_write": may_write,
        "may_withdraw": may_write and report.state in OPEN,
        "waits": report.state == SituationState.SUBMITTED,
        "own": wrote(report, scope.actor),
        "may_approve": can_approve_situation(scope) and report.state == SituationState.SUBMITTED,
        "correction": report.corrections.exclude(state=SituationState.WITHDRAWN).first(),
        **_overtaken(report, newer=newer),
        # Each check has its own; only what was refused is shown again.
        "override_form": None,
        **forms,
        **_drawn(report, material, language),
    }
    return render(request, "situation/report.html", context, status=status)


def _forms(report: SituationReport) -> dict[str, Form]:
    return {
        "words_form": WordsForm(initial=_words(report)),
        "statement_form": StatementForm(
            initial={"edition": report.edition, "as_of": report.cut_off, "unit": "tubes"}
        ),
        "return_form": ReturnForm(initial={"edition": report.edition}),
        "withdraw_form": WithdrawForm(auto_id="withdraw_%s"),
        "correct_form": CorrectForm(auto_id="correct_%s"),
    }


def _overtaken(report: SituationReport, *, newer: bool) -> dict[str, Any]:
    """Whether a report should be opened anew: another issue went out, or of its correction more is
    known by now."""
    if report.state not in OPEN:
        return {"overtaken_by": None, "renewable": False}
    by = overtaken_by(report)
    stale = report.corrects_id is not None and newer
    return {"overtaken_by": by, "renewable": by is not None or stale}


def _drawn(report: SituationReport, material: Material | None, language: str) -> dict[str, Any]:
    """The laid-out report with its checks, its chat text and its files."""
    if material is None:
        return {"document": None}
    document = compose(material, language)
    texts = {f"{row.key}_{row.language}": row for row in report.texts.all()}
    return {
        "document": document,
        "chat": chat_text(document),
        "checks": material.checks,
        "overrides": material.overrides,
        "blocking": blocking(material),
        "statements": report.statements.order_by("pk"),
        "edited": [row for row in texts.values() if row.edited],
        "files": {row.kind for row in report.files.defer("content").filter(language=language)},
    }


def _own_language() -> str:
    return "en" if (get_language() or "").startswith("en") else "zh"


def _words(report: SituationReport) -> dict[str, Any]:
    given: dict[str, Any] = {f"{row.key}_{row.language}": row.text for row in report.texts.all()}
    return given | {"edition": report.edition}


@never_cache
@require_safe
def report_file(request: HttpRequest, report_id: int, kind: str, language: str) -> HttpResponse:
    """An issued report to take away, in one form and language."""
    check_can_see_situation(request.scope)
    refuse_unknown_query(request, ())
    report = found(request.scope, report_id)
    if kind not in KINDS or language not in LANGUAGES or report.state != SituationState.ISSUED:
        raise Http404
    if kind in SLOW and not report.files.filter(kind=kind, language=language).exists():
        messages.info(request, _("This file is being made; try again in a moment."))
        return HttpResponseRedirect(reverse("situation:report", args=[report.pk]))
    content, content_type, name = file_of(report, kind, language)
    return download(content, content_type, name)
