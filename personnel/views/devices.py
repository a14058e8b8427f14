"""Devices of one's area: which are heard, which are silent, and ending one that is lost.

A device is enrolled on the page of its unit; here one looks after all of them.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.core.paginator import Paginator
from django.db.models import F, Q, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from campaigns.models import Division
from core.query import refuse_unknown_query
from personnel.forms import DeviceFilterForm
from personnel.models import Device
from personnel.permissions import can_revoke_device, check_can_revoke_device, check_can_see_devices
from personnel.services import devices

PAGE_SIZE = 50
FILTERS = ("state", "division")
SILENT_AFTER = timedelta(minutes=30)


@require_safe
def devices_page(request: HttpRequest) -> HttpResponse:
    """Devices in use, the longest silent first."""
    check_can_see_devices(request.scope)
    refuse_unknown_query(request, (*FILTERS, "page"))
    at = timezone.now()
    form = DeviceFilterForm(request.GET, scope=request.scope)
    seen = Device.objects.within(request.scope).select_related("unit__point")
    valid = form.is_valid()
    found = _chosen(seen, form.cleaned_data if valid else {}, at)
    page = Paginator(found, PAGE_SIZE).get_page(request.GET.get("page"))
    streets = Division.objects.in_bulk({device.unit.street_id for device in page})
    kept = {name: request.GET[name] for name in FILTERS if request.GET.get(name)}
    context = {
        "form": form,
        "page": page,
        "rows": [_row(device, streets, at) for device in page],
        "query": f"{urlencode(kept)}&" if kept else "",
        "filtered": bool(kept),
        "may_revoke": can_revoke_device(request.scope),
        "points_url": _points_url(),
        "now": at,
    }
    return render(request, "personnel/devices.html", context, status=200 if valid else 422)


def _chosen(found: QuerySet[Device], wish: dict[str, Any], at: datetime) -> QuerySet[Device]:
    working = Q(revoked_at__isnull=True, expires_at__gt=at)
    ended = Q(revoked_at__isnull=False) | Q(expires_at__lte=at)
    late = Q(last_seen_at__isnull=True) | Q(last_seen_at__lt=at - SILENT_AFTER)
    states = {
        "silent": working & late,
        "waiting": Q(revoked_at__isnull=True, code_expires_at__isnull=False),
        "ended": ended,
    }
    found = found.filter(states.get(wish.get("state", ""), working))
    if (street := wish.get("division")) is not None:
        found = found.filter(unit__street_id=street.pk)
    return found.order_by(F("last_seen_at").asc(nulls_first=True), "pk")


def _row(device: Device, streets: dict[int, Division], at: datetime) -> dict[str, Any]:
    if device.revoked_at is not None:
        state = ("stale", _("ended"))
    elif device.expires_at is None:
        open_code = device.code_expires_at is not None and device.code_expires_at > at
        state = ("info", _("waiting for its code")) if open_code else ("stale", _("code run out"))
    elif device.expires_at <= at:
        state = ("stale", _("run out"))
    elif device.last_seen_at is None or at - device.last_seen_at > SILENT_AFTER:
        state = ("warn", _("silent"))
    else:
        state = ("ok", _("heard"))
    return {
        "device": device,
        "street": streets.get(device.unit.street_id),
        "state": state,
        "ends": device.revoked_at is None,
        "silent_for": at - device.last_seen_at if device.last_seen_at else None,
    }


def _points_url() -> str:
    try:
        return reverse("sites:points")
    except NoReverseMatch:
        return ""


@require_POST
def device_revoke(request: HttpRequest, device_id: int) -> HttpResponse:
    """End a device; every process refuses its token within two seconds."""
    check_can_revoke_device(request.scope)
    found = Device.objects.within(request.scope).select_related("unit")
    device = get_object_or_404(found, pk=device_id)
    devices.revoke(device=device, by=request.scope.actor, at=timezone.now())
    return HttpResponseRedirect(reverse("personnel:devices"))
