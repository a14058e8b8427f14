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
from core import clock
from core.query import query_number
from reporting.boards.source import OVERVIEW, Picture, live_picture
from reporting.boards.views.frame import (
    clock_attributes,
    place_name,
    pulse_attributes,
    spoken,
)
from reporting.progress import queries
from reporting.progress.figures import Overview

TAKING_SAMPLES = (Round.State.RUNNING, Round.State.CLOSING)


@never_cache
@require_safe
def overview_page(request: HttpRequest) -> HttpResponse:
    """The overview, live or (``?as_of=``) as it was known at a quarter hour."""
    if not request.scope.can("see_board"):
        raise PermissionDenied
    rounds = list(queries.visible_rounds(request.scope))
    with spoken(request):
        chosen = _chosen(request, rounds)
        if chosen is None:
            return render(request, "boards/empty.html")
        return render(request, "boards/overview.html", _context(request, rounds, chosen))


def _chosen(request: HttpRequest, rounds: list[Round]) -> Round | None:
    wish = query_number(request, "round")
    if wish is None:
        taking = [each for each in rounds if each.state in TAKING_SAMPLES]
        return next(iter(taking or rounds), None)
    found = next((each for each in rounds if each.pk == wish), None)
    if found is None:
        raise Http404
    return found


def _context(request: HttpRequest, rounds: list[Round], chosen: Round) -> dict[str, Any]:
    text = request.GET.get("as_of", "")
    as_of = clock.parse_instant(text) if text else None
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
        "rounds": [{"id": each.pk, "label": _label(each)} for each in rounds],
        "board": picture.board,
        "panels": shown,
        "place": place_name(picture.board.round),
        **clock_attributes(),
        **_scrubber(picture.board),
    }


def _label(chosen: Round) -> str:
    start = clock.local(chosen.starts_at).strftime("%Y-%m-%d")
    name = chosen.campaign.name
    number = _("round %(n)d") % {"n": chosen.number}
    return f"{name} · {number}" if start in name else f"{start} {name} · {number}"


def _scrubber(board: Overview) -> dict[str, Any]:
    """The quarter hours to choose from, and the neighbours of the one that is shown."""
    times = list(board.snapshot_times)
    values = [time.isoformat() for time in times]
    shown = board.as_of if board.known_at else None
    index = times.index(shown) if shown in times else len(times) - 1
    return {
        "snapshots": list(zip(times, values, strict=True)),
        "last_snapshot": max(len(times) - 1, 0),
        "snapshot_index": max(index, 0),
        "snapshot_value": values[index] if values else "",
        "earlier": values[index - 1] if index > 0 else "",
        "later": values[index + 1] if 0 <= index < len(values) - 1 else "",
    }
