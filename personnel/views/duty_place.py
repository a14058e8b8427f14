"""The roster of one place: shifts with their people, needs, arrivals, leavings, the print."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from campaigns.models import Division
from core import clock
from core.acts import accepted, attempt, who
from core.inputs import Refused, parse_local_day
from core.query import refuse_unknown_query
from core.scope import Scope
from personnel.forms.duty import ActForm, NeedsForm, TemplateForm
from personnel.models import Duty, DutyPlace, DutyRole, TeamDuty, TeamPlace
from personnel.permissions import can_roster, can_see_staff, check_can_roster, check_can_see_duty
from personnel.queries.posts import uncovered
from personnel.queries.roster import roster_of
from personnel.services import duty, team_duty
from personnel.services.attendance import arrive_everybody, is_noted, leave_everybody
from personnel.services.duty_rules import covers
from personnel.services.places import close_place, keep_around_the_clock, place_of_point
from personnel.services.shifts import state_points, state_post
from personnel.views.duty_lists import say_stated, words
from sites.models import SamplingPoint

_DAY = timedelta(days=1)
_USUAL = {
    DutyPlace.Kind.CHECKPOINT: (("gate_guard", 2), ("volunteer", 2)),
    DutyPlace.Kind.COMMAND: (("duty_officer", 1),),
}
"""What a new post is offered first: a checkpoint has guards and volunteers who supervise (S104)."""


@require_POST
def point_begin(request: HttpRequest, point_id: int) -> HttpResponse:
    """Begin the roster of a point."""
    check_can_roster(request.scope)
    place = place_of_point(point_id=point_id, scope=request.scope)
    return HttpResponseRedirect(reverse("duty:place", args=[place.pk]))


@require_safe
def point_roster(request: HttpRequest, point_id: int) -> HttpResponse:
    """The roster of a point; until there is one, how to begin it."""
    check_can_see_duty(request.scope)
    refuse_unknown_query(request, ())
    point = get_object_or_404(SamplingPoint.objects.within(request.scope), pk=point_id)
    known = DutyPlace.objects.filter(kind=DutyPlace.Kind.POINT, point=point).first()
    if known is not None:
        return HttpResponseRedirect(reverse("duty:place", args=[known.pk]))
    context = {"point": point, "may_roster": can_roster(request.scope)}
    return render(request, "personnel/duty/point_empty.html", context)


@require_safe
def place_page(request: HttpRequest, place_id: int) -> HttpResponse:
    """The roster of a place on a day; `print` gives the sheet to hang up."""
    check_can_see_duty(request.scope)
    refuse_unknown_query(request, ("day",))
    return _page(request, place_id)


@require_safe
def place_print(request: HttpRequest, place_id: int) -> HttpResponse:
    """The roster as a sheet of A4, names masked."""
    check_can_see_duty(request.scope)
    refuse_unknown_query(request, ("day",))
    place = _place(request.scope, place_id)
    day = _day(request)
    roster = roster_of(place, request.scope, day=day)
    context = {"roster": roster, "street": _street_of(place), **_basics(request, place, day)}
    return render(request, "personnel/duty/print.html", context)


@require_POST
def place_needs(request: HttpRequest, place_id: int) -> HttpResponse:
    """State needs: by template for a point, by hand for any place."""
    check_can_roster(request.scope)
    place = _place(request.scope, place_id)
    by_template = "template" in request.POST and place.point is not None
    form: TemplateForm | NeedsForm
    if by_template:
        form = TemplateForm(request.POST)
    else:
        form = NeedsForm(request.POST, roles=_roles(place))

    def act(data: dict[str, Any]) -> Any:
        if by_template:
            return state_points(point_ids=[place.point_id or 0], **data, **who(request))
        return state_post(
            place_id=place.pk,
            needs=NeedsForm.needs(form),  # type: ignore[arg-type]  # it is one: see above
            starts_at=data["starts_at"],
            ends_at=data["ends_at"],
            shifts=data["shifts"] or 1,
            **who(request),
        )

    done = accepted(form, act)
    if not done:
        return _page(request, place_id, form=form, status=422)
    say_stated(request, done.value)
    day = clock.day_of(form.cleaned_data["starts_at"])
    return HttpResponseRedirect(_at(place.pk, day))


@require_POST
def place_change(request: HttpRequest, place_id: int) -> HttpResponse:
    """Keep a post around the clock or not, or close it."""
    check_can_roster(request.scope)
    place = _place(request.scope, place_id)
    wanted = request.POST.get("act")
    if wanted == "close":
        answer = attempt(lambda: close_place(place_id=place.pk, **who(request)))
    elif wanted in ("keep", "let"):
        keep = wanted == "keep"
        answer = attempt(
            lambda: keep_around_the_clock(place_id=place.pk, wanted=keep, **who(request))
        )
    else:
        return _page(request, place_id, refused=_unknown_act(), status=422)
    if answer.refused is not None:
        return _page(request, place_id, refused=answer.refused, status=422)
    if wanted == "close":
        return HttpResponseRedirect(reverse("duty:places"))
    return HttpResponseRedirect(_at(place.pk))


@require_POST
def duty_act(request: HttpRequest, duty_id: int) -> HttpResponse:
    """One tap: arrived, left; or cancelled with the reason."""
    check_can_roster(request.scope)
    one = get_object_or_404(Duty.objects.within(request.scope), pk=duty_id)
    acts = {"arrive": duty.arrive, "leave": duty.leave}

    def act(data: dict[str, Any]) -> Any:
        if data["act"] == "cancel":
            return duty.cancel(duty_id=one.pk, reason=data["reason"], **who(request))
        return acts[data["act"]](duty_id=one.pk, **who(request))

    return _acted(request, one.place_id, act)


@require_POST
def team_act(request: HttpRequest, team_duty_id: int) -> HttpResponse:
    """The same for a whole team; a street sees only the parts that stand in it."""
    check_can_roster(request.scope)
    one = get_object_or_404(TeamDuty.objects.within(request.scope), pk=team_duty_id)
    acts = {"arrive": team_duty.arrive_team, "leave": team_duty.leave_team}

    def act(data: dict[str, Any]) -> Any:
        if data["act"] == "cancel":
            reason = data["reason"]
            return team_duty.cancel_team(team_duty_id=one.pk, reason=reason, **who(request))
        return acts[data["act"]](team_duty_id=one.pk, **who(request))

    return _acted(request, _pressed_at(request, one), act)


@require_POST
def place_everybody(request: HttpRequest, place_id: int) -> HttpResponse:
    """One tap for all: who is booked for now is here, or whose duty is over has left."""
    check_can_roster(request.scope)
    place = _place(request.scope, place_id)
    acts = {"arrive": arrive_everybody, "leave": leave_everybody}
    wanted = request.POST.get("act", "")
    if wanted not in acts:
        return _page(request, place_id, refused=_unknown_act(), status=422)
    answer = attempt(lambda: acts[wanted](place_id=place.pk, **who(request)))
    if answer.refused is not None:
        return _page(request, place_id, refused=answer.refused, status=422)
    if wanted == "arrive":
        words = ngettext("%(n)s person is here now.", "%(n)s people are here now.", answer.value)
    else:
        words = ngettext("%(n)s person has left.", "%(n)s people have left.", answer.value)
    if not answer.value:
        words = _("Nobody is left to note.")
    messages.success(request, words % {"n": answer.value})
    return HttpResponseRedirect(_at(place.pk))


def _pressed_at(request: HttpRequest, one: TeamDuty) -> int:
    """The place whose roster the button stands on: where a part of the team stands, else the
    first of its parts that one sees."""
    parts = TeamPlace.objects.within(request.scope).filter(duty=one).order_by("pk")
    homes = [_home(part.place) for part in parts.select_related("place")]
    if not homes:
        raise Http404
    asked = request.POST.get("place", "")
    return next((home for home in homes if str(home) == asked), homes[0])


def _acted(request: HttpRequest, place_id: int, act: Any) -> HttpResponse:
    place = DutyPlace.objects.select_related("point").get(pk=place_id)
    home = _home(place)
    form = ActForm(request.POST)
    answer = accepted(form, act)
    if answer.refused is not None:
        return _page(request, home, refused=answer.refused, status=422)
    day: date | None = form.cleaned_data["day"]
    return HttpResponseRedirect(_at(home, day))


def _home(place: DutyPlace) -> int:
    """The place whose roster a booking stands in: a unit's is its point's."""
    if place.kind != DutyPlace.Kind.UNIT:
        return place.pk
    points = DutyPlace.objects.filter(kind=DutyPlace.Kind.POINT, point_id=place.point_id)
    return points.values_list("pk", flat=True).first() or place.pk


def _page(
    request: HttpRequest,
    place_id: int,
    *,
    form: forms.Form | None = None,
    refused: Refused | None = None,
    status: int = 200,
) -> HttpResponse:
    scope = request.scope
    place = _place(scope, place_id)
    day = _day(request)
    roster = roster_of(place, scope, day=day)
    parts = [*roster.teams, *(part for b in roster.blocks for r in b.rows for part in r.teams)]
    holes = []
    if place.around_the_clock:
        holes = [hole for hole in uncovered(scope, at=clock.now()) if hole.place.pk == place.pk]
    context = {
        "roster": roster,
        "refused": refused,
        "uncovered": holes,
        "street": _street_of(place),
        "may_roster": can_roster(scope),
        "may_see_staff": can_see_staff(scope),
        "is_named": place.kind in _USUAL,
        # A team that stands in several streets is the district's to call off.
        "own_teams": {
            p.duty_id for p in parts if covers(p.duty.district_id, p.duty.street_id, scope)
        },
        **_basics(request, place, day),
        **_forms(place, day, form),
    }
    return render(request, "personnel/duty/place.html", context, status=status)


def _basics(request: HttpRequest, place: DutyPlace, day: date) -> dict[str, Any]:
    return {
        "place": place,
        "day": day,
        "before": day - _DAY,
        "after": day + _DAY,
        "today": clock.day_of(clock.now()),
        "now": clock.now(),
        "noted": is_noted(place.district_id),
        "words": words(),
    }


def _forms(place: DutyPlace, day: date, typed: forms.Form | None) -> dict[str, Any]:
    roles = _roles(place)
    found: dict[str, Any] = {"template_form": None}
    usual = {role.code: role.pk for role in roles}
    start = max(clock.start_of_day(day) + timedelta(hours=8), clock.now().replace(second=0))
    initial: dict[str, Any] = {"starts_at": start, "ends_at": start + _DAY}
    for number, (code, people) in enumerate(_USUAL.get(DutyPlace.Kind(place.kind), ()), 1):
        initial |= {f"role_{number}": usual.get(code), f"people_{number}": people}
    if place.point is not None:
        found["template_form"] = TemplateForm(initial=_hours(place.point, day))
    found["needs_form"] = NeedsForm(roles=roles, initial={**initial, "shifts": 1})
    if isinstance(typed, TemplateForm):
        found["template_form"] = typed
    elif isinstance(typed, NeedsForm):
        found["needs_form"] = typed
    found["typed"] = typed
    return found


def _hours(point: SamplingPoint, day: date) -> dict[str, Any]:
    """When the point is open on that day, as a first proposal; else the round's time."""
    if point.opens is None or point.closes is None:
        round_ = point.round
        return {"starts_at": round_.starts_at, "ends_at": round_.planned_end_at}
    window = clock.Window.on(day, f"{point.opens:%H:%M}", f"{point.closes:%H:%M}")
    return {"starts_at": window.start, "ends_at": window.end}


def _place(scope: Scope, place_id: int) -> DutyPlace:
    places = DutyPlace.objects.within(scope).select_related("point__round__campaign")
    place = get_object_or_404(places.exclude(kind=DutyPlace.Kind.UNIT), pk=place_id)
    if place.closed_at is not None:
        raise Http404
    return place


def _roles(place: DutyPlace) -> list[DutyRole]:
    return list(DutyRole.objects.filter(district_id=place.district_id))


def _street_of(place: DutyPlace) -> Division | None:
    return Division.objects.filter(pk=place.street_id).first() if place.street_id else None


def _day(request: HttpRequest) -> date:
    text = request.GET.get("day")
    return parse_local_day(text) if text else clock.day_of(clock.now())


def _at(place_id: int, day: date | None = None) -> str:
    query = f"?day={day.isoformat()}" if day is not None else ""
    return reverse("duty:place", args=[place_id]) + query


def _unknown_act() -> Refused:
    return Refused("act_unknown", _("Choose what is to be done."))
