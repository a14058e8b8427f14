"""S1: what do I owe now? The first page of everybody who does not command the whole district."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from core import clock
from core.pages import page_or_partial
from reporting.boards.today import today


@never_cache
@require_safe
def today_page(request: HttpRequest) -> HttpResponse:
    """The cards of whoever asks; the page asks for them anew every half minute."""
    context = {"today": today(request.scope, at=clock.now())}
    return page_or_partial(request, "boards/today.html", "boards/today_cards.html", context)


@never_cache
@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """Where one's work begins: the overview for whoever watches a district, the own page for who
    has nothing but own duties, else what one owes."""
    if request.scope.permissions == {"own_duty"}:
        return HttpResponseRedirect(reverse("field:own"))
    commands = request.scope.can("see_board") and bool(request.scope.districts)
    return HttpResponseRedirect(reverse("boards:overview" if commands else "boards:today"))
