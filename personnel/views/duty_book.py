"""Booking somebody at a place, and sending somebody from one place to another."""

from __future__ import annotations

from typing import Any
from uuid import uuid4, uuid5

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from campaigns.models import Round
from core import clock
from core.acts import accepted, who
from core.inputs import Refused
from core.query import refuse_unknown_query
from core.scope import Scope
from personnel.forms.duty import BookForm, MoveForm, SeekForm
from personnel.models import Duty, DutyPlace, DutyRole, Organisation
from personnel.permissions import check_can_roster
from personnel.queries.free_people import Found, free_people
from personnel.services.duty import book, move
from personnel.services.duty_rules import moment
from personnel.services.places import place_of_point, place_of_unit
from sites.models import SamplingPoint, SamplingUnit
from sites.models.points import State

ASKED = ("role", "starts_at", "ends_at", "unit", "body", "any_role")


@require_http_methods(["GET", "HEAD", "POST"])
def duty_book(request: HttpRequest, place_id: int) -> HttpResponse:
    """Who is free and fit for a role at a place; one press books."""
    check_can_roster(request.scope)
    place = _place(request.scope, place_id)
    if request.method == "POST":
        return _booked(request, place)
    refuse_unknown_query(request, ASKED)
    form = SeekForm(request.GET or None, initial=_now(), **_lists(request.scope, place))
    return _page(request, place, form)


@require_http_methods(["GET", "HEAD", "POST"])
def duty_move(request: HttpRequest, duty_id: int) -> HttpResponse:
    """Send somebody to another place until the same end (S109)."""
    check_can_roster(request.scope)
    one = get_object_or_404(
        Duty.objects.within(request.scope).select_related(
            "member", "role", "place__point", "place__unit__point"
        ),
        pk=duty_id,
    )
    form = MoveForm(
        request.POST if request.method == "POST" else None,
        places=_others(request.scope, one.place),
        initial={"starts_at": clock.now()},
    )

    def act(data: dict[str, Any]) -> Duty:
        kind, place_id = form.chosen()
        if kind == "point":
            place_id = place_of_point(point_id=place_id, scope=request.scope).pk
        return move(
            duty_id=one.pk,
            client_key=data["client_key"],
            place_id=place_id,
            starts_at=data["starts_at"],
            reason=data["reason"],
            **who(request),
        )

    if request.method == "POST" and (done := accepted(form, act)):
        _say(request, _("%(who)s goes to %(place)s."), done.value)
        return HttpResponseRedirect(reverse("duty:place", args=[done.value.place_id]))
    context = {"form": form, "duty": one, "now": clock.now()}
    status = 422 if form.errors else 200
    return render(request, "personnel/duty/move.html", context, status=status)


def _booked(request: HttpRequest, place: DutyPlace) -> HttpResponse:
    form = BookForm(request.POST, **_lists(request.scope, place))

    def act(data: dict[str, Any]) -> Duty:
        where = place.pk
        if data.get("unit"):
            where = place_of_unit(unit_id=data["unit"], scope=request.scope).pk
        return book(
            # One page offers many people: each booking from it is one of its own.
            client_key=uuid5(data["client_key"] or uuid4(), str(data["member"])),
            member_id=data["member"],
            place_id=where,
            role_id=data["role"],
            starts_at=data["starts_at"],
            ends_at=data["ends_at"],
            override=data["override"],
            **who(request),
        )

    answer = accepted(form, act)
    if answer.refused is not None:
        return _page(request, place, form, answer.refused)
    _say(request, _("%(who)s is booked until %(until)s."), answer.value)
    day = clock.day_of(answer.value.starts_at).isoformat()
    return HttpResponseRedirect(f"{reverse('duty:place', args=[place.pk])}?day={day}")


def _page(
    request: HttpRequest, place: DutyPlace, form: SeekForm, refused: Refused | None = None
) -> HttpResponse:
    found: Found | None = None
    form.is_valid()
    asked = form.cleaned_data if form.is_bound else {}
    span = (asked.get("starts_at"), asked.get("ends_at"))
    if asked.get("role") and span[0] and span[1] and span[0] < span[1]:
        found = free_people(
            request.scope,
            place=place,
            role=DutyRole.objects.get(pk=asked["role"]),
            starts_at=span[0],
            ends_at=span[1],
            unit_id=asked.get("body"),
            any_role=asked.get("any_role", False),
        )
    context = {
        "place": place,
        "form": form,
        "found": found,
        "refused": refused,
        "limit": bool(refused and refused.code.startswith("limit_")),
        "asked_for": request.POST.get("member", ""),
        "override": request.POST.get("override", ""),
        "book": BookForm(**_lists(request.scope, place)),
        "hidden": _hidden(form) if found is not None else [],
    }
    wrong = refused is not None or (form.is_bound and not found)
    return render(request, "personnel/duty/book.html", context, status=422 if wrong else 200)


def _hidden(form: SeekForm) -> list[tuple[str, str]]:
    """What was asked, to be sent along with the person."""
    data: Any = form.data
    return [(name, data[name]) for name in ASKED if data.get(name)]


def _lists(scope: Scope, place: DutyPlace) -> dict[str, Any]:
    units = SamplingUnit.objects.none()
    if place.kind == DutyPlace.Kind.POINT:
        units = SamplingUnit.objects.filter(point_id=place.point_id).exclude(state=State.CLOSED)
    bodies = Organisation.objects.filter(district_id=place.district_id, closed_at__isnull=True)
    if not (scope.everything or place.district_id in scope.districts):
        bodies = bodies.filter(street_id__in=sorted(scope.streets))
    return {
        "roles": list(DutyRole.objects.filter(district_id=place.district_id)),
        "units": list(units.order_by("number")),
        "bodies": list(bodies.defer("phone").order_by("name")),
    }


def _now() -> dict[str, Any]:
    return {"starts_at": clock.now()}


def _place(scope: Scope, place_id: int) -> DutyPlace:
    places = DutyPlace.objects.within(scope).filter(closed_at__isnull=True)
    places = places.exclude(kind=DutyPlace.Kind.UNIT).select_related("point")
    return get_object_or_404(places, pk=place_id)


def _others(scope: Scope, here: DutyPlace) -> list[SamplingPoint | DutyPlace]:
    """Where somebody may be sent: points of the running rounds and posts, of the street first."""
    points = SamplingPoint.objects.within(scope).filter(district_id=here.district_id)
    points = points.exclude(state=State.CLOSED).exclude(round__state=Round.State.CLOSED)
    posts = DutyPlace.objects.within(scope).filter(
        closed_at__isnull=True, district_id=here.district_id, point__isnull=True
    )
    posts = posts.exclude(kind=DutyPlace.Kind.VEHICLE).exclude(pk=here.pk)
    if here.kind == DutyPlace.Kind.POINT:
        points = points.exclude(pk=here.point_id or 0)
    rows = [
        *points.defer("lead_phone").order_by("code", "pk"),
        *posts.order_by("kind", "name", "pk"),
    ]
    return sorted(rows, key=lambda place: place.street_id != here.street_id)


def _say(request: HttpRequest, words: str, duty: Duty) -> None:
    messages.success(
        request,
        words
        % {
            "who": duty.member.name_mask,
            "place": str(duty.place),
            "until": moment(duty.ends_at),
        },
    )
