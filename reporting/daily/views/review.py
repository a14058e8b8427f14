"""Completeness: which street sent what, at every cut-off of a day, and who is to be reminded."""

from __future__ import annotations

import hashlib
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from core import clock
from core.acts import who
from core.inputs import parse_local_day
from core.pages import page_or_partial, wants_partial
from core.query import query_choice, query_number, refuse_unknown_query
from reporting.daily.models import Cutoff, Unlock
from reporting.daily.permissions import (
    can_manage_forms,
    can_review,
    can_unlock,
    check_can_review,
    check_can_see,
)
from reporting.daily.queries.completeness import Column, Matrix, Row, Timeliness, matrix
from reporting.daily.reminding import reminder_of
from reporting.daily.services.review import Swept, accept_clean

SHOWS = {
    "all": gettext_lazy("All"),
    "missing": gettext_lazy("Only missing"),
    "review": gettext_lazy("Only to review"),
}


@never_cache
@require_safe
def review_page(request: HttpRequest) -> HttpResponse:
    """Streets by the cut-offs of one day; the part below the heading refreshes itself."""
    check_can_see(request.scope)
    refuse_unknown_query(request, ("round", "day", "show", "seen"))
    show = query_choice(request, "show", tuple(SHOWS), default="all")
    day = parse_local_day(request.GET["day"]) if request.GET.get("day") else None
    at = clock.now()
    found = matrix(request.scope, at=at, round_id=query_number(request, "round"), day=day)
    waiting = _waiting_unlocks(request)
    seen = _fingerprint(found, at, waiting)
    if wants_partial(request) and request.GET.get("seen") == seen:
        return HttpResponse(status=204)  # nothing moved: what is on the screen stays
    context = {
        "seen": seen,
        "matrix": found,
        "rows": [row for row in found.rows if _wanted(row, show)],
        "heads": [_head(column, at) for column in found.latest],
        "groups": _groups(found),
        "show": show,
        "shows": SHOWS.items(),
        "at": at,
        "may_review": can_review(request.scope),
        "may_manage": can_manage_forms(request.scope),
        "unlocks": waiting,
        "kept": {name: request.GET[name] for name in ("round", "day") if request.GET.get(name)},
        "query": urlencode({name: text for name, text in request.GET.items() if name != "seen"}),
    }
    return page_or_partial(request, "daily/review.html", "daily/review_live.html", context)


@require_POST
def review_clean(request: HttpRequest, cutoff_id: int) -> HttpResponse:
    """Accept all that is clean at a cut-off; say what was accepted, what was left and why."""
    check_can_review(request.scope)
    cutoff = Cutoff.objects.within(request.scope).filter(pk=cutoff_id).first()
    if cutoff is None:
        raise Http404
    _say(request, accept_clean(cutoff_id=cutoff.pk, **who(request)))
    day = clock.deadline_day(cutoff.as_of)[0]
    query = urlencode({"round": cutoff.round_id, "day": day.isoformat()})
    return HttpResponseRedirect(f"{reverse('daily:review')}?{query}")


def _fingerprint(found: Matrix, at: datetime, waiting: int) -> str:
    """Short text that is equal as long as the page would be: all that it shows, and the minute."""
    said = [
        (mark.report.pk, mark.state, mark.timeliness, mark.report.version)
        for row in found.rows
        for mark in row.marks
        if mark is not None
    ]
    times = [column.cutoff.due_at for column in found.columns]
    text = repr((clock.minute_of(at), waiting, found.day, times, said))
    return hashlib.blake2b(text.encode(), digest_size=8).hexdigest()


def _wanted(row: Row, show: str) -> bool:
    marks = [mark for mark in row.marks if mark is not None]
    if show == "missing":
        return any(mark.timeliness == Timeliness.MISSING for mark in marks)
    return show == "all" or any(mark.to_review for mark in marks)


def _head(column: Column, at: Any) -> dict[str, Any]:
    """The newest cut-off of a form in words, with the reminder when it is time for one."""
    due_at = column.cutoff.due_at
    return {
        "column": column,
        "left": due_at - at if at <= due_at else None,
        "over": at - due_at if at > due_at else None,
        "reminder": reminder_of(column, at),
    }


def _groups(found: Matrix) -> list[dict[str, Any]]:
    """Headings over the columns: each form with how many of its cut-offs are shown."""
    groups: list[dict[str, Any]] = []
    for column in found.columns:
        if groups and groups[-1]["form"].pk == column.cutoff.form_id:
            groups[-1]["span"] += 1
        else:
            groups.append({"form": column.cutoff.form, "span": 1})
    return groups


def _waiting_unlocks(request: HttpRequest) -> int:
    if not can_unlock(request.scope):
        return 0
    return Unlock.objects.within(request.scope).filter(granted__isnull=True).count()


def _say(request: HttpRequest, swept: Swept) -> None:
    joint = _(", ")
    if swept.accepted:
        names = joint.join(report.street.spoken for report in swept.accepted)
        count = len(swept.accepted)
        words = ngettext(
            "%(count)s report accepted: %(streets)s.", "%(count)s reports accepted: %(streets)s.",
            count,
        )  # fmt: skip
        messages.success(request, words % {"count": count, "streets": names})
    if swept.left:
        names = joint.join(f"{left.report.street.spoken} ({_why(left)})" for left in swept.left)
        messages.warning(request, _("Left for a person: %(streets)s.") % {"streets": names})
    if not swept.accepted and not swept.left:
        messages.info(request, _("Nothing waits for review at this cut-off."))


def _why(left: Any) -> str:
    reasons = []
    if left.findings:
        reasons.append(
            ngettext("%(n)s finding", "%(n)s findings", left.findings) % {"n": left.findings}
        )
    if left.overridden:
        reasons.append(
            ngettext(
                "%(n)s number not the system's", "%(n)s numbers not the system's", left.overridden
            )
            % {"n": left.overridden}
        )
    return _(", ").join(reasons) or _("changed meanwhile")
