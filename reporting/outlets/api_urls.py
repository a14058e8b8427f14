"""Addresses of the export API: a list and a single item for each resource."""

from django.urls import path

from reporting.outlets.api.guide import guide
from reporting.outlets.api.persons import PersonsView
from reporting.outlets.api.registry import RESOURCES
from reporting.outlets.api.views import item_view, list_view

app_name = "api"
urlpatterns = [
    path("api-guide/", guide, name="guide"),
    path("api/v1/persons/", PersonsView.as_view(), name="persons"),
    *(
        pattern
        for resource in RESOURCES
        for pattern in (
            path(f"api/v1/{resource.name}/", list_view(resource), name=resource.name),
            path(
                f"api/v1/{resource.name}/<str:key>/",
                item_view(resource),
                name=f"{resource.name}_item",
            ),
        )
    ),
]
