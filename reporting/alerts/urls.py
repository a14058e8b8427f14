"""Addresses of the alerts, the log and the matters."""

from __future__ import annotations

from django.urls import URLPattern

app_name = "alerts"

urlpatterns: list[URLPattern] = []
