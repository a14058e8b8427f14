"""Where people are on duty: streets, the places of a street, posts, who must be relieved."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from campaigns.models import Division, Round
from core import clock
from core.acts import accepted, who
from core.inputs import Refused
from core.query import query_number, refuse_unknown_query
from core.scope import Scope
from personnel.forms.duty import AttendanceForm, PostForm, TemplateForm
from personnel.models import DutyPlace
from personnel.permissions import (
    can_roster,
    can_switch_attendance,
    check_can_roster,
    check_can_see_duty,
    check_can_switch_attendance,
)
from personnel.queries.duty_lists import place_lines, street_lines, volunteers
from personnel.queries.posts import relief, uncovered
from personnel.services.attendance import is_noted, note_attendance
from personnel.services.places import add_place
from personnel.services.shifts import state_points
from sites.queries.rounds import chosen_round, rounds_of

MOST_LISTED = 20


@require_safe
def duty_page(request: HttpRequest) -> HttpResponse:
    """The streets of one's district, or the places of one's street."""
    check_can_see_duty(request.scope)
    refuse_unknown_query(request, ())
    own = _streets(request.scope)
    if not request.scope.districts and len(own) == 1:
        return _street_page(request, own[0])
    return _district_page(request, own)


@require_safe
def street_page(request: HttpRequest, street_id: int) -> HttpResponse:
    """The places of one street."""
    check_can_see_duty(request.scope)
    refuse_unknown_query(request, ("round",))
    return _street_page(request, _street(request.scope, street_id))


@require_POST
def street_needs(request: HttpRequest, street_id: int) -> HttpResponse:
    """State what all points of the street need, by template."""
    check_can_roster(request.scope)
    street = _street(request.scope, street_id)
    round_ = _round(request)
    form = TemplateForm(request.POST)

    def act(data: dict[str, Any]) -> Any:
        return state_points(
            template=data["template"],
            starts_at=data["starts_at"],
            ends_at=data["ends_at"],
            shifts=data["shifts"],
            street_id=street.pk,
            round_id=round_.pk if round_ else None,
            **who(request),
        )

    try:
        done = accepted(form, act)
    except Refused as refused:  # a street without points is no address that does not exist
        form.add_error(None, refused.as_validation_error())
        return _street_page(request, street, form=form, status=422)
    if not done:
        return _street_page(request, street, form=form, status=422)
    say_stated(request, done.value)
    return HttpResponseRedirect(reverse("duty:street", args=[street.pk]))


@require_http_methods(["GET", "HEAD", "POST"])
def post_add(request: HttpRequest) -> HttpResponse:
    """A new checkpoint or command post."""
    check_can_roster(request.scope)
    form = PostForm(
        request.POST if request.method == "POST" else None,
        streets=_streets(request.scope),
        of_district=bool(request.scope.districts),
    )

    def act(data: dict[str, Any]) -> DutyPlace:
        street = data.pop("street")
        return add_place(street_id=street, **data, **who(request))

    if request.method == "POST" and (done := accepted(form, act, fields={"place_exists": "name"})):
        messages.success(request, _("The post is added. Next: how many it needs, and when."))
        return HttpResponseRedirect(reverse("duty:place", args=[done.value.pk]))
    status = 422 if form.errors else 200
    return render(request, "personnel/duty/post_form.html", {"form": form}, status=status)


@require_POST
def attendance(request: HttpRequest) -> HttpResponse:
    """Switch the noting of presence on or off in one's district."""
    check_can_switch_attendance(request.scope)
    if len(request.scope.districts) != 1:
        raise Http404
    (district_id,) = request.scope.districts
    form = AttendanceForm(request.POST)
    answer = accepted(
        form,
        lambda data: note_attendance(
            district_id=district_id,
            wanted=data["wanted"] == "on",
            reason=data["reason"],
            **who(request),
        ),
    )
    if answer.refused is not None:
        return _district_page(request, _streets(request.scope), answer.refused, status=422)
    return HttpResponseRedirect(reverse("duty:places"))


def say_stated(request: HttpRequest, stated: Any) -> None:
    """What stating needs has changed."""
    if stated.changed:
        words = _("Stated: %(made)s needs new, %(removed)s replaced, %(same)s as they were.")
        numbers = {"made": stated.made, "removed": stated.removed, "same": stated.same}
        messages.success(request, words % numbers)
    else:
        messages.info(request, _("This is stated already; nothing changed."))


def _district_page(
    request: HttpRequest, streets: list[Division], refused: Refused | None = None, status: int = 200
) -> HttpResponse:
    scope, now = request.scope, clock.now()
    _points, posts = place_lines(scope, street_id=None, round_=None, at=now)
    context = {
        "totals": street_lines(scope, streets, at=now),
        "posts": posts,
        "refused": refused,
        "may_switch": can_switch_attendance(scope) and len(scope.districts) == 1,
        **_frame(scope),
    }
    return render(request, "personnel/duty/streets.html", context, status=status)


def _street_page(
    request: HttpRequest, street: Division, *, form: TemplateForm | None = None, status: int = 200
) -> HttpResponse:
    scope, now = request.scope, clock.now()
    round_ = _round(request)
    points, posts = place_lines(scope, street_id=street.pk, round_=round_, at=now)
    context = {
        "street": street,
        "round": round_,
        "points": points,
        "posts": posts,
        "spread": volunteers(scope, street_id=street.pk, at=now),
        "form": form or TemplateForm(initial=_span(round_)),
        **_frame(scope, street.pk),
    }
    return render(request, "personnel/duty/street.html", context, status=status)


def _frame(scope: Scope, street_id: int | None = None) -> dict[str, Any]:
    now = clock.now()
    empty = uncovered(scope, at=now)
    due = relief(scope, at=now, street_id=street_id, most=MOST_LISTED)
    if street_id is not None:
        empty = [hole for hole in empty if hole.place.street_id == street_id]
    return {
        "now": now,
        "uncovered": empty[:MOST_LISTED],
        "uncovered_more": max(len(empty) - MOST_LISTED, 0),
        "relief": due.rows,
        "relief_more": due.total - len(due.rows),
        "noted": all(is_noted(pk) for pk in _districts(scope)),
        "may_roster": can_roster(scope),
        "words": words(),
    }


def words() -> dict[str, str]:
    """Words of the badges."""
    return {
        "full": _("nobody missing"),
        "none": _("no need stated"),
        "present": _("on site"),
        "expected": _("expected"),
        "booked": _("booked"),
        "done": _("gone"),
        "relieved": _("somebody comes"),
        "alone": _("nobody comes"),
    }


def _span(round_: Round | None) -> dict[str, Any]:
    if round_ is None:
        return {}
    end = round_.planned_end_at
    return {"starts_at": round_.starts_at, "ends_at": end} if end else {}


def _round(request: HttpRequest) -> Round | None:
    rounds = rounds_of(request.scope)
    asked = query_number(request, "round") if request.GET.get("round") else None
    round_ = chosen_round(rounds, asked)
    if asked is not None and round_ is None:
        raise Http404
    return round_


def _streets(scope: Scope) -> list[Division]:
    return list(Division.objects.within(scope).current().streets().order_by("code"))


def _street(scope: Scope, street_id: int) -> Division:
    street = Division.objects.within(scope).streets().filter(pk=street_id).first()
    if street is None:
        raise Http404
    return street


def _districts(scope: Scope) -> set[int]:
    if scope.districts:
        return set(scope.districts)
    streets = Division.objects.within(scope).streets()
    return {pk for pk in streets.values_list("district_id", flat=True) if pk is not None}
