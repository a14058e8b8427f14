"""The "Assign…" dialog: the gap in words, who could fill it, and one form that orders."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from campaigns.norms import norms_of
from core import clock
from core.acts import accepted, who
from core.inputs import Refused, parse_instant
from core.pages import page_or_partial, wants_partial
from core.query import query_number, refuse_unknown_query
from core.scope import Scope
from logistics.forms.dispatch import AssignForm
from logistics.models import Order, Trip
from logistics.permissions import check_can_dispatch
from logistics.queries.board import board_rows, place_names, roles_of, running_round
from logistics.queries.candidates import Wish, people_for, taken_for
from logistics.queries.gap import Gap, gap_at
from logistics.queries.suggestions import teams_booked, teams_for, vehicles_for
from logistics.services.assigning import (
    MEMBER,
    TEAM,
    VEHICLE,
    Subject,
    assign,
    place_at,
    subject_name,
)
from personnel.models import DutyPlace, DutyRole
from personnel.services.duty_rules import moment

NAMES = ("spot", "street", "role", "at", "until", "subject", "back")
SHORTEST = timedelta(minutes=15)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def assign_page(request: HttpRequest) -> HttpResponse:
    """GET: the form filled in from the gap. POST: order, or look for others (`again`)."""
    check_can_dispatch(request.scope)
    if request.method == "POST":
        return _ordered(request)
    refuse_unknown_query(request, NAMES)
    scope, now = request.scope, clock.now()
    spot = request.GET.get("spot") or _first_spot(request)
    place = place_at(spot, scope, make=False)
    role = _role(scope, place, query_number(request, "role", maximum=2**31 - 1))
    at = request.GET.get("at")
    until = request.GET.get("until")
    gap = _gap(
        scope, place, role, parse_instant(at) if at else now,
        parse_instant(until) if until else None, now,
    )  # fmt: skip
    initial = _initial(gap, now) | {
        "spot": spot, "back": request.GET.get("back", ""),
        "subject": request.GET.get("subject", ""),
    }  # fmt: skip
    form = AssignForm(initial=initial, **_choices(scope, place))
    return _page(request, form, gap, now)


def _first_spot(request: HttpRequest) -> str:
    """For a vehicle that has no place yet: the first one of the street, to choose others from."""
    street = query_number(request, "street", maximum=2**31 - 1) or None
    running = running_round(request.scope)
    rows = board_rows(request.scope, running.pk if running else None, street)
    if not rows:
        raise Refused("spot", _("Choose one of the places.")).at("spot")
    return rows[0].key


def _ordered(request: HttpRequest) -> HttpResponse:
    scope = request.scope
    place = place_at(request.POST.get("spot", ""), scope, make=False)
    form = AssignForm(request.POST, **_choices(scope, place))

    def act(data: dict[str, Any]) -> Order:
        return assign(
            client_key=data["client_key"], subject=data["subject"], spot=data["spot"],
            role_id=int(data["role"]), starts_at=data["starts_at"], ends_at=data["ends_at"],
            load=form.carried, reason=data["reason"], figure=data["figure"],
            figure_at=data["figure_at"] if data["figure"] else None, override=data["override"],
            **who(request),
        )  # fmt: skip

    again = "again" in request.POST
    answer = None if again else accepted(form, act, fields={"taken": "subject"})
    if answer:
        url = _back(form.cleaned_data["back"], answer.value)
        if wants_partial(request):
            return HttpResponse(status=204, headers={"HX-Redirect": url})
        return HttpResponseRedirect(url)
    form.is_valid()
    said = getattr(form, "cleaned_data", {})
    now = clock.now()
    starts_at, ends_at = said.get("starts_at") or now, said.get("ends_at")
    role = _role(scope, place, int(said["role"]) if said.get("role") else None)
    if ends_at is not None and ends_at <= starts_at:
        ends_at = None
    gap = gap_at(scope, place=place, role=role, starts_at=starts_at, ends_at=ends_at)
    if again:
        form = AssignForm(
            initial=_initial(gap, now) | _kept(form, request.POST), **_choices(scope, place)
        )
    refused = answer.refused if answer is not None else None
    return _page(
        request, form, gap, now, refused=refused, again=again, status=200 if again else 422
    )


def _kept(form: AssignForm, typed: Mapping[str, str]) -> dict[str, Any]:
    """What was typed, for the form that is shown with other suggestions. Reason and figure that
    nobody typed over are said anew, for they name the hours."""
    names = (
        "back", "spot", "role", "starts_at", "ends_at", "subject", "people", "spread", "team_duty",
        "load", "boxes", "origin", "override",
    )  # fmt: skip
    kept = {name: typed[name] for name in names if typed.get(name)}
    if typed.get("reason", "") != typed.get("filled_reason", ""):
        kept["reason"] = typed["reason"]
    if typed.get("figure", "") != typed.get("filled_figure", ""):
        kept |= {"figure": typed["figure"], "figure_at": typed.get("figure_at", "")}
    return kept


def _role(scope: Scope, place: DutyPlace, role_id: int | None) -> DutyRole:
    roles = roles_of(scope)
    found = roles.get(role_id) if role_id else next(iter(roles.values()), None)
    if found is None or found.district_id != place.district_id:
        raise Http404
    return found


def _gap(
    scope: Scope, place: DutyPlace, role: DutyRole, at: datetime, until: datetime | None,
    now: datetime,
) -> Gap:  # fmt: skip
    """The gap around a time, not in the past, no longer than protective clothing is worn."""
    quarter = clock.quarter_of(now)
    begins = max(at, quarter)
    if until is not None and until <= begins:
        until = None
    gap = gap_at(scope, place=place, role=role, starts_at=begins, ends_at=until)
    most = timedelta(hours=float(norms_of(place.district_id)["ppe_hours"].value))
    if until is None and role.in_ppe and gap.ends_at - gap.starts_at > most:
        gap = gap_at(
            scope, place=place, role=role, starts_at=gap.starts_at, ends_at=gap.starts_at + most
        )
    return gap


def _initial(gap: Gap, now: datetime) -> dict[str, Any]:
    filled = {
        "role": str(gap.role.pk), "starts_at": gap.starts_at, "ends_at": gap.ends_at,
        "load": Trip.Kind.STAFF,
    }  # fmt: skip
    if gap.count.missing:
        reason, figure = gap_words(gap), figure_words(gap)
        filled |= {"reason": reason, "figure": figure, "figure_at": now}
        filled |= {"filled_reason": reason, "filled_figure": figure}
    return filled


def gap_words(gap: Gap) -> str:
    """What is missing where and when, as the reason of an order."""
    said = {
        "n": gap.count.missing, "role": gap.role, "place": gap.place,
        "from": moment(gap.starts_at), "to": moment(gap.ends_at),
    }  # fmt: skip
    words = ngettext(
        "missing %(n)s %(role)s at %(place)s, %(from)s to %(to)s",
        "missing %(n)s %(role)s at %(place)s, %(from)s to %(to)s",
        gap.count.missing,
    )
    return (words % said)[:200]


def figure_words(gap: Gap) -> str:
    """The numbers behind it."""
    said = {"needed": gap.count.needed, "booked": gap.count.booked, "missing": gap.count.missing}
    words = gettext("needed %(needed)s, booked %(booked)s, missing %(missing)s") % said
    return (f"{words} · {gap.basis}" if gap.basis else words)[:200]


def _choices(scope: Scope, place: DutyPlace) -> dict[str, Any]:
    roles = [
        (str(pk), str(role)) for pk, role in roles_of(scope).items()
        if role.district_id == place.district_id
    ]  # fmt: skip
    booked = teams_booked(scope, street_id=place.street_id, at=clock.now())
    teams = [(str(each.pk), f"{each.team} {moment(each.starts_at)}") for each in booked]
    return {"spots": place_names(scope, place), "roles": roles, "teams": teams}


def _page(
    request: HttpRequest, form: AssignForm, gap: Gap, now: datetime, *,
    refused: Refused | None = None, again: bool = False, status: int = 200,
) -> HttpResponse:  # fmt: skip
    scope = request.scope
    wish = Wish.at(gap.place, gap.role, gap.starts_at, gap.ends_at)
    times = {"starts_at": gap.starts_at, "ends_at": gap.ends_at}
    missing = gap.count.missing
    street = gap.place.street_id
    people = people_for(scope, wish)
    teams = teams_for(scope, **times, street_id=street, people=missing)
    wheels = vehicles_for(scope, **times, street_id=street, people=missing)
    listed = [f"{MEMBER}:{each.member_id}" for each in people]
    listed += [f"{TEAM}:{each.pk}" for each in teams]
    listed += [f"{VEHICLE}:{each.pk}" for each in wheels]
    chosen = _chosen(form, listed, refused, again=again)
    named = _named(chosen, listed, scope)
    context = {
        "form": form, "gap": gap, "now": now, "people": people, "refused": refused,
        "taken": taken_for(scope, wish), "teams": teams, "wheels": wheels, "named": named,
        "chosen": "" if named else chosen, "kind": chosen.partition(":")[0],
        "ready": bool(missing) and not refused,
        "limits": bool(refused and refused.code.startswith("limit_")),
        "cancel": form["back"].value() or reverse("dispatch:board"),
    }  # fmt: skip
    return page_or_partial(
        request, "logistics/dispatch/assign.html", "logistics/dispatch/assign_form.html",
        context, status=status,
    )  # fmt: skip


def _chosen(
    form: AssignForm, listed: list[str], refused: Refused | None, *, again: bool
) -> str:  # fmt: skip
    """Who is marked: as chosen before; after "taken" the next of that kind; at first the best.
    A person who is not free at the other hours that were asked for is not meant any more."""
    said = str(form["subject"].value() or "")
    if again and said.startswith(MEMBER) and said not in listed:
        said = ""
    if refused is not None and refused.code == "taken":
        kind = said.partition(":")[0]
        return next((each for each in listed if each != said and each.startswith(kind)), "")
    best = next((each for each in listed if each.startswith(MEMBER)), "")
    return said or ("" if form.is_bound else best)


def _named(chosen: str, listed: list[str], scope: Scope) -> list[tuple[str, str]]:
    """What stands above the suggestions: a team or vehicle that was chosen, and a person who is
    not among them."""
    if not chosen or (chosen in listed and chosen.startswith(MEMBER)):
        return []
    try:
        subject = Subject.read(chosen)
    except Refused:
        return []
    name = subject_name(scope, subject)
    return [(chosen, name)] if name else []


def _back(asked: str, order: Order) -> str:
    """The board as it was, with the order that was given; never somewhere else."""
    here = reverse("dispatch:board")
    fits = asked == here or asked.startswith(f"{here}?")
    if not (fits and url_has_allowed_host_and_scheme(asked, allowed_hosts=None)):
        asked = f"{here}?{urlencode({'street': order.street_id})}" if order.street_id else here
    return f"{asked}{'&' if '?' in asked else '?'}done={order.pk}"
