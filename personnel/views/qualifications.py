"""Qualifications that run out, and taking one away by hand."""

from __future__ import annotations

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from core import clock
from core.acts import accepted, who
from core.query import query_choice, refuse_unknown_query
from personnel.forms.training import WithdrawForm
from personnel.models import Qualification
from personnel.permissions import can_train, check_can_see_staff, check_can_train
from personnel.queries.courses import running_out, with_days
from personnel.queries.fitness import resting_on
from personnel.services.certification import withdraw

PAGE_SIZE = 50
SPANS = ("0", "30", "90")


@require_safe
def expiring_page(request: HttpRequest) -> HttpResponse:
    """What runs out within the days asked for, the nearest end first."""
    check_can_see_staff(request.scope)
    refuse_unknown_query(request, ("days", "page"))
    days = query_choice(request, "days", SPANS, default="30")
    return _page(request, days)


@require_POST
def qualification_withdraw(request: HttpRequest, qualification_id: int) -> HttpResponse:
    """Take one qualification away, with a reason."""
    check_can_train(request.scope)
    row = get_object_or_404(Qualification.objects.within(request.scope), pk=qualification_id)
    form = WithdrawForm(request.POST)
    answer = accepted(form, lambda data: withdraw(qualification_id=row.pk, **data, **who(request)))
    if not answer:
        return _page(request, "30", form=form, wrong=row.pk, status=422)
    _say_withdrawn(request, answer.value)
    return HttpResponseRedirect(reverse("training:expiring"))


def _say_withdrawn(request: HttpRequest, row: Qualification) -> None:
    """Withdrawn; and where duties ahead rest on it, how many, with the way to the person."""
    number = resting_on(row, clock.now())
    if not number:
        messages.success(request, _("Withdrawn. No duty ahead rests on it."))
        return
    words = ngettext(
        "Withdrawn. %(n)s duty ahead rests on it and stays booked.",
        "Withdrawn. %(n)s duties ahead rest on it and stay booked.",
        number,
    ) % {"n": number}
    person = reverse("staff:person", args=[row.member_id])
    link = format_html('{} <a href="{}">{}</a>', words, person, _("See the person's duties"))
    messages.warning(request, link)


def _page(
    request: HttpRequest,
    days: str,
    *,
    form: WithdrawForm | None = None,
    wrong: int | None = None,
    status: int = 200,
) -> HttpResponse:
    today = clock.day_of(clock.now())
    found = running_out(request.scope, on=today, days=int(days))
    page = Paginator(found, PAGE_SIZE).get_page(request.GET.get("page"))
    context = {
        "page": page,
        "rows": with_days(list(page), today),
        "days": days,
        "spans": SPANS,
        "today": today,
        "form": form or WithdrawForm(),
        "wrong": wrong,
        "may_train": can_train(request.scope),
    }
    return render(request, "personnel/training/expiring.html", context, status=status)
