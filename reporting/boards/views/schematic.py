"""S5: the schematic map of one's area, in one measure at a time."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from campaigns.models import Round
from core.query import query_choice
from reporting.boards.map import MEASURES, MapPicture, page_name
from reporting.boards.source import live_picture
from reporting.boards.views.choice import chosen_round, options
from reporting.boards.views.frame import clock_attributes, place_name, pulse_attributes, spoken
from reporting.progress import queries


@never_cache
@require_safe
def map_page(request: HttpRequest) -> HttpResponse:
    """A hex for each community, coloured by ``?measure=``, beside the same rows as a list."""
    if not request.scope.can("see_map"):
        raise PermissionDenied
    measure = query_choice(request, "measure", tuple(MEASURES), default="coverage")
    rounds = list(queries.visible_rounds(request.scope))
    with spoken(request):
        chosen = chosen_round(request, rounds)
        if chosen is None:
            return render(request, "boards/map_empty.html")
        return render(request, "boards/map.html", _context(request, rounds, chosen, measure))


def _context(
    request: HttpRequest, rounds: list[Round], chosen: Round, measure: str
) -> dict[str, Any]:
    page = page_name(measure)
    picture, shown = live_picture(page, chosen.pk, request.scope, MapPicture)
    renew_url = f"{reverse('boards:ticket')}?round={chosen.pk}&map={measure}"
    return {
        "rounds": options(rounds),
        "board": picture.board,
        "panels": shown,
        "place": place_name(picture.board.round),
        "measure": measure,
        "measures": MEASURES.items(),
        "may_arrange": request.scope.can("arrange_map"),
        "pulse": pulse_attributes(picture, shown, renew_url),
        **clock_attributes(),
    }
