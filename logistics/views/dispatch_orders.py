"""The board's list twin: orders with their state and times, one order with its log, its steps."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from campaigns.models import Division
from core import clock
from core.actors import names_of, same_person
from core.acts import accepted, attempt, who
from core.pages import page_or_partial
from core.query import query_choice, query_number, refuse_unknown_query
from logistics.forms.dispatch import StepForm
from logistics.models import OrderState
from logistics.permissions import can_dispatch, check_can_dispatch, check_can_see_dispatch
from logistics.queries.orders import (
    ended_orders,
    log_of,
    order_count,
    order_in,
    running_orders,
)
from logistics.services.order_log import may_follow
from logistics.services.order_steps import UNDO, take_step, undo
from logistics.views.dispatch_choice import check_street

LISTS = {
    "running": _("Under way"),
    "waiting": _("Waiting for an answer"),
    "ended": pgettext_lazy("orders", "Ended"),
}
ENDED_WITHIN = timedelta(hours=48)
# What the desk may do for somebody else: what goes on first, what ends the order last. The Enter
# key takes the first button of a form.
STEPS = (
    OrderState.ACCEPTED, OrderState.EN_ROUTE, OrderState.ON_SITE, OrderState.RELEASED,
    OrderState.DECLINED, OrderState.WITHDRAWN,
)  # fmt: skip
ENDS = (OrderState.RELEASED, OrderState.DECLINED, OrderState.WITHDRAWN)


@never_cache
@require_safe
def orders_page(request: HttpRequest) -> HttpResponse:
    """Orders of one's area, what waits for somebody first."""
    check_can_see_dispatch(request.scope)
    refuse_unknown_query(request, ("list", "street"))
    scope, now = request.scope, clock.now()
    shown = query_choice(request, "list", tuple(LISTS), default="running")
    street = query_number(request, "street", maximum=2**31 - 1) or None
    streets = list(Division.objects.streets().within(scope).order_by("code"))
    check_street(street, streets)
    only = [street] if street else None
    since = now - ENDED_WITHIN if shown == "ended" else None
    if since is not None:
        lines = ended_orders(scope, at=now, since=since, street_ids=only)
    else:
        lines = running_orders(scope, at=now, street_ids=only, waiting=shown == "waiting")
    count = order_count(scope, at=now, since=since, street_ids=only)
    query = {"street": street} if street else {}
    context = {
        "lines": lines, "now": now, "shown": shown, "street": street, "streets": streets,
        "names": names_of({line.order.by for line in lines}),
        "overdue": count.overdue,
        "total": count.waiting if shown == "waiting" else count.all,
        "lists": [
            {"name": name, "word": word, "url": f"?{urlencode({'list': name} | query)}"}
            for name, word in LISTS.items()
        ],
        "here": f"{reverse('dispatch:orders')}?{urlencode({'list': shown} | query)}",
    }  # fmt: skip
    return page_or_partial(
        request, "logistics/dispatch/orders.html", "logistics/dispatch/order_list.html", context
    )


@never_cache
@require_safe
def order_page(request: HttpRequest, order_id: int) -> HttpResponse:
    """One order with its log and what may be done next."""
    check_can_see_dispatch(request.scope)
    return _order_page(request, order_id, StepForm())


@require_POST
def order_step(request: HttpRequest, order_id: int) -> HttpResponse:
    """A step on somebody's behalf: answered by telephone, withdrawn, released."""
    check_can_dispatch(request.scope)
    form = StepForm(request.POST)
    done = accepted(
        form,
        lambda data: take_step(
            order_id=order_id, to=data["to"], reason=data["reason"], **who(request)
        ),
        otherwise="reason",
    )
    if done:
        return HttpResponseRedirect(reverse("dispatch:order", args=[order_id]))
    return _order_page(request, order_id, form, status=422)


@require_POST
def order_undo(request: HttpRequest, order_id: int) -> HttpResponse:
    """Take back what one ordered within the last half minute."""
    check_can_dispatch(request.scope)
    done = attempt(lambda: undo(order_id=order_id, **who(request)))
    if done:
        return HttpResponseRedirect(_back(request))
    return _order_page(request, order_id, StepForm(), refused=done.refused, status=409)


def _back(request: HttpRequest) -> str:
    here, back = reverse("dispatch:board"), request.POST.get("back", "")
    fits = back.startswith(f"{here}?") and url_has_allowed_host_and_scheme(back, None)
    return back if fits else here


def _order_page(
    request: HttpRequest, order_id: int, form: StepForm, *, refused: Any = None, status: int = 200
) -> HttpResponse:
    scope, now = request.scope, clock.now()
    line = order_in(scope, order_id, at=now)
    if line is None:
        raise Http404
    order = line.order
    log = log_of(order)
    may = can_dispatch(scope)
    left = UNDO - (now - order.at) / float(clock.rate())
    steps = [to for to in STEPS if may and may_follow(order.state, to)]
    context = {
        "line": line, "order": order, "log": log, "form": form, "refused": refused, "now": now,
        "names": names_of({order.by, *(each.step.by for each in log)}),
        "steps": steps, "only_ends": all(to in ENDS for to in steps),
        "may_undo": may and same_person(order.by, scope.actor) and left > timedelta(0)
        and order.state in (OrderState.REQUESTED, OrderState.ACCEPTED),
        "may": may,
    }  # fmt: skip
    return render(request, "logistics/dispatch/order.html", context, status=status)
