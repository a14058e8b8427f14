"""S9: the dispatch board. What is missing where and when, who is free, and what to do next."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from hashlib import blake2b
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils.cache import add_never_cache_headers, patch_vary_headers
from django.utils.translation import gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from campaigns.models import Division
from core import clock
from core.actors import same_person
from core.pages import wants_partial
from core.scope import Scope
from logistics.models import Order, OrderState
from logistics.permissions import can_dispatch, check_can_see_dispatch
from logistics.queries.board import Row, roles_of, running_round, street_rows
from logistics.queries.candidates import Wish, free_by_role, people_for
from logistics.queries.lanes import lanes_of
from logistics.queries.orders import order_in
from logistics.queries.strip import Strip, strip
from logistics.queries.suggestions import teams_for, vehicles_for
from logistics.queries.sweep import Frame, Moment
from logistics.queries.wheels import vehicle_rows
from logistics.services.order_steps import UNDO
from logistics.views.dispatch_choice import DISTRICT, PLACES, VEHICLES, Choice, check_street
from personnel.models import DutyRole

TRAY = timedelta(hours=4)
SEEN = "X-Board-Seen"


@never_cache
@require_safe
def board_page(request: HttpRequest) -> HttpResponse:
    """The board, or what of it changes, for the page that asks every twelve seconds."""
    check_can_see_dispatch(request.scope)
    choice = Choice.of(request)
    context = board_context(request.scope, choice, clock.now())
    if not wants_partial(request):
        response = render(
            request, "logistics/dispatch/board.html", context | _done(request.scope, choice)
        )
        patch_vary_headers(response, ["HX-Request"])
        return response
    html = render_to_string("logistics/dispatch/board_live.html", context, request)
    seen = blake2b(html.encode(), digest_size=9).hexdigest()
    if request.headers.get(SEEN) == seen:
        response = HttpResponse(status=204)
    else:
        response = HttpResponse(html, headers={SEEN: seen})
    patch_vary_headers(response, ["HX-Request", SEEN])
    add_never_cache_headers(response)
    return response


@dataclass(frozen=True)
class Offer:
    """The gap that is best filled next: where, which role, from when to when, how many."""

    row: Row
    role: DutyRole
    starts_at: datetime
    ends_at: datetime
    moment: Moment
    missing: int


def board_context(scope: Scope, choice: Choice, now: datetime) -> dict[str, Any]:
    """All that the board shows; a dozen statements whatever the number of rows."""
    frame = choice.frame(now)
    streets = list(Division.objects.streets().within(scope).order_by("code"))
    check_street(choice.street, streets)
    soon = now.replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)
    head = strip(scope, at=now, soon=soon)
    # Where something is needed comes first, and is shown where nothing was chosen.
    streets.sort(key=lambda street: street.pk not in head.now and street.pk not in head.next)
    choice = _settled(choice, streets, head)
    roles = roles_of(scope)
    round_ = running_round(scope, streets[0].district_id if streets else None)
    context: dict[str, Any] = {
        "choice": choice, "frame": frame, "now": now, "strip": head, "streets": streets,
        "chips": _chips(choice, streets, head), "duty_roles": roles, "round": round_,
        "role": roles.get(choice.role or 0), "may_dispatch": can_dispatch(scope), "scope": scope,
        "street": next((s for s in streets if s.pk == choice.street), None),
        "earlier": choice.url(begins=frame.starts_at - timedelta(hours=12)),
        "later": choice.url(begins=frame.starts_at + timedelta(hours=12)),
        "here": choice.url(), "vehicles_url": choice.url(show=VEHICLES, open=""),
        "steps": [(each, choice.url(step=each)) for each in (30, 60, 120)],
        "from_now": choice.url(begins=None) if choice.begins else "",
    }  # fmt: skip
    if choice.show == VEHICLES:
        return context | {"vehicles": vehicle_rows(scope, frame)}
    rows = street_rows(
        scope, frame, round_id=round_.pk if round_ else None, street_id=choice.street or None,
        role_id=choice.role, now=now,
    )  # fmt: skip
    for row in rows:
        if row.key == choice.open:
            row.lanes = lanes_of(scope, frame, roles, point_id=row.point_id, place_id=row.place_id)
    offer = next_gap(rows, roles, frame, now)
    tray = _tray(scope, choice, rows, roles, offer, now) if can_dispatch(scope) else {}
    return context | {"rows": rows, "offer": offer, **tray}


def _settled(choice: Choice, streets: list[Division], head: Strip) -> Choice:
    """Where nothing was chosen: the street that lacks most, else the first."""
    if choice.street is not None or not streets:
        return choice if streets else replace(choice, street=choice.street or DISTRICT)
    return replace(choice, street=head.worst_street() or streets[0].pk)


def _chips(choice: Choice, streets: list[Division], head: Strip) -> list[dict[str, Any]]:
    """The streets with what each lacks now and at the next hour; the district's posts last."""
    chips = []
    for street in streets:
        now, soon = head.now.get(street.pk), head.next.get(street.pk)
        chips.append(
            {
                "name": street.spoken, "now": now.missing if now else 0,
                "soon": soon.missing if soon else 0, "needed": bool(now or soon),
                "url": choice.url(street=street.pk, open="", show=PLACES),
                "current": choice.show == PLACES and street.pk == choice.street,
            }
        )  # fmt: skip
    if None in head.now or None in head.next or choice.street == DISTRICT:
        now, soon = head.now.get(None), head.next.get(None)
        chips.append(
            {
                "name": gettext("posts of the district"), "now": now.missing if now else 0,
                "soon": soon.missing if soon else 0, "needed": True,
                "url": choice.url(street=DISTRICT, open="", show=PLACES),
                "current": choice.show == PLACES and choice.street == DISTRICT,
            }
        )  # fmt: skip
    return chips


