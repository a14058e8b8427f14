"""What is done to situation reports: opened, written, submitted, returned, issued, corrected."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.forms import Form
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from campaigns.models import Division, Round
from core.acts import Answer, accepted, who
from core.query import refuse_unknown_query
from core.scope import Scope
from reporting.outlets.forms.situation import (
    CorrectForm,
    EditionForm,
    OpenForm,
    OverrideForm,
    ReturnForm,
    StatementForm,
    TimesForm,
    WithdrawForm,
    WordsForm,
)
from reporting.outlets.models import SituationReport
from reporting.outlets.permissions import (
    check_can_approve_situation,
    check_can_write_situation,
)
from reporting.outlets.services import situation_flow, situation_renewal, situation_times
from reporting.outlets.services.situation import (
    open_report,
    override_check,
    state_figure,
    write_words,
)
from reporting.outlets.views.situation import chosen_round, found, list_page, one_page

CONFLICT, INVALID = 409, 422
Act = Callable[[dict[str, Any]], SituationReport]


@require_POST
def report_open(request: HttpRequest) -> HttpResponse:
    """Open a draft by hand; its figures are those kept for the chosen quarter hour."""
    check_can_write_situation(request.scope)
    refuse_unknown_query(request, ())
    form = OpenForm(request.POST)

    def act(data: dict[str, Any]) -> SituationReport:
        round_ = chosen_round(request.scope, data["round"])
        division = _area(request.scope, round_, data["division"])
        return open_report(
            round_=round_, division=division, cut_off=data["cut_off"], **who(request)
        )

    done = accepted(form, act)
    if done:
        return HttpResponseRedirect(reverse("situation:report", args=[done.value.pk]))
    return list_page(request, failed=form, status=_status(done))


@require_POST
def times_set(request: HttpRequest) -> HttpResponse:
    """Set when the district's reports are due."""
    check_can_write_situation(request.scope)
    refuse_unknown_query(request, ())
    form = TimesForm(request.POST)

    def act(data: dict[str, Any]) -> object:
        round_ = chosen_round(request.scope, data["round"])
        return situation_times.set_times(
            round_=round_, division=round_.campaign.district, daily_minute=form.daily_minute,
            every_minutes=data["every_minutes"], opens_before=data["opens_before"] or 0,
            active=data["active"], **who(request),
        )  # fmt: skip

    done = accepted(form, act)
    if done:
        messages.success(request, _("The times of the reports are set."))
        return HttpResponseRedirect(reverse("situation:reports"))
    return list_page(request, times=form, status=_status(done))


def _area(scope: Scope, round_: Round, division_id: int) -> Division:
    """The district itself, or a street of it that takes part in the round."""
    district = round_.campaign.district
    if division_id == district.pk:
        return district
    taking = round_.areas.values_list("division_id", flat=True)
    streets = Division.objects.streets().within(scope).filter(pk__in=taking)
    street = streets.filter(pk=division_id, district_id=district.pk).first()
    if street is None:
        raise Http404
    return street


@require_POST
def report_words(request: HttpRequest, report_id: int) -> HttpResponse:
    """Keep the passages as people want them."""
    check_can_write_situation(request.scope)
    form = WordsForm(request.POST)
    return _do(
        request, report_id, ("words_form", form),
        lambda data: write_words(
            report_id=report_id, edition=data["edition"], words=form.words(), **who(request)
        ),
        _("The words are kept."),
    )  # fmt: skip


@require_POST
def report_state(request: HttpRequest, report_id: int) -> HttpResponse:
    """Keep a figure that somebody states."""
    check_can_write_situation(request.scope)
    form = StatementForm(request.POST)
    return _do(
        request, report_id, ("statement_form", form),
        lambda data: state_figure(
            report_id=report_id, edition=data["edition"], statement=form.statement(),
            **who(request),
        ),
        _("The stated figure is kept, apart from those of this system."),
    )  # fmt: skip


