"""Addresses of superiors' machines, and every message for them with its attempts."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from core.acts import accepted, who
from core.pages import page_or_partial
from core.query import query_choice, refuse_unknown_query
from reporting.outlets.forms.upward import EndpointForm, PressForm, SwitchForm
from reporting.outlets.models import Delivery, DeliveryState, Endpoint, Superior
from reporting.outlets.permissions import (
    can_manage_outlets,
    check_can_manage_outlets,
    check_can_see_outlets,
)
from reporting.outlets.queries.upward import counted_deliveries, deliveries_of
from reporting.outlets.services.deliveries import (
    add_endpoint,
    replay,
    rotate_secret,
    send_test,
    switch_endpoint,
)

INVALID = 422


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def endpoint_add(request: HttpRequest, superior_id: int) -> HttpResponse:
    """Enter an address; its secret is on the answer and nowhere afterwards."""
    check_can_manage_outlets(request.scope)
    superior = get_object_or_404(Superior.objects.within(request.scope), pk=superior_id)
    posted = request.method == "POST"
    form = EndpointForm(request.POST if posted else None)

    def act(data: dict[str, Any]) -> tuple[Endpoint, str]:
        return add_endpoint(superior_id=superior.pk, **data, **who(request))

    if posted and (done := accepted(form, act, otherwise="url")):
        return _secret(request, *done.value)
    context = {"superior": superior, "form": form}
    return render(
        request, "outlets/upward/endpoint_add.html", context, status=INVALID if posted else 200
    )


@never_cache
@require_POST
def endpoint_rotate(request: HttpRequest, endpoint_id: int) -> HttpResponse:
    """A new secret, shown this once; the old one goes on for a day."""
    check_can_manage_outlets(request.scope)
    endpoint = _endpoint(request, endpoint_id)
    return _secret(request, *rotate_secret(endpoint_id=endpoint.pk, **who(request)))


@require_POST
def endpoint_switch(request: HttpRequest, endpoint_id: int) -> HttpResponse:
    """Switch an address off, or on again."""
    check_can_manage_outlets(request.scope)
    endpoint = _endpoint(request, endpoint_id)
    form = SwitchForm(request.POST)
    if form.is_valid():
        switch_endpoint(endpoint_id=endpoint.pk, on=form.cleaned_data["on"], **who(request))
        messages.success(request, _("Done."))
    else:
        messages.error(request, _("Say whether it is to be switched on or off."))
    return HttpResponseRedirect(reverse("upward:outlets"))


@require_POST
def endpoint_test(request: HttpRequest, endpoint_id: int) -> HttpResponse:
    """Send a message without figures."""
    check_can_manage_outlets(request.scope)
    endpoint = _endpoint(request, endpoint_id)
    made = send_test(endpoint_id=endpoint.pk, key=PressForm.key_of(request), **who(request))
    return HttpResponseRedirect(reverse("upward:delivery", args=[made.pk]))


@never_cache
@require_safe
def deliveries_page(request: HttpRequest) -> HttpResponse:
    """The last messages; the list refreshes itself."""
    check_can_see_outlets(request.scope)
    refuse_unknown_query(request, ("state",))
    state = query_choice(request, "state", ["", *DeliveryState.values], default="")
    context = {
        "deliveries": list(deliveries_of(request.scope, state)),
        "state": state,
        "counts": counted_deliveries(request.scope, timezone.now()),
        "states": DeliveryState.choices,
        "now": timezone.now(),
    }
    return page_or_partial(
        request, "outlets/upward/deliveries.html", "outlets/upward/delivery_list.html", context
    )


@never_cache
@require_safe
def delivery_page(request: HttpRequest, delivery_id: UUID) -> HttpResponse:
    """One message with all of its attempts."""
    check_can_see_outlets(request.scope)
    refuse_unknown_query(request, ())
    delivery = _delivery(request, delivery_id)
    context = {
        "delivery": delivery,
        "attempts": delivery.attempts.order_by("-number"),
        "manages": can_manage_outlets(request.scope),
        "now": timezone.now(),
    }
    return page_or_partial(
        request, "outlets/upward/delivery.html", "outlets/upward/delivery_state.html", context
    )


@require_POST
def delivery_replay(request: HttpRequest, delivery_id: UUID) -> HttpResponse:
    """Send it again under its own id."""
    check_can_manage_outlets(request.scope)
    delivery = _delivery(request, delivery_id)
    replay(delivery_id=delivery.pk, **who(request))
    messages.success(request, _("It is sent again, under the same id."))
    return HttpResponseRedirect(reverse("upward:delivery", args=[delivery.pk]))


def _endpoint(request: HttpRequest, endpoint_id: int) -> Endpoint:
    return get_object_or_404(Endpoint.objects.within(request.scope), pk=endpoint_id)


def _delivery(request: HttpRequest, delivery_id: UUID) -> Delivery:
    deliveries = Delivery.objects.within(request.scope)
    deliveries = deliveries.select_related("endpoint__superior", "run__outlet").defer("body")
    return get_object_or_404(deliveries, pk=delivery_id)


def _secret(request: HttpRequest, endpoint: Endpoint, secret: str) -> HttpResponse:
    """Shown on the answer to the very request: a redirect would have to keep it somewhere."""
    context = {"endpoint": endpoint, "secret": secret}
    response = render(request, "outlets/upward/endpoint_secret.html", context)
    response["Cache-Control"] = "no-store"
    return response
