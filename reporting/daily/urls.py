"""Addresses of the daily numbers."""

from __future__ import annotations

from django.urls import URLPattern

from reporting.daily import review_urls

app_name = "daily"

urlpatterns: list[URLPattern] = [*review_urls.urlpatterns]
