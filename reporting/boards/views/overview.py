"""S2: is the round on time, and where not?"""

from __future__ import annotations

from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from campaigns.models import Round
from reporting.boards.source import OVERVIEW, Picture, live_picture
from reporting.boards.views.choice import chosen_instant, chosen_round, options, scrubber
from reporting.boards.views.frame import (
    clock_attributes,
    place_name,
    pulse_attributes,
    spoken,
)
from reporting.progress import queries


@never_cache
@require_safe
def overview_page(request: HttpRequest) -> HttpResponse:
    """The overview, live or (``?as_of=``) as it was known at a quarter hour."""
    if not request.scope.can("see_board"):
        raise PermissionDenied
    rounds = list(queries.visible_rounds(request.scope))
    with spoken(request):
        chosen = chosen_round(request, rounds)
        if chosen is None:
            return render(request, "boards/empty.html")
        return render(request, "boards/overview.html", _context(request, rounds, chosen))


def _context(request: HttpRequest, rounds: list[Round], chosen: Round) -> dict[str, Any]:
    as_of = chosen_instant(request)
    context: dict[str, Any] = {}
    if as_of is not None:
        picture = Picture(request.scope, chosen.pk, page=OVERVIEW, as_of=as_of)
        if picture.board.known_at is None:
            raise Http404  # nothing was kept at or before that time
        shown = picture.frozen_panels()
        context |= {"frozen": True, "frozen_word": _("Not live")}
    else:
        picture, shown = live_picture(OVERVIEW, chosen.pk, request.scope)
        renew_url = f"{reverse('boards:ticket')}?round={chosen.pk}"
        context["pulse"] = pulse_attributes(picture, shown, renew_url)
    return context | {
        "rounds": options(rounds),
        "board": picture.board,
        "panels": shown,
        "place": place_name(picture.board.round),
        **clock_attributes(),
        **scrubber(picture.board),
    }
