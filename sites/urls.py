"""Addresses of the sites: capture and tallies for devices, the conflict list for people."""

from django.urls import path

from sites.api.capture import CaptureView
from sites.api.tallies import TallyView
from sites.views import conflicts

app_name = "sites"
urlpatterns = [
    path("api/v1/capture/", CaptureView.as_view(), name="capture"),
    path("api/v1/tallies/", TallyView.as_view(), name="tallies"),
    path("conflicts/", conflicts.conflicts_page, name="conflicts"),
    path("conflicts/<int:conflict_id>/decide/", conflicts.conflict_decide, name="conflict_decide"),
]
