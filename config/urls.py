"""Every URL of the house, by room. Each is in the permission matrix or a test fails."""

from django.urls import include, path

urlpatterns = [
    path("", include("reporting.boards.urls")),
    path("", include("personnel.urls")),
    path("", include("sites.urls")),
    path("api/v1/", include("reporting.outlets.urls")),
]
