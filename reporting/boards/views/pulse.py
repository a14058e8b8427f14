"""The pulse of every board, and the ticket that lets it skip session and user.

1. A page carries a signed ticket: page, scope, language, round, two minutes of life.
2. The pulse reads only the ticket and one row (version and heartbeat); nothing new is a 204.
3. Once a minute the page asks for a new ticket; there the session and posting (or the wall's
   link) are looked at again, so that an ended posting stops the figures within two minutes.
"""

from __future__ import annotations

from csp.decorators import csp_exempt
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.utils import timezone, translation
from django.views.decorators.http import require_GET

from campaigns.models import Division, Round
from core import clock
from core.problems import problem_response
from core.pulse import (
    TICKET_HEADER,
    BadTicket,
    issue_ticket,
    parse_hashes,
    pulse_response,
    read_ticket,
)
from core.query import query_choice, query_number
from personnel.services.walls import open_wall
from reporting.boards.build import build_id
from reporting.boards.map import MEASURES, MapPicture, page_name
from reporting.boards.source import OVERVIEW, STREET, WALL, Picture, live_key
from reporting.boards.street import StreetPicture
from reporting.boards.views.frame import spoken
from reporting.progress import queries

BUILD_HEADER = "X-Jinjian-Build"
PICTURES: dict[str, type[Picture]] = {
    OVERVIEW: Picture,
    WALL: Picture,
    STREET: StreetPicture,
    **{page_name(measure): MapPicture for measure in MEASURES},
}


@login_not_required
@csp_exempt()  # a fragment lives under the policy of its page
@require_GET
def pulse(request: HttpRequest) -> HttpResponse:
    """What changed on a board since the picture with the given tag and panels."""
    page = query_choice(request, "page", tuple(PICTURES), default=OVERVIEW)
    try:
        ticket = read_ticket(request.headers.get(TICKET_HEADER, ""), page)
    except BadTicket:
        return refused(request)
    if ticket.round_id is None:
        return refused(request)
    try:
        with translation.override(ticket.language):
            make = PICTURES[page]
            key, heartbeat = live_key(page, ticket.round_id, ticket.scope, make)
            picture = make(ticket.scope, ticket.round_id, page=page, tag=key.tag)
            return pulse_response(
                key=key,
                client_tag=request.GET.get("tag"),
                client_hashes=parse_hashes(request.headers.get("X-Jinjian-Panels")),
                names=picture.names,
                render=picture.html,
                heartbeat=heartbeat,
                scenario_now=clock.now(),
                rate=clock.rate(),
            )
    except Round.DoesNotExist:  # it left the viewer's sight while the ticket lived
        return refused(request, status=404)


@login_not_required
@require_GET
def ticket(request: HttpRequest) -> HttpResponse:
    """A new ticket for the overview, a street's page (``?street=``) or the map (``?map=``), if
    session and posting still allow it."""
    standing = request.caller.standing()
    round_id, street_id = query_number(request, "round"), query_number(request, "street")
    measure = query_choice(request, "map", ("", *MEASURES), default="")
    if standing is None or round_id is None:
        return refused(request)
    page, scope = page_name(measure) if measure else OVERVIEW, standing.scope
    needed = "see_map" if measure else "see_board" if street_id is None else "see_street"
    if not scope.can(needed):
        return refused(request, status=403)
    if street_id is not None:
        if not Division.objects.streets().within(scope).filter(pk=street_id).exists():
            return refused(request, status=404)
        page, scope = STREET, queries.narrowed(scope, street_id)
    if not queries.visible_rounds(scope).filter(pk=round_id).exists():
        return refused(request, status=404)
    with spoken(request):
        return granted(issue_ticket(page, scope, translation.get_language() or "", round_id))


@login_not_required
@require_GET
def wall_ticket(request: HttpRequest, token: str) -> HttpResponse:
    """A new ticket for a wall, if its link still opens; ``?lang=`` as on the page."""
    grant = open_wall(token, at=timezone.now())
    if grant is None:
        return refused(request, status=410)
    with spoken(request):
        return granted(
            issue_ticket(WALL, grant.scope, translation.get_language() or "", grant.round_id)
        )


def granted(text: str) -> HttpResponse:
    """An empty answer that carries the ticket and the build of the pages."""
    return HttpResponse(
        status=204,
        headers={TICKET_HEADER: text, BUILD_HEADER: build_id(), "Cache-Control": "no-store"},
    )


def refused(request: HttpRequest, *, status: int = 401) -> HttpResponse:
    """Never a redirect: a pulse must not swap a sign-in page into a panel."""
    return problem_response(
        request, status=status, code="ticket_not_valid", headers={"Cache-Control": "no-store"}
    )
