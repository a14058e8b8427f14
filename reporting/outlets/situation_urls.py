"""Addresses of situation reports."""

from django.urls.resolvers import URLPattern

app_name = "situation"
urlpatterns: list[URLPattern] = []
