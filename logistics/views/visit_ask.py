"""Asking for a visit: somebody of the register by last four or number, or a person typed in."""

from __future__ import annotations

import uuid
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from campaigns.models import Resident, Round
from campaigns.permissions import can_see_register, check_can_see_register
from campaigns.queries import register
from campaigns.register_forms import FindForm
from campaigns.services.residents import note_search
from core import clock
from core.acts import accepted, who
from core.query import query_number, refuse_unknown_query
from logistics.forms.visits import AskForm
from logistics.models import Visit
from logistics.permissions import check_can_raise_visit
from logistics.services.visit_requests import AlreadyAsked, ask, join
from logistics.views.visits import private
from sites.forms.fields import id_of
from sites.queries.rounds import chosen_round, rounds_of


@require_http_methods(["GET", "HEAD", "POST"])
def visit_ask(request: HttpRequest) -> HttpResponse:
    """The form. Somebody who has a visit already is told, and what was typed may be added."""
    check_can_raise_visit(request.scope)
    refuse_unknown_query(request, ("round", "person"))
    round_ = _round(request)
    if round_ is None:
        return HttpResponseRedirect(reverse("visits:visits"))
    posted = request.method == "POST"
    person = _person(request, request.POST.get("resident") if posted else request.GET.get("person"))
    form = AskForm(request.POST if posted else None, scope=request.scope, resident=person)
    if not posted:
        return _page(request, form, round_)
    into = id_of(request.POST.get("join", ""))
    twice: list[AlreadyAsked] = []

    def act(data: dict[str, Any]) -> Visit:
        if into is not None:
            return join(visit_id=into, asked=form.asked(), **who(request))
        try:
            return ask(
                client_key=data["client_key"] or uuid.uuid4(), round_id=round_.pk,
                asked=form.asked(), **who(request),
            )  # fmt: skip
        except AlreadyAsked as known:
            twice.append(known)
            raise

    if done := accepted(form, act):
        messages.success(
            request,
            _("What you know is added to the request that stands.")
            if into is not None
            else _("The visit is asked for."),
        )
        return HttpResponseRedirect(reverse("visits:visit", args=[done.value.pk]))
    return _page(request, form, round_, known=_known(request, twice), status=422)


@require_POST
def visit_find(request: HttpRequest) -> HttpResponse:
    """People of one's area by number; what was typed is neither kept nor sent back."""
    check_can_raise_visit(request.scope)
    check_can_see_register(request.scope)
    refuse_unknown_query(request, ("round",))
    round_ = _round(request)
    form = FindForm(request.POST)
    if round_ is None:
        return HttpResponseRedirect(reverse("visits:visits"))
    blank = AskForm(scope=request.scope)
    if not form.is_valid():
        return _page(request, blank, round_, find=form, status=422)
    said = form.cleaned_data
    if "last4" in said:
        found = register.find_last4(request.scope, said["last4"])
    else:
        found = register.find_whole(request.scope, said["id_type"], said["whole"])
    note_search(exact="whole" in said, found=len(found), by=request.scope.actor, at=clock.now())
    shown = register.masked(found[: register.MOST_FOUND], request.scope)
    return _page(request, blank, round_, found=shown)


def _known(request: HttpRequest, twice: list[AlreadyAsked]) -> Visit | None:
    """The request that stands, if the caller may see it."""
    if not twice or twice[0].visit_id is None:
        return None
    return Visit.objects.within(request.scope).filter(pk=twice[0].visit_id).first()


def _round(request: HttpRequest) -> Round | None:
    asked = query_number(request, "round") if request.GET.get("round") else None
    found = chosen_round(rounds_of(request.scope), asked)
    if asked is not None and found is None:
        raise Http404
    return found


def _person(request: HttpRequest, text: str | None) -> Resident | None:
    """A resident of one's area; 404 outside it."""
    if not text:
        return None
    try:
        key = uuid.UUID(text)
    except ValueError:
        raise Http404 from None
    people = Resident.objects.within(request.scope).select_related("community")
    found = people.filter(pk=key).first()
    if found is None:
        raise Http404
    return found


def _page(
    request: HttpRequest,
    form: AskForm,
    round_: Round,
    *,
    find: FindForm | None = None,
    found: list[register.Masked] | None = None,
    known: Visit | None = None,
    status: int = 200,
) -> HttpResponse:
    person = form.person
    context = {
        "form": form,
        "round": round_,
        "find": find or FindForm() if can_see_register(request.scope) else None,
        "found": found,
        "known": known,
        "person": register.masked([person], request.scope)[0] if person else None,
    }
    return private(render(request, "logistics/visits/ask.html", context, status=status))
