"""The list of points: filters, the rule of 2 + N, changes of many at a time, a new point."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from campaigns.models import Round
from core import clock
from core.acts import accepted, who
from core.query import query_choice, query_number, refuse_unknown_query
from core.scope import Scope
from sites.forms import BulkForm, EditPointForm, NewPointForm
from sites.forms.fields import id_of
from sites.models import SamplingPoint
from sites.models.points import State
from sites.permissions import (
    can_manage_points,
    can_manage_units,
    check_can_manage_points,
    check_can_manage_units,
    check_can_see_points,
)
from sites.queries.points import Filters, points_in, rows_of, summary_of
from sites.queries.rounds import chosen_round, rounds_of
from sites.queries.streets import street_rules
from sites.services.bulk import BulkAct, Change, Outcome, change_points
from sites.services.points import add_point, edit_point

PAGE_SIZE = 50
KNOWN = ("round", "street", "state", "kind", "q", "page")
RUN_ACTS = (BulkAct.OPEN, BulkAct.PAUSE, BulkAct.CLOSE)


@dataclass(frozen=True)
class Asked:
    """The round and the filters of one request."""

    rounds: list[Round]
    round: Round | None
    filters: Filters

    @property
    def query(self) -> str:
        """The same question as the start of a query string, for other pages of the list."""
        given = {
            "round": self.round.pk if self.round else "",
            "street": self.filters.street or "",
            "state": self.filters.state,
            "kind": self.filters.kind,
            "q": self.filters.text,
        }
        return urlencode({name: value for name, value in given.items() if value})


@require_safe
def points_page(request: HttpRequest) -> HttpResponse:
    """Points of one's area in a round."""
    check_can_see_points(request.scope)
    return _page(request, _asked(request))


@require_POST
def points_bulk(request: HttpRequest) -> HttpResponse:
    """Change all ticked points; those that refuse are listed and stay ticked."""
    asked, form = _asked(request), BulkForm(request.POST)
    ticked = [pk for text in request.POST.getlist("point") if (pk := id_of(text)) is not None]
    if request.POST.get("act") in RUN_ACTS:
        check_can_manage_units(request.scope)
    else:
        check_can_manage_points(request.scope)
    answer = accepted(
        form,
        lambda data: change_points(point_ids=ticked, change=Change(**data), **who(request)),
    )
    if not answer:
        return _page(request, asked, bulk=form, ticked=ticked, status=422)
    outcome = answer.value
    if outcome.refused:
        left = [refusal.point_id for refusal in outcome.refused]
        return _page(request, asked, bulk=form, ticked=left, outcome=outcome, status=422)
    done = len(outcome.done)
    messages.success(
        request, ngettext("%(n)s point changed.", "%(n)s points changed.", done) % {"n": done}
    )
    return HttpResponseRedirect(f"{reverse('sites:points')}?{asked.query}")