@require_POST
def report_override(request: HttpRequest, report_id: int) -> HttpResponse:
    """Let a check pass with a reason."""
    check_can_write_situation(request.scope)
    # As the page names the fields beneath each check, so that the summary leads there.
    code = request.POST.get("code", "")
    form = OverrideForm(request.POST, auto_id=f"%s-{code}" if code.isidentifier() else True)
    return _do(
        request, report_id, ("override_form", form),
        lambda data: override_check(report_id=report_id, **data, **who(request)),
        _("Kept: the report prints the reason."),
    )  # fmt: skip


@require_POST
def report_submit(request: HttpRequest, report_id: int) -> HttpResponse:
    """Hand it to whoever approves."""
    check_can_write_situation(request.scope)
    return _do(
        request, report_id, ("edition_form", EditionForm(request.POST)),
        lambda data: situation_flow.submit(report_id=report_id, **data, **who(request)),
        _("Submitted: somebody else approves it."),
    )  # fmt: skip


@require_POST
def report_return(request: HttpRequest, report_id: int) -> HttpResponse:
    """Send it back with words."""
    check_can_approve_situation(request.scope)
    return _do(
        request, report_id, ("return_form", ReturnForm(request.POST)),
        lambda data: situation_flow.return_report(report_id=report_id, **data, **who(request)),
        _("Returned with your words."),
    )  # fmt: skip


@require_POST
def report_approve(request: HttpRequest, report_id: int) -> HttpResponse:
    """Issue it: from now on it has its number and never changes."""
    check_can_approve_situation(request.scope)
    return _do(
        request, report_id, ("edition_form", EditionForm(request.POST)),
        lambda data: situation_flow.approve(report_id=report_id, **data, **who(request)),
        # The worker's sweep makes them: a page never waits for a broker.
        _("Issued. Its files are ready in a moment."),
    )  # fmt: skip


@require_POST
def report_withdraw(request: HttpRequest, report_id: int) -> HttpResponse:
    """Take a report that is not needed out of the way."""
    check_can_write_situation(request.scope)
    return _do(
        request, report_id, ("withdraw_form", WithdrawForm(request.POST, auto_id="withdraw_%s")),
        lambda data: situation_flow.withdraw(report_id=report_id, **data, **who(request)),
        _("Withdrawn."),
    )  # fmt: skip


@require_POST
def report_correct(request: HttpRequest, report_id: int) -> HttpResponse:
    """Open the correction of an issue."""
    check_can_write_situation(request.scope)
    return _do(
        request, report_id, ("correct_form", CorrectForm(request.POST, auto_id="correct_%s")),
        lambda data: situation_flow.correct(report_id=report_id, **data, **who(request)),
        _("This is the correction: say in its words what was wrong."),
    )  # fmt: skip


@require_POST
def report_renew(request: HttpRequest, report_id: int) -> HttpResponse:
    """Open it anew with its words: another issue overtook it."""
    check_can_write_situation(request.scope)
    return _do(
        request, report_id, ("edition_form", EditionForm(request.POST)),
        lambda data: situation_renewal.renew(report_id=report_id, **data, **who(request)),
        _("Opened anew: its figures are compared with the newest issue, your words are kept."),
    )  # fmt: skip


def _do(
    request: HttpRequest, report_id: int, told: tuple[str, Form], act: Act, words: str
) -> HttpResponse:
    """One act on one report: done, or the page as it now is with what was refused, under the name
    that the page gives to the form."""
    refuse_unknown_query(request, ("language",))
    report = found(request.scope, report_id)
    done = accepted(told[1], act)
    if done:
        messages.success(request, words)
        return HttpResponseRedirect(reverse("situation:report", args=[done.value.pk]))
    return one_page(request, found(request.scope, report.pk), refused=told, status=_status(done))


def _status(done: Answer[Any]) -> int:
    refused = done.refused
    return CONFLICT if refused is not None and refused.status == CONFLICT else INVALID
