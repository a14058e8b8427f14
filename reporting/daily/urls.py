"""Addresses of the daily numbers."""

from __future__ import annotations

from django.urls import URLPattern, path

from reporting.daily import review_urls
from reporting.daily.views import reconciliation

app_name = "daily"

urlpatterns: list[URLPattern] = [
    path("daily/<int:report_id>/reconcile/", reconciliation.reconcile_page, name="reconcile"),
    *review_urls.urlpatterns,
]
