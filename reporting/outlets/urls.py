"""Addresses of the API for higher levels, and its description."""

from django.urls import path

from reporting.outlets.api.progress import ProgressView
from reporting.outlets.api.views import SchemaView
from reporting.outlets.health import health, ready
from reporting.outlets.metrics import metrics

app_name = "outlets"
urlpatterns = [
    path("health/", health, name="health"),
    path("health/ready/", ready, name="ready"),
    path("metrics/", metrics, name="metrics"),
    path("api/v1/progress/", ProgressView.as_view(), name="progress"),
    path("api/v1/schema/", SchemaView.as_view(), name="schema"),
]