@require_http_methods(["GET", "HEAD", "POST"])
def point_add(request: HttpRequest) -> HttpResponse:
    """A new point with its units."""
    check_can_manage_points(request.scope)
    refuse_unknown_query(request, ("round",))
    round_ = _round(request, rounds_of(request.scope))
    if round_ is None:
        return HttpResponseRedirect(reverse("sites:points"))
    form = NewPointForm(
        request.POST if request.method == "POST" else None,
        scope=request.scope,
        round_=round_,
        initial={"code": _next_code(round_, request.scope)},
    )

    def act(_data: dict[str, Any]) -> tuple[SamplingPoint, bool]:
        details, units = form.details(), form.unit_counts()
        return add_point(round_id=round_.pk, details=details, units=units, **who(request))

    if request.method == "POST" and (done := accepted(form, act)):
        point, made = done.value
        if made:
            messages.success(request, _("The point is added. Next: its areas and checklist."))
        _warn_of_namesakes(request, point)
        return HttpResponseRedirect(reverse("sites:point", args=[point.pk]))
    context = {"form": form, "round": round_}
    return render(request, "sites/point_form.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
def point_edit(request: HttpRequest, point_id: int) -> HttpResponse:
    """What is said about a point."""
    check_can_manage_points(request.scope)
    point = get_object_or_404(
        SamplingPoint.objects.within(request.scope).select_related("round__campaign"), pk=point_id
    )
    form = EditPointForm(
        request.POST if request.method == "POST" else None,
        point=point,
        scope=request.scope,
        round_=point.round,
    )

    def act(_data: dict[str, Any]) -> SamplingPoint:
        return edit_point(point_id=point.pk, details=form.details(), **who(request))

    if request.method == "POST" and (done := accepted(form, act)):
        _warn_of_namesakes(request, done.value)
        return HttpResponseRedirect(reverse("sites:point", args=[point.pk]))
    context = {"form": form, "round": point.round, "point": point}
    return render(request, "sites/point_form.html", context, status=422 if form.errors else 200)


def _asked(request: HttpRequest) -> Asked:
    refuse_unknown_query(request, KNOWN)
    rounds = rounds_of(request.scope)
    filters = Filters(
        street=query_number(request, "street") if request.GET.get("street") else None,
        state=query_choice(request, "state", ["", *State.values], default=""),
        kind=query_choice(request, "kind", ["", *SamplingPoint.Kind.values], default=""),
        text=request.GET.get("q", "").strip()[:60],
    )
    return Asked(rounds, _round(request, rounds), filters)


def _round(request: HttpRequest, rounds: list[Round]) -> Round | None:
    asked = query_number(request, "round") if request.GET.get("round") else None
    round_ = chosen_round(rounds, asked)
    if asked is not None and round_ is None:
        raise Http404
    return round_


def _page(
    request: HttpRequest,
    asked: Asked,
    *,
    bulk: BulkForm | None = None,
    ticked: list[int] | None = None,
    outcome: Outcome | None = None,
    status: int = 200,
) -> HttpResponse:
    scope, now = request.scope, clock.now()
    context: dict[str, Any] = {"asked": asked, "round": asked.round, "now": now}
    context["round_text"] = str(asked.round.pk) if asked.round else ""
    if asked.round is not None:
        summary = summary_of(asked.round.pk, scope)
        found = points_in(asked.round.pk, scope, asked.filters)
        pages = Paginator(found, PAGE_SIZE)
        if asked.filters == Filters():
            pages.count = summary.points  # counted already: nothing is left out
        page = pages.get_page(request.GET.get("page"))
        context |= {
            "page": page,
            "rows": rows_of(list(page), summary.streets, now=now, real=timezone.now()),
            "summary": summary,
            "rules": (rules := street_rules(asked.round, scope)),
            "short_streets": sum(rule.is_short for rule in rules),
            "streets": summary.streets.values(),
        }
    context |= {
        "form": bulk or BulkForm(initial={"act": BulkAct.OPEN}),
        "ticked": ticked or [],
        "outcome": outcome,
        "states": State.choices,
        "kinds": SamplingPoint.Kind.choices,
        "may_manage": can_manage_points(scope),
        "may_run": can_manage_units(scope),
    }
    return render(request, "sites/points.html", context, status=status)


def _next_code(round_: Round, scope: Scope) -> str:
    """A code nobody uses yet in the round, as a first proposal."""
    codes = set(SamplingPoint.objects.of_round(round_.pk).values_list("code", flat=True))
    number = len(codes) + 1
    while (code := f"P{number:03d}") in codes:
        number += 1
    return code


def _warn_of_namesakes(request: HttpRequest, point: SamplingPoint) -> None:
    """Two points of one name in a street are easily mistaken; it is said, and not forbidden."""
    same = SamplingPoint.objects.within(request.scope).of_round(point.round_id)
    twin = same.filter(street_id=point.street_id, name=point.name).exclude(pk=point.pk).first()
    if twin is not None:
        messages.warning(
            request,
            _("Another point of this street has the same name: %(code)s. Tell them apart.")
            % {"code": twin.code},
        )
