"""Files of many rows: what can be taken out, how far each file is, and the file itself."""

from __future__ import annotations

import uuid
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase, StreamingHttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import (
    require_GET,
    require_http_methods,
    require_POST,
    require_safe,
)

from campaigns.models import Division
from core import clock
from core.actors import names_of, same_person
from core.acts import accepted, attempt, who
from core.imports.storing import say
from core.pages import page_or_partial
from core.query import refuse_unknown_query
from core.scope import Scope
from core.sheets.writing import CSV, XLSX, saved_as
from reporting.outlets.forms.exports import DecideForm, ExportForm
from reporting.outlets.models import UNFINISHED, ExportJob, ExportState
from reporting.outlets.permissions import (
    can_agree_to_people,
    can_export_people,
    check_can_agree_to_people,
    check_can_export_people,
    check_can_export_rows,
)
from reporting.outlets.queries.export_kinds import EXPORT_KINDS, ExportKind, most_rows
from reporting.outlets.queries.export_words import file_name
from reporting.outlets.services.exports import (
    ExportMoved,
    ask_export,
    cancel_export,
    decide_export,
    parts_of,
    take_export,
)
from reporting.progress.queries import visible_rounds

PAGE_SIZE = 30


@never_cache
@require_safe
def exports_page(request: HttpRequest) -> HttpResponse:
    """The tables there are, the files that wait for this person's word, and the last files."""
    scope = request.scope
    check_can_export_rows(scope)
    refuse_unknown_query(request, ("page",))
    jobs = ExportJob.objects.within(scope).select_related("round__campaign", "street")
    page = Paginator(jobs.order_by("-asked_at", "pk"), PAGE_SIZE).get_page(request.GET.get("page"))
    asked = jobs.filter(state=ExportState.ASKED).order_by("asked_at")
    waiting = [
        job for job in asked if can_agree_to_people(scope) and not same_person(job.by, scope.actor)
    ]
    context = {
        "kinds": [each for each in EXPORT_KINDS.values() if _may_ask(scope, each)],
        "listed": [(job, EXPORT_KINDS[job.kind]) for job in page],
        "waiting": [(job, EXPORT_KINDS[job.kind]) for job in waiting],
        "page": page,
        "names": names_of({job.by for job in [*page, *waiting]}),
        "as_of": clock.now(),
    }
    return render(request, "outlets/exports/exports.html", context)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def export_new(request: HttpRequest, kind: str) -> HttpResponse:
    """Ask for a file of one kind."""
    scope = request.scope
    check_can_export_rows(scope)
    found = EXPORT_KINDS.get(kind)
    if found is None:
        raise Http404
    if found.personal:
        check_can_export_people(scope)
    refuse_unknown_query(request, ())
    choices: dict[str, Any] = {
        "kind": found,
        "rounds": list(visible_rounds(scope)),
        "streets": list(Division.objects.streets().within(scope).order_by("code")),
    }
    status = 200
    form = ExportForm(request.POST if request.method == "POST" else None, **choices)
    if request.method == "POST":
        done = accepted(
            form,
            lambda data: ask_export(wanted=form.wanted, key=data["key"] or uuid.uuid4(),
                                    **who(request)),
        )  # fmt: skip
        if done:
            return _to(done.value.pk)
        status = 422
    context = {
        "form": form,
        "kind": found,
        "most": most_rows(found, "csv"),
        "most_sheet": most_rows(found, "xlsx"),
    }
    return render(request, "outlets/exports/new.html", context, status=status)


@require_safe
def export_job(request: HttpRequest, job_id: uuid.UUID) -> HttpResponse:
    """How far a file is; the page asks again while it is made."""
    refuse_unknown_query(request, ())
    return _page(request, _find(request, job_id))


@require_POST
def export_decide(request: HttpRequest, job_id: uuid.UUID) -> HttpResponse:
    """Agree to a file of people, or refuse it; never one's own."""
    check_can_agree_to_people(request.scope)
    job = _find(request, job_id)
    form = DecideForm(request.POST)

    def act(data: dict[str, Any]) -> ExportJob:
        return decide_export(
            job_id=job.pk, granted=form.granted, answer=data["answer"], **who(request)
        )

    done = accepted(form, act, fields={"export_why_not": "answer"})
    if done:
        messages.success(
            request, _("Agreed: it is written now.") if form.granted else _("Refused.")
        )
        return _to(job.pk)
    refused = done.refused
    status = 409 if refused is not None and refused.status == 409 else 422
    job.refresh_from_db()
    return _page(request, job, form=form, status=status)


@require_POST
def export_cancel(request: HttpRequest, job_id: uuid.UUID) -> HttpResponse:
    """Call a file off before it is ready."""
    job = _find(request, job_id)
    refused = attempt(lambda: cancel_export(job_id=job.pk, **who(request))).refused
    if refused is None or isinstance(refused, ExportMoved):
        return _to(job.pk)
    return _page(request, job, fault=refused.text, status=refused.status)


@require_GET
def export_file(request: HttpRequest, job_id: uuid.UUID) -> HttpResponseBase:
    """The file, piece by piece. One of people goes to nobody but the one who asked for it."""
    refuse_unknown_query(request, ())
    job = _find(request, job_id)
    if job.personal:
        check_can_export_people(request.scope)
    answer = attempt(lambda: take_export(job_id=job.pk, **who(request)))
    if answer.refused is not None:
        return _page(request, job, fault=answer.refused.text, status=410)
    response = StreamingHttpResponse(
        parts_of(job), content_type=CSV if job.format == "csv" else XLSX
    )
    response["Content-Length"] = str(job.bytes)
    return saved_as(response, file_name(job))


def _find(request: HttpRequest, job_id: uuid.UUID) -> ExportJob:
    check_can_export_rows(request.scope)
    jobs = ExportJob.objects.within(request.scope).select_related("round__campaign", "street")
    job = jobs.filter(pk=job_id).first()
    if job is None:
        raise Http404
    return job


def _may_ask(scope: Scope, kind: ExportKind) -> bool:
    return not kind.personal or can_export_people(scope)


def _to(job_id: uuid.UUID) -> HttpResponse:
    return HttpResponseRedirect(reverse("exports:job", args=[job_id]))


def _page(
    request: HttpRequest,
    job: ExportJob,
    *,
    form: DecideForm | None = None,
    fault: str = "",
    status: int = 200,
) -> HttpResponse:
    scope = request.scope
    own = same_person(job.by, scope.actor)
    context = {
        "job": job,
        "kind": EXPORT_KINDS[job.kind],
        "busy": job.state in (ExportState.WAITING, ExportState.RUNNING),
        "unfinished": job.state in UNFINISHED,
        "may_decide": job.state == ExportState.ASKED and can_agree_to_people(scope) and not own,
        "may_take": job.state == ExportState.DONE
        and (not job.personal or (can_export_people(scope) and own)),
        "own": own,
        "file_name": file_name(job),
        "form": form or DecideForm(),
        "fault": fault,
        "failure": [say(each) for each in job.failure],
        "names": names_of([job.by, job.decided_by] if job.decided_by else [job.by]),
        "as_of": clock.now(),
    }
    return page_or_partial(
        request, "outlets/exports/job.html", "outlets/exports/job_state.html", context,
        status=status,
    )  # fmt: skip
