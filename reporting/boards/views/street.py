"""S4: one street in full, for the command and for the street itself; prints as one A4."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from campaigns.models import Division, Round
from core import clock
from logistics.permissions import can_dispatch
from reporting.boards.source import STREET, live_picture
from reporting.boards.street import StreetPicture, contacts, title
from reporting.boards.views.choice import chosen_instant, chosen_round, options, scrubber
from reporting.boards.views.frame import clock_attributes, place_name, pulse_attributes, spoken
from reporting.daily.permissions import can_fill, can_see
from reporting.daily.queries.completeness import latest_of
from reporting.progress import queries


@never_cache
@require_safe
def street_page(request: HttpRequest, street_id: int) -> HttpResponse:
    """A street of one's area, live or (``?as_of=``) as it was known at a quarter hour."""
    if not request.scope.can("see_street"):
        raise PermissionDenied
    street = get_object_or_404(Division.objects.streets().within(request.scope), pk=street_id)
    rounds = list(queries.visible_rounds(request.scope))
    with spoken(request):
        chosen = chosen_round(request, rounds)
        try:
            if chosen is None:
                raise Round.DoesNotExist
            context = _context(request, street, chosen)
        except Round.DoesNotExist:
            context = {"street": street, "rounds": options(rounds), "chosen": chosen}
            return render(request, "boards/street_empty.html", context)
        return render(request, "boards/street.html", context | {"rounds": options(rounds)})


def _context(request: HttpRequest, street: Division, chosen: Round) -> dict[str, Any]:
    scope = queries.narrowed(request.scope, street.pk)
    as_of = chosen_instant(request)
    context: dict[str, Any] = {}
    if as_of is not None:
        picture = StreetPicture(scope, chosen.pk, page=STREET, as_of=as_of)
        if picture.board.known_at is None:
            raise Http404  # nothing was kept at or before that time
        shown = picture.frozen_panels()
        context |= {"frozen": True, "frozen_word": _("Not live")}
    else:
        picture, shown = live_picture(STREET, chosen.pk, scope, StreetPicture)
        renew_url = f"{reverse('boards:ticket')}?round={chosen.pk}&street={street.pk}"
        context["pulse"] = pulse_attributes(picture, shown, renew_url)
    return context | {
        "street": street,
        "title": title(picture.detail),
        "board": picture.board,
        "panels": shown,
        "place": place_name(picture.board.round),
        "contacts": contacts(scope, chosen.pk),
        "reports": _reports(request, chosen, street),
        "may_see_board": request.scope.can("see_board"),
        "may_dispatch": can_dispatch(request.scope),
        **clock_attributes(),
        **scrubber(picture.board),
    }


def _reports(request: HttpRequest, chosen: Round, street: Division) -> list[dict[str, Any]]:
    """How the street's latest reports stand, each with the page where this reader goes on."""
    if not can_see(request.scope):
        return []
    page = "daily:report" if can_fill(request.scope) else "daily:review_report"
    marks = latest_of(request.scope, chosen.pk, street.pk, at=clock.now())
    return [{"mark": mark, "url": reverse(page, args=[mark.report.pk])} for mark in marks]
