"""Addresses of outlets to higher levels."""

from django.urls.resolvers import URLPattern

app_name = "upward"
urlpatterns: list[URLPattern] = []
