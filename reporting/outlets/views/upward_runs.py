"""One issue: its file, its figures, where it went, what came back, and sending it again."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.forms import Form
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from core import clock
from core.actors import names_of
from core.acts import accepted, who
from core.query import refuse_unknown_query
from core.sheets.writing import download
from reporting.outlets.forms.upward import PressForm, ReceiptForm, SentForm
from reporting.outlets.models import OutletRun, RunFile, RunState
from reporting.outlets.permissions import (
    can_manage_outlets,
    check_can_manage_outlets,
    check_can_see_outlets,
)
from reporting.outlets.queries.upward import figures_of
from reporting.outlets.services.deliveries import send_run
from reporting.outlets.services.upward_filling import refusal
from reporting.outlets.services.upward_runs import try_again
from reporting.outlets.services.upward_steps import acknowledge, note_sent, note_taken

INVALID = 422


@never_cache
@require_safe
def run_page(request: HttpRequest, run_id: int) -> HttpResponse:
    """One issue with its trail."""
    check_can_see_outlets(request.scope)
    refuse_unknown_query(request, ())
    return _page(request, _run(request, run_id))


@never_cache
@require_safe
def run_file(request: HttpRequest, run_id: int) -> HttpResponse:
    """The frozen file itself; the trail says who took it."""
    check_can_see_outlets(request.scope)
    refuse_unknown_query(request, ())
    run = _run(request, run_id)
    if request.method == "HEAD":
        file = get_object_or_404(RunFile.objects.filter(run=run))
    else:
        file = note_taken(run_id=run.pk, **who(request))
    return download(bytes(file.data), file.content_type, file.name)


@require_POST
def run_sent(request: HttpRequest, run_id: int) -> HttpResponse:
    """Write down where somebody sent it by hand."""
    return _change(request, run_id, SentForm, lambda pk, data: note_sent(
        run_id=pk, **data, **who(request)))  # fmt: skip


@require_POST
def run_receipt(request: HttpRequest, run_id: int) -> HttpResponse:
    """Write down the superior's receipt."""
    return _change(request, run_id, ReceiptForm, lambda pk, data: acknowledge(
        run_id=pk, **data, **who(request)))  # fmt: skip


@require_POST
def run_resend(request: HttpRequest, run_id: int) -> HttpResponse:
    """Send the same bytes again, as a new message."""
    check_can_manage_outlets(request.scope)
    run = _run(request, run_id)
    send_run(run_id=run.pk, key=PressForm.key_of(request), **who(request))
    messages.success(request, _("It is on its way again, with the same figures."))
    return _back(run)


@require_POST
def run_again(request: HttpRequest, run_id: int) -> HttpResponse:
    """Try again to make an issue that failed."""
    check_can_manage_outlets(request.scope)
    run = _run(request, run_id)
    try_again(run_id=run.pk, **who(request))
    messages.success(request, _("It is made in a moment."))
    return _back(run)


def _change(request: HttpRequest, run_id: int, kind: type[Form], act: Any) -> HttpResponse:
    check_can_manage_outlets(request.scope)
    run = _run(request, run_id)
    form = kind(request.POST)
    if accepted(form, lambda data: act(run.pk, data)):
        messages.success(request, _("Noted."))
        return _back(run)
    return _page(request, run, form, status=INVALID)


def _run(request: HttpRequest, run_id: int) -> OutletRun:
    runs = OutletRun.objects.within(request.scope).select_related(
        "outlet__superior__district", "outlet__endpoint", "round__campaign", "file"
    )
    return get_object_or_404(runs.defer("file__data"), pk=run_id)


def _back(run: OutletRun) -> HttpResponse:
    return HttpResponseRedirect(reverse("upward:run", args=[run.pk]))


def _page(
    request: HttpRequest, run: OutletRun, refused: Form | None = None, *, status: int = 200
) -> HttpResponse:
    steps = list(run.steps.order_by("pk"))
    names = names_of({step.by for step in steps})
    file = getattr(run, "file", None)
    context = {
        "run": run,
        "file": file,
        "figures": figures_of(request.scope, file),
        "problem": refusal(run.problem, run.problem_params).text if run.problem else "",
        "steps": [(step, names[step.by]) for step in steps],
        "deliveries": run.deliveries.select_related("endpoint").defer("body").order_by("-made_at"),
        "sent_form": refused if isinstance(refused, SentForm) else SentForm(),
        "receipt_form": refused if isinstance(refused, ReceiptForm) else ReceiptForm(),
        "refused": refused,
        "at": clock.now(),
        "can_note": run.state in (RunState.MADE, RunState.SENT, RunState.ACKNOWLEDGED),
        "can_receipt": run.state in (RunState.SENT, RunState.ACKNOWLEDGED),
        "manages": can_manage_outlets(request.scope),
    }
    return render(request, "outlets/upward/run.html", context, status=status)
