"""Addresses of the patches: who answers for which building."""

from __future__ import annotations

from django.urls import URLPattern, path

from personnel.views import patches

app_name = "patches"
urlpatterns: list[URLPattern] = [
    path("patches/", patches.patches_page, name="patches"),
    path("patches/<int:street_id>/", patches.street_page, name="street"),
    path("patches/<int:street_id>/give/", patches.street_give, name="give"),
]
