"""Addresses of the imports."""

from django.urls import path

from core.imports.views import run, start

app_name = "imports"
urlpatterns = [
    path("imports/", start.home, name="home"),
    path("imports/<slug:code>/", start.start, name="start"),
    path("imports/<slug:code>/template.<slug:form>", start.template, name="template"),
    path("imports/run/<uuid:run_id>/", run.run_page, name="run"),
    path("imports/run/<uuid:run_id>/columns/", run.columns_page, name="columns"),
    path("imports/run/<uuid:run_id>/confirm/", run.confirm, name="confirm"),
    path("imports/run/<uuid:run_id>/undo/", run.undo, name="undo"),
    path("imports/run/<uuid:run_id>/discard/", run.discard, name="discard"),
    path("imports/run/<uuid:run_id>/refused.<slug:form>", run.refused_file, name="refused"),
]
