"""Addresses of bulk exports."""

from django.urls import path

from reporting.outlets.views import exports

app_name = "exports"
urlpatterns = [
    path("exports/", exports.exports_page, name="exports"),
    path("exports/new/<slug:kind>/", exports.export_new, name="new"),
    path("exports/<uuid:job_id>/", exports.export_job, name="job"),
    path("exports/<uuid:job_id>/file/", exports.export_file, name="file"),
    path("exports/<uuid:job_id>/decide/", exports.export_decide, name="decide"),
    path("exports/<uuid:job_id>/cancel/", exports.export_cancel, name="cancel"),
]
