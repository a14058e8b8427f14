"""The district's classes of vehicle: listed, added, renamed."""

from __future__ import annotations

from typing import Any

from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from core import clock
from core.acts import accepted, who
from core.query import refuse_unknown_query
from logistics.forms.vehicles import ClassForm
from logistics.models import VehicleClass
from logistics.permissions import check_can_manage_vehicles
from logistics.services.classes import add_class, change_class
from logistics.services.vehicles import add_builtin_classes


@require_http_methods(["GET", "HEAD", "POST"])
def classes_page(request: HttpRequest) -> HttpResponse:
    """The list, with a form for one more."""
    check_can_manage_vehicles(request.scope)
    refuse_unknown_query(request, ())
    form = ClassForm(request.POST if request.method == "POST" else None, scope=request.scope)

    def act(data: dict[str, Any]) -> VehicleClass:
        district = data.pop("district")
        return add_class(district_id=district.pk, **data, **who(request))

    fields = {"vehicle_class_code_once": "code"}
    if request.method == "POST" and accepted(form, act, fields=fields):
        return HttpResponseRedirect(reverse("logistics:classes"))
    present = Count("vehicles", filter=Q(vehicles__returned_at__isnull=True))
    context = {
        "form": form,
        "classes": VehicleClass.objects.within(request.scope).annotate(present=present),
    }
    status = 422 if form.errors else 200
    return render(request, "logistics/classes.html", context, status=status)


@require_POST
def classes_begin(request: HttpRequest) -> HttpResponse:
    """Give the district the usual classes that it lacks."""
    check_can_manage_vehicles(request.scope)
    for district_id in sorted(request.scope.districts):
        add_builtin_classes(district_id=district_id, by=request.scope.actor, at=clock.now())
    return HttpResponseRedirect(reverse("logistics:vehicles"))


@require_http_methods(["GET", "HEAD", "POST"])
def class_change(request: HttpRequest, class_id: int) -> HttpResponse:
    """Another name, or what one of it usually holds."""
    check_can_manage_vehicles(request.scope)
    known = get_object_or_404(VehicleClass.objects.within(request.scope), pk=class_id)
    posted = request.POST if request.method == "POST" else None
    form = ClassForm(posted, scope=request.scope, known=known)

    def act(data: dict[str, Any]) -> VehicleClass:
        return change_class(class_id=known.pk, **data, **who(request))

    if posted is not None and accepted(form, act):
        return HttpResponseRedirect(reverse("logistics:classes"))
    status = 422 if form.errors else 200
    context = {"form": form, "known": known}
    return render(request, "logistics/class_form.html", context, status=status)
