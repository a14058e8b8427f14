from django.urls import path

from sites.api.capture import CaptureView
from sites.api.tallies import TallyView

app_name = "sites"
urlpatterns = [
    path("api/v1/capture/", CaptureView.as_view(), name="capture"),
    path("api/v1/tallies/", TallyView.as_view(), name="tallies"),
]
