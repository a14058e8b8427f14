"""Addresses of the daily numbers."""

from __future__ import annotations

from django.urls import URLPattern, path

from reporting.daily import review_urls
from reporting.daily.views import cells, reconciliation, report, reports

app_name = "daily"

urlpatterns: list[URLPattern] = [
    path("daily/", reports.reports_page, name="reports"),
    path("daily/worker.js", reports.worker, name="worker"),
    path("daily/<int:report_id>/", report.report_page, name="report"),
    path("daily/<int:report_id>/cells/", cells.cells_save, name="cells"),
    path("daily/<int:report_id>/cells/<int:cell_id>/", cells.cell_past, name="cell"),
    path("daily/<int:report_id>/state/", cells.state, name="state"),
    path("daily/<int:report_id>/newest/", cells.newest, name="newest"),
    path("daily/<int:report_id>/submit/", cells.report_submit, name="submit"),
    path("daily/<int:report_id>/unlock/", report.unlock_ask, name="unlock_ask"),
    path("daily/<int:report_id>/chat/", reports.chat_page, name="chat"),
    path("daily/<int:report_id>/reconcile/", reconciliation.reconcile_page, name="reconcile"),
    *review_urls.urlpatterns,
]
