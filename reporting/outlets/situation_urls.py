"""Addresses of situation reports."""

from __future__ import annotations

from django.urls import URLPattern, path

from reporting.outlets.views import situation, situation_acts

app_name = "situation"
urlpatterns: list[URLPattern] = [
    path("situation/", situation.reports_page, name="reports"),
    path("situation/open/", situation_acts.report_open, name="open"),
    path("situation/times/", situation_acts.times_set, name="times"),
    path("situation/<int:report_id>/", situation.report_page, name="report"),
    path("situation/<int:report_id>/words/", situation_acts.report_words, name="words"),
    path("situation/<int:report_id>/state/", situation_acts.report_state, name="state"),
    path("situation/<int:report_id>/check/", situation_acts.report_override, name="override"),
    path("situation/<int:report_id>/submit/", situation_acts.report_submit, name="submit"),
    path("situation/<int:report_id>/return/", situation_acts.report_return, name="return"),
    path("situation/<int:report_id>/approve/", situation_acts.report_approve, name="approve"),
    path("situation/<int:report_id>/withdraw/", situation_acts.report_withdraw, name="withdraw"),
    path("situation/<int:report_id>/renew/", situation_acts.report_renew, name="renew"),
    path("situation/<int:report_id>/correct/", situation_acts.report_correct, name="correct"),
    path(
        "situation/<int:report_id>/<slug:kind>/<slug:language>/",
        situation.report_file,
        name="file",
    ),
]
