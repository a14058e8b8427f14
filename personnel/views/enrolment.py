"""A device for a unit: a code of ten minutes as text and as a picture, shown this once."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from django import forms
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from core.query import refuse_unknown_query
from personnel.services.devices import CODE_LIVES, issue_code
from sites.forms.fields import ShortName
from sites.models import SamplingUnit
from sites.permissions import can_see_points, check_can_enrol_device
from sites.views.poster import qr_code

LOOPBACK = ("127.0.0.1", "localhost", "::1")


class DeviceForm(forms.Form):
    """What the device is called by those who carry it."""

    label = ShortName(
        label=_("Name of the device"),
        max_length=40,
        help_text=_("For example: phone of desk 3. No person's name."),
    )


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def unit_enrol(request: HttpRequest, unit_id: int) -> HttpResponse:
    """GET asks what the device is called; POST shows its code, good for ten minutes."""
    check_can_enrol_device(request.scope)
    refuse_unknown_query(request, ())
    unit = get_object_or_404(
        SamplingUnit.objects.within(request.scope).select_related("point"), pk=unit_id
    )
    form = DeviceForm(request.POST if request.method == "POST" else None)
    if request.method != "POST":
        return _page(request, unit, DeviceForm(initial={"label": _proposal(unit)}))
    if not form.is_valid():
        return _page(request, unit, form, status=422)
    at = timezone.now()
    device, code = issue_code(
        unit=unit, label=form.cleaned_data["label"], by=request.scope.actor, at=at
    )
    # The code stands behind the "#": browsers keep that part to themselves, no log sees it.
    address = _public_address(request)
    issued = {
        "device": device,
        "code": code,
        "qr": qr_code(f"{address}#{code}"),
        "until": at + CODE_LIVES,
        "address": address,
    }
    return _page(request, unit, DeviceForm(), issued=issued, status=201)


def _public_address(request: HttpRequest) -> str:
    """Where a phone finds us: the configured address, unless that is this machine alone."""
    if urlsplit(settings.PUBLIC_URL).hostname in LOOPBACK:
        return request.build_absolute_uri("/")
    return f"{settings.PUBLIC_URL.rstrip('/')}/"


def _proposal(unit: SamplingUnit) -> str:
    """A name that tells the unit's devices apart."""
    return str(_("phone %(n)s") % {"n": unit.devices.count() + 1})


def _page(
    request: HttpRequest,
    unit: SamplingUnit,
    form: DeviceForm,
    *,
    issued: dict[str, Any] | None = None,
    status: int = 200,
) -> HttpResponse:
    context = {
        "unit": unit,
        "form": form,
        "issued": issued,
        "minutes": int(CODE_LIVES.total_seconds() // 60),
        "may_see": can_see_points(request.scope),
    }
    return render(request, "personnel/enrol.html", context, status=status)