def next_gap(
    rows: list[Row], roles: dict[int, DutyRole], frame: Frame, now: datetime
) -> Offer | None:
    """The gap to fill first: the soonest from now on, then the widest."""
    found: list[tuple[Any, Offer]] = []
    for number, row in enumerate(rows):
        for run in row.runs:
            widest = run.worst.widest
            if widest is None or run.ends_at <= now or widest.role_id not in roles:
                continue
            begins = max(run.starts_at, now)
            offer = Offer(
                row, roles[widest.role_id], max(run.worst.starts_at, now), run.ends_at,
                run.worst, widest.missing,
            )  # fmt: skip
            found.append(((begins, -widest.missing, number), offer))
            break
    return min(found, key=lambda pair: pair[0])[1] if found else None


def _tray(
    scope: Scope, choice: Choice, rows: list[Row], roles: dict[int, DutyRole],
    offer: Offer | None, now: datetime,
) -> dict[str, Any]:  # fmt: skip
    """Who and what is free for the next hours: counts by role, people of one role by name."""
    starts_at = max(offer.starts_at, now) if offer else now
    ends_at = starts_at + TRAY
    role = roles.get(choice.role or 0) or (offer.role if offer else None)
    people = []
    if role is not None:
        wish = Wish(
            role.district_id, choice.street or None, offer.row.community_id if offer else None,
            role, starts_at, ends_at,
        )  # fmt: skip
        people = people_for(scope, wish)
    free = free_by_role(scope, starts_at=starts_at, ends_at=ends_at)
    return {
        "tray_from": starts_at, "tray_to": ends_at, "tray_role": role, "people": people,
        "free": [
            {"role": each, "count": free.get(pk, 0), "url": choice.url(role=pk)}
            for pk, each in roles.items() if free.get(pk)
        ],
        "teams": teams_for(
            scope, starts_at=starts_at, ends_at=ends_at, street_id=choice.street or None,
            people=offer.missing if offer else 0,
        ),
        "wheels": vehicles_for(
            scope, starts_at=starts_at, ends_at=ends_at, street_id=choice.street or None,
        ),
    }  # fmt: skip


def _done(scope: Scope, choice: Choice) -> dict[str, Any]:
    """The order that was just given, while it can be undone."""
    now = clock.now()
    line = order_in(scope, choice.done, at=now) if choice.done else None
    if line is None or line.order.state not in (OrderState.REQUESTED, OrderState.ACCEPTED):
        return {}
    left = _seconds_left(line.order, now)
    mine = same_person(line.order.by, scope.actor)
    return {"done": line, "undo_seconds": left if mine and left > 0 else 0}


def _seconds_left(order: Order, now: datetime) -> int:
    return int((UNDO - (now - order.at) / float(clock.rate())).total_seconds())
