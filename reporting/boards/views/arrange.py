"""The map's editor: hexes moved by drag or by buttons, layouts read from files and given out."""

from __future__ import annotations

import json
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_protect
from django.views.decorators.http import require_POST, require_safe

from campaigns.models import Division
from core.acts import accepted, who
from core.query import query_number
from reporting.boards import hexes
from reporting.boards.forms import LayoutFileForm, MoveForm
from reporting.boards.hexfiles import Layout, read_layout, write_hexjson
from reporting.boards.models import MapCell
from reporting.boards.services.layout import (
    arrange,
    by_street,
    communities_of,
    forget_arrangement,
    move_community,
    places_of,
)

DIRECTIONS = (
    ("up_left", _("up left")),
    ("up_right", _("up right")),
    ("left", _("left")),
    ("right", _("right")),
    ("down_left", _("down left")),
    ("down_right", _("down right")),
)
SHOWN_REFUSALS = 200


@never_cache
@csrf_protect
@require_safe
def arrange_page(request: HttpRequest) -> HttpResponse:
    """The map with its communities to move; ``?pick=`` is the one in hand."""
    _check(request)
    return _page(request, pick=query_number(request, "pick"))


@csrf_protect
@require_POST
def move(request: HttpRequest) -> HttpResponse:
    """Move a community one step, or to the hex it was dropped on; swap with who stands there."""
    _check(request)
    form = MoveForm(request.POST)

    def act(given: dict[str, Any]) -> int:
        to = given["direction"] or (given["q"], given["r"])
        move_community(division_id=given["division"], to=to, **who(request))
        return given["division"]

    if done := accepted(form, act):
        return HttpResponseRedirect(f"{reverse('boards:map_arrange')}?pick={done.value}#editor")
    return _page(request, form=form, status=422)


@csrf_protect
@require_POST
def import_layout(request: HttpRequest) -> HttpResponse:
    """Take the places of a HexJSON or GeoJSON file; what cannot be used is listed."""
    _check(request)
    form = LayoutFileForm(request.POST, request.FILES)

    def act(data: dict[str, Any]) -> tuple[Layout, int]:
        communities = communities_of(request.scope)
        found = read_layout(data["file"].read(), {each.code: each.pk for each in communities})
        return found, arrange(places=found.places, **who(request))

    done = accepted(form, act, otherwise="file")
    if not done:
        return _page(request, upload=form, status=422)
    found, taken = done.value
    return _page(request, found=found, taken=taken, status=200 if taken else 422)


@csrf_protect
@require_POST
def reset(request: HttpRequest) -> HttpResponse:
    """Back to the automatic map."""
    _check(request)
    forget_arrangement(**who(request))
    return HttpResponseRedirect(reverse("boards:map_arrange"))


@require_safe
def export_layout(request: HttpRequest) -> HttpResponse:
    """The map as it stands, as HexJSON."""
    _check(request)
    communities = communities_of(request.scope)
    places = places_of(by_street(communities), request.scope)
    found = write_hexjson({each.code: places[each.pk] for each in communities})
    for each in communities:
        found["hexes"][each.code]["n"] = each.name
    response = HttpResponse(
        json.dumps(found, ensure_ascii=False, indent=1), content_type="application/json"
    )
    response["Content-Disposition"] = 'attachment; filename="layout.hexjson"'
    return response


def _check(request: HttpRequest) -> None:
    if not request.scope.can("arrange_map"):
        raise PermissionDenied


def _page(
    request: HttpRequest,
    *,
    pick: int | None = None,
    form: MoveForm | None = None,
    upload: LayoutFileForm | None = None,
    found: Layout | None = None,
    taken: int = 0,
    status: int = 200,
) -> HttpResponse:
    communities = communities_of(request.scope)
    places = places_of(by_street(communities), request.scope)
    shown = hexes.frame(places.values())
    faulty: Any = form or upload
    context = {
        "communities": [_hex(each, places, pick) for each in communities],
        "streets": {each.pk: each for each in _streets(communities)},
        "frame": shown,
        "wide": f"{max(shown.width, 320):.0f}",
        "corners": hexes.CORNERS,
        "across": f"{hexes.ACROSS:.3f}",
        "down": f"{hexes.DOWN:.3f}",
        "directions": DIRECTIONS,
        "pick": pick,
        "arranged": MapCell.objects.within(request.scope).exists(),
        "upload": upload or LayoutFileForm(),
        "form": faulty,
        "taken": taken,
        "found": found,
        "refused": found.refused[:SHOWN_REFUSALS] if found else [],
    }
    return render(request, "boards/map_arrange.html", context, status=status)


def _streets(communities: list[Division]) -> list[Division]:
    return list(Division.objects.filter(pk__in={each.street_id for each in communities}))


def _hex(community: Division, places: dict[int, hexes.Place], pick: int | None) -> dict[str, Any]:
    x, y = hexes.centre(places[community.pk])
    return {
        "community": community,
        "x": f"{x:.1f}",
        "y": f"{y:.1f}",
        "tone": (community.street_id or 0) % 6,
        "picked": community.pk == pick,
    }
