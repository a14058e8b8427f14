"""Copying a round with its points, and starting from a pre-made plan in one step (S097)."""

from __future__ import annotations

from datetime import timedelta

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from campaigns.forms import CopyForm
from campaigns.permissions import check_can_plan_round
from campaigns.views.rounds import find_round
from core import clock
from core.acts import accepted, who
from sites.services.plans import copy_plan


@require_http_methods(["GET", "HEAD", "POST"])
def round_copy(request: HttpRequest, round_id: int) -> HttpResponse:
    """GET asks for the new start; POST copies the plan and leads to the copy."""
    check_can_plan_round(request.scope)
    source = find_round(request, round_id)
    starts = (clock.now() + timedelta(hours=4)).replace(minute=0, second=0, microsecond=0)
    form = CopyForm(request.POST or None, initial={"starts_at": starts})
    status = 200
    if request.method == "POST":
        status = 422
        if done := accepted(form, lambda data: copy_plan(source=source, **data, **who(request))):
            messages.success(request, _("Copied. Look through it, then say that it is ready."))
            return HttpResponseRedirect(reverse("campaigns:round", args=[done.value.pk]))
    context = {"form": form, "source": source}
    return render(request, "sites/round_copy.html", context, status=status)
