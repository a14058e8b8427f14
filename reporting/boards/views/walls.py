"""The list of wall links: make one, show it as a code, end it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

import segno
from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.safestring import mark_safe
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_protect
from django.views.decorators.http import require_http_methods, require_POST

from core.acts import accepted
from personnel.models import WallLink
from personnel.services.walls import create_wall_link, revoke_wall_link
from reporting.boards.forms import WallLinkForm
from reporting.boards.status import Status

LOOPBACK = ("127.0.0.1", "localhost", "::1")
SHOWN = 50
OPENS = Status("ok", _("Opens"))
ENDED = Status("stale", _("Ended"))
RUN_OUT = Status("stale", _("Run out"))


@never_cache
@csrf_protect
@require_http_methods(["GET", "HEAD", "POST"])
def walls_page(request: HttpRequest) -> HttpResponse:
    """GET lists the links; POST makes one and shows it, this once."""
    _check(request)
    form = WallLinkForm(request.POST or None, scope=request.scope)
    if request.method != "POST":
        return _page(request, form)

    def act(data: dict[str, Any]) -> tuple[WallLink, str]:
        lives = timedelta(days=int(data.pop("days")))
        return create_wall_link(**data, by=request.scope.actor, at=timezone.now(), lives=lives)

    done = accepted(form, act)
    if not done:
        return _page(request, form, status=422)
    link, token = done.value
    url = public_address(request, reverse("boards:wall", args=[token]))
    created = {"label": link.label, "url": url, "qr": qr_code(url), "word": _("Made")}
    return _page(request, WallLinkForm(scope=request.scope), status=201, created=created)


@csrf_protect
@require_POST
def wall_revoke(request: HttpRequest, link_id: int) -> HttpResponse:
    """End a link; walls that show it stop within two minutes."""
    _check(request)
    link = get_object_or_404(WallLink.objects.within(request.scope), pk=link_id)
    revoke_wall_link(link=link, by=request.scope.actor, at=timezone.now())
    return HttpResponseRedirect(reverse("boards:walls"))


def public_address(request: HttpRequest, path: str) -> str:
    """The address a phone can open: the configured one, unless that is this machine alone."""
    if urlsplit(settings.PUBLIC_URL).hostname in LOOPBACK:
        return request.build_absolute_uri(path)
    return f"{settings.PUBLIC_URL}{path}"


def qr_code(text: str) -> str:
    """The text as an SVG code without any style, so that the content policy holds."""
    drawing = segno.make(text, error="m", micro=False)
    return mark_safe(drawing.svg_inline(omitsize=True, svgclass=None, lineclass=None))  # noqa: S308


def _check(request: HttpRequest) -> None:
    if not request.scope.can("manage_wall_links"):
        raise PermissionDenied


def _page(
    request: HttpRequest,
    form: WallLinkForm,
    *,
    status: int = 200,
    created: dict[str, Any] | None = None,
) -> HttpResponse:
    at = timezone.now()
    links = (
        WallLink.objects.within(request.scope)
        .select_related("division", "round__campaign")
        .order_by("-created_at", "-pk")[:SHOWN]
    )
    context = {
        "form": form if form.can_offer else None,
        "created": created,
        "links": [_row(link, at) for link in links],
    }
    response = render(request, "boards/walls.html", context, status=status)
    response["Cache-Control"] = "no-store"
    return response


def _row(link: WallLink, at: Any) -> dict[str, Any]:
    state = OPENS
    if link.revoked_at is not None:
        state = ENDED
    elif link.expires_at <= at:
        state = RUN_OUT
    return {
        "pk": link.pk,
        "label": link.label,
        "area": link.division.spoken,
        "round": str(link.round),
        "expires_at": link.expires_at,
        "state": state,
        "working": state is OPENS,
    }
