"""Addresses of bulk exports, and of a round's figures as health-information systems read them."""

from django.urls import path

from reporting.outlets.views import exports
from reporting.outlets.views.documents import AdxView, DataValueSetView, MeasureReportView

app_name = "exports"
_ROUND = "api/v1/rounds/<int:round_id>/"
urlpatterns = [
    path(f"{_ROUND}data-value-set/", DataValueSetView.as_view(), name="data_value_set"),
    path(f"{_ROUND}adx/", AdxView.as_view(), name="adx"),
    path(f"{_ROUND}measure-report/", MeasureReportView.as_view(), name="measure_report"),
    path("exports/", exports.exports_page, name="exports"),
    path("exports/new/<slug:kind>/", exports.export_new, name="new"),
    path("exports/<uuid:job_id>/", exports.export_job, name="job"),
    path("exports/<uuid:job_id>/file/", exports.export_file, name="file"),
    path("exports/<uuid:job_id>/decide/", exports.export_decide, name="decide"),
    path("exports/<uuid:job_id>/cancel/", exports.export_cancel, name="cancel"),
]
