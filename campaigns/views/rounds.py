"""Rounds: the list, a new one, and the page on which one is planned, started and closed."""

from __future__ import annotations

from datetime import timedelta

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from campaigns.forms import NewRoundForm
from campaigns.models import Round
from campaigns.permissions import can_plan_round, check_can_plan_round, check_can_see_rounds
from campaigns.services.rounds import begin_round
from campaigns.views.roundpage import round_context
from core import clock
from core.acts import accepted, who
from core.query import refuse_unknown_query


@require_safe
def rounds_page(request: HttpRequest) -> HttpResponse:
    """Rounds of one's district, newest first; pre-made plans apart."""
    check_can_see_rounds(request.scope)
    refuse_unknown_query(request, ())
    rounds = (
        Round.objects.planned_within(request.scope)
        .select_related("campaign")
        .order_by("-starts_at", "-pk")
    )
    context = {
        "rounds": [each for each in rounds if not each.is_template],
        "templates": [each for each in rounds if each.is_template],
        "may_plan": can_plan_round(request.scope),
        "as_of": clock.now(),
    }
    return render(request, "campaigns/rounds.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def round_new(request: HttpRequest) -> HttpResponse:
    """Begin a round as a draft, of a campaign that exists or of a new one."""
    check_can_plan_round(request.scope)
    if request.method != "POST":
        starts = (clock.now() + timedelta(hours=12)).replace(minute=0, second=0, microsecond=0)
        form = NewRoundForm(scope=request.scope, initial={"starts_at": starts})
        return render(request, "campaigns/round_new.html", {"form": form})
    form = NewRoundForm(request.POST, scope=request.scope)
    if done := accepted(form, lambda data: begin_round(**data, **who(request))):
        return HttpResponseRedirect(reverse("campaigns:round", args=[done.value.pk]))
    return render(request, "campaigns/round_new.html", {"form": form}, status=422)


@require_safe
def round_page(request: HttpRequest, round_id: int) -> HttpResponse:
    """One round: what is planned, what is missing, what to do next."""
    check_can_see_rounds(request.scope)
    refuse_unknown_query(request, ())
    round_ = find_round(request, round_id)
    return render(request, "campaigns/round.html", round_context(round_, request.scope))


def find_round(request: HttpRequest, round_id: int) -> Round:
    """A round of one's district, or 404."""
    rounds = Round.objects.planned_within(request.scope)
    return get_object_or_404(rounds.select_related("campaign__district"), pk=round_id)
