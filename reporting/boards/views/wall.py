"""S3: one shared picture for a room, opened by a signed link and without an account."""

from __future__ import annotations

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from campaigns.models import Round
from personnel.services.walls import WallGrant, open_wall
from reporting.boards.source import WALL, live_picture
from reporting.boards.views.frame import clock_attributes, place_name, pulse_attributes, spoken

SCENES = ("overview", "exceptions")
SCALES = ("75", "100", "125", "150", "200")
LONGEST_SCENE = 3600


@login_not_required
@never_cache
@require_safe
def wall_page(request: HttpRequest, token: str) -> HttpResponse:
    """The wall; a link that opens nothing gets a calm page, never the sign-in page.

    ``?scene=`` overview or exceptions, ``?rotate=`` seconds for each scene, ``?scale=`` percent,
    ``?lang=``. A value nobody knows is left out: a wall has nobody who could mend it.
    """
    grant = open_wall(token, at=timezone.now())
    with spoken(request):
        if grant is None:
            return _closed(request)
        try:
            return _picture(request, token, grant)
        except Round.DoesNotExist:  # the area left the round
            return _closed(request)


def _closed(request: HttpRequest) -> HttpResponse:
    return render(request, "boards/wall_closed.html", status=410)


def _picture(request: HttpRequest, token: str, grant: WallGrant) -> HttpResponse:
    picture, shown = live_picture(WALL, grant.round_id, grant.scope)
    renew_url = reverse("boards:wall_ticket", args=[token])
    context = {
        "board": picture.board,
        "place": place_name(picture.board.round),
        "panels": shown,
        "pulse": pulse_attributes(picture, shown, renew_url),
        "scene": _one_of(request, "scene", SCENES, "overview"),
        "scale": _one_of(request, "scale", SCALES, "100"),
        "rotate": _seconds(request.GET.get("rotate", "")),
        **clock_attributes(),
    }
    return render(request, "boards/wall.html", context)


def _one_of(request: HttpRequest, name: str, known: tuple[str, ...], default: str) -> str:
    wish = request.GET.get(name, default)
    return wish if wish in known else default


def _seconds(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= 4):
        return 0
    return min(int(text), LONGEST_SCENE)
