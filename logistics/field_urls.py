"""Addresses of one's own page on duty."""

from __future__ import annotations

from django.urls import URLPattern, path

from logistics.views import field

app_name = "field"

urlpatterns: list[URLPattern] = [
    path("my/", field.own_page, name="own"),
    path("my/step/", field.step, name="step"),
    path("my/steps/", field.steps, name="steps"),
    path("my/worker.js", field.worker, name="worker"),
]
