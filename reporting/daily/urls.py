"""Addresses of the daily numbers."""

from __future__ import annotations

from django.urls import URLPattern

app_name = "daily"

urlpatterns: list[URLPattern] = []
