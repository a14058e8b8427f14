"""Every URL of the house, by room. Each is in the permission matrix or a test fails."""

from django.urls import include, path

# Addresses are tried in this order: what is asked hundreds of times a second, the pulse and the
# capture, stands first.
urlpatterns = [
    path("", include("reporting.boards.urls")),
    path("", include("sites.urls")),
    path("", include("personnel.urls")),
    path("", include("core.imports.urls")),
    path("", include("campaigns.urls")),
    path("", include("personnel.staff_urls")),
    path("", include("personnel.training_urls")),
    path("", include("personnel.patch_urls")),
    path("", include("personnel.duty_urls")),
    path("", include("logistics.urls")),
    path("", include("logistics.dispatch_urls")),
    path("", include("logistics.visit_urls")),
    path("", include("logistics.field_urls")),
    path("", include("reporting.alerts.urls")),
    path("", include("reporting.daily.urls")),
    path("", include("reporting.outlets.urls")),
    path("", include("reporting.outlets.api_urls")),
    path("", include("reporting.outlets.client_urls")),
    path("", include("reporting.outlets.situation_urls")),
    path("", include("reporting.outlets.upward_urls")),
    path("", include("reporting.outlets.export_urls")),
]

handler400 = "core.problems.bad_request"
handler403 = "core.problems.forbidden"
handler404 = "core.problems.not_found"
handler500 = "core.problems.server_error"
