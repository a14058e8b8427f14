"""Requests to unlock a locked report: who asks and why, decided by somebody else."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from core import clock
from core.actors import names_of
from core.acts import accepted, who
from core.query import refuse_unknown_query
from reporting.daily.forms.review import UnlockForm
from reporting.daily.models import Unlock
from reporting.daily.permissions import can_unlock, check_can_see, check_can_unlock
from reporting.daily.services.review import decide_unlock

PAGE_SIZE = 30


@never_cache
@require_safe
def unlocks_page(request: HttpRequest) -> HttpResponse:
    """Requests of one's area: those that wait first, then the decided ones, which stay."""
    check_can_see(request.scope)
    refuse_unknown_query(request, ("page",))
    return _page(request)


@require_POST
def unlock_decide(request: HttpRequest, unlock_id: int) -> HttpResponse:
    """Grant or refuse one request; never one's own."""
    check_can_unlock(request.scope)
    unlock = get_object_or_404(Unlock.objects.within(request.scope), pk=unlock_id)
    form = UnlockForm(request.POST)

    def act(data: dict[str, Any]) -> Unlock:
        return decide_unlock(
            unlock_id=unlock.pk, granted=form.granted, answer=data["answer"], **who(request)
        )

    done = accepted(form, act)
    if done:
        words = _("Unlocked for an hour.") if form.granted else _("Refused, with the answer given.")
        messages.success(request, words)
        return HttpResponseRedirect(reverse("daily:unlocks"))
    refused = done.refused
    status = 409 if refused is not None and refused.status == 409 else 422
    return _page(request, form=form, failed=unlock.pk, status=status)


def _page(
    request: HttpRequest,
    *,
    form: UnlockForm | None = None,
    failed: int | None = None,
    status: int = 200,
) -> HttpResponse:
    found = Unlock.objects.within(request.scope).select_related(
        "report__street", "report__cutoff__form"
    )
    waiting = list(found.filter(granted__isnull=True).order_by("asked_at"))
    decided = found.filter(granted__isnull=False).order_by("-decided_at")
    page = Paginator(decided, PAGE_SIZE).get_page(request.GET.get("page"))
    people = {u.asked_by for u in [*waiting, *page]} | {u.decided_by for u in page}
    context = {
        "waiting": [(unlock, unlock.asked_by == request.scope.actor) for unlock in waiting],
        "page": page,
        "form": form,
        "failed": failed,
        "may_unlock": can_unlock(request.scope),
        "names": names_of(people),
        "at": clock.now(),
    }
    return render(request, "daily/unlocks.html", context, status=status)
