"""Addresses of machine clients."""

from django.urls import path

from reporting.outlets.views.token import TokenView

app_name = "clients"
urlpatterns = [
    path("api/v1/oauth/token/", TokenView.as_view(), name="token"),
]
