"""What overview and wall have in common: language on request, the pulse's attributes, the clock."""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse
from django.utils import translation

from core import clock
from core.pulse import format_hashes, issue_ticket
from reporting.boards.build import build_id
from reporting.boards.source import OVERVIEW, STREET, WALL, Picture
from reporting.progress.figures import RoundHeader

EVERY_MS = {OVERVIEW: 2000, WALL: 2000, STREET: 5000}
"""A board or a wall is what a room looks at; one street may be some seconds older."""
SLOW_MS = 30_000
"""The map, and whatever else is looked at now and then."""


def spoken(request: HttpRequest) -> AbstractContextManager[None]:
    """The language of ``?lang=`` where it is one of ours, for this answer only."""
    wish = request.GET.get("lang", "")
    language = wish if wish in dict(settings.LANGUAGES) else translation.get_language()
    return translation.override(language)


def pulse_attributes(picture: Picture, shown: dict[str, Any], renew_url: str) -> dict[str, Any]:
    """What the page tells ``pulse.js``; a renewed ticket keeps the page's language."""
    language = translation.get_language() or ""
    joint = "&" if "?" in renew_url else "?"
    return {
        "url": f"{reverse('boards:pulse')}?page={picture.page}",
        "renew_url": f"{renew_url}{joint}lang={language}",
        "ticket": issue_ticket(picture.page, picture.scope, language, picture.round_id),
        "tag": str(picture.tag),
        "panels": format_hashes(shown),
        "every_ms": EVERY_MS.get(picture.page, SLOW_MS),
        "build": build_id(),
        "sign_in_url": settings.LOGIN_URL,
    }


def clock_attributes() -> dict[str, Any]:
    """The scenario clock for the page's own ticking."""
    rate = clock.rate()
    return {
        "clock_now": clock.now().isoformat(timespec="seconds"),
        "clock_rate": f"{rate:g}",
        "clock_faster": rate != 1,
    }


def place_name(header: RoundHeader) -> str:
    """The district's name in the active language."""
    english = not (translation.get_language() or "").startswith("zh")
    return (english and header.district_name_en) or header.district_name
