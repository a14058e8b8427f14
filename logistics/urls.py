"""Addresses of the vehicles."""

from __future__ import annotations

from django.urls import URLPattern, path

from logistics.views import classes, vehicles

app_name = "logistics"
urlpatterns: list[URLPattern] = [
    path("vehicles/", vehicles.vehicles_page, name="vehicles"),
    path("vehicles/new/", vehicles.vehicle_add, name="vehicle_add"),
    path("vehicles/inventory/", vehicles.inventory_page, name="inventory"),
    path("vehicles/classes/", classes.classes_page, name="classes"),
    path("vehicles/classes/begin/", classes.classes_begin, name="classes_begin"),
    path("vehicles/classes/<int:class_id>/change/", classes.class_change, name="class_change"),
    path("vehicles/<int:vehicle_id>/", vehicles.vehicle_page, name="vehicle"),
    path("vehicles/<int:vehicle_id>/change/", vehicles.vehicle_change, name="vehicle_change"),
    path("vehicles/<int:vehicle_id>/pool/", vehicles.vehicle_pool, name="vehicle_pool"),
    path("vehicles/<int:vehicle_id>/trips/<int:trip_id>/end/", vehicles.trip_end, name="trip_end"),
    path("vehicles/<int:vehicle_id>/give-back/", vehicles.vehicle_return, name="vehicle_return"),
]
