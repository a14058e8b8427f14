"""Addresses of the alerts, the log and the matters."""

from __future__ import annotations

from django.urls import URLPattern, path

from reporting.alerts.views import alert, alerts, log, matters, requests, rules

app_name = "alerts"

urlpatterns: list[URLPattern] = [
    path("alerts/", alerts.alerts_page, name="alerts"),
    path("alerts/<int:alert_id>/", alert.alert_page, name="alert"),
    path("alerts/<int:alert_id>/acknowledge/", alert.alert_acknowledge, name="acknowledge"),
    path("alerts/<int:alert_id>/snooze/", alert.alert_snooze, name="snooze"),
    path("alerts/<int:alert_id>/close/", alert.alert_close, name="close"),
    path("alerts/rules/", rules.rules_page, name="rules"),
    path("alerts/rules/<str:code>/", rules.rule_page, name="rule"),
    path("log/", log.log_page, name="log"),
    path("log/add/", log.log_add, name="log_add"),
    path("log/<int:entry_id>/", log.log_entry, name="log_entry"),
    path("log/<int:entry_id>/amend/", log.log_amend, name="log_amend"),
    path("log/<int:entry_id>/event/", log.log_event, name="log_event"),
    path("matters/", matters.matters_page, name="matters"),
    path("matters/new/", matters.matter_new, name="matter_new"),
    path("matters/<int:matter_id>/", matters.matter_page, name="matter"),
    path("matters/<int:matter_id>/step/", matters.matter_step, name="matter_step"),
    path("requests/", requests.requests_page, name="requests"),
    path("requests/new/", requests.request_new, name="request_new"),
    path("requests/<int:request_id>/", requests.request_page, name="request"),
    path("requests/<int:request_id>/step/", requests.request_step, name="request_step"),
]
