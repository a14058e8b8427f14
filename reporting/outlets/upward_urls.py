"""Addresses of outlets to higher levels."""

from django.urls import path
from django.urls.resolvers import URLPattern

from reporting.outlets.views import upward, upward_deliveries, upward_runs, upward_workbooks

app_name = "upward"
urlpatterns: list[URLPattern] = [
    path("upward/", upward.outlets_page, name="outlets"),
    path("upward/superiors/", upward.superior_add, name="superior_add"),
    path("upward/superiors/<int:superior_id>/outlets/", upward.outlet_add, name="outlet_add"),
    path(
        "upward/superiors/<int:superior_id>/addresses/",
        upward_deliveries.endpoint_add,
        name="endpoint_add",
    ),
    path("upward/outlets/<int:outlet_id>/", upward.outlet_page, name="outlet"),
    path("upward/outlets/<int:outlet_id>/times/", upward.outlet_change, name="outlet_change"),
    path("upward/outlets/<int:outlet_id>/now/", upward.run_now, name="run_now"),
    path(
        "upward/outlets/<int:outlet_id>/workbook/",
        upward_workbooks.workbook_page,
        name="workbook",
    ),
    path(
        "upward/outlets/<int:outlet_id>/workbook/file/",
        upward_workbooks.workbook_file,
        name="workbook_file",
    ),
    path(
        "upward/outlets/<int:outlet_id>/workbook/upload/",
        upward_workbooks.workbook_upload,
        name="workbook_upload",
    ),
    path(
        "upward/outlets/<int:outlet_id>/workbook/entries/",
        upward_workbooks.entry_add,
        name="entry_add",
    ),
    path(
        "upward/entries/<int:entry_id>/remove/", upward_workbooks.entry_remove, name="entry_remove"
    ),
    path("upward/issues/<int:run_id>/", upward_runs.run_page, name="run"),
    path("upward/issues/<int:run_id>/file/", upward_runs.run_file, name="run_file"),
    path("upward/issues/<int:run_id>/sent/", upward_runs.run_sent, name="run_sent"),
    path("upward/issues/<int:run_id>/receipt/", upward_runs.run_receipt, name="run_receipt"),
    path("upward/issues/<int:run_id>/resend/", upward_runs.run_resend, name="run_resend"),
    path("upward/issues/<int:run_id>/again/", upward_runs.run_again, name="run_again"),
    path(
        "upward/addresses/<int:endpoint_id>/secret/",
        upward_deliveries.endpoint_rotate,
        name="endpoint_rotate",
    ),
    path(
        "upward/addresses/<int:endpoint_id>/switch/",
        upward_deliveries.endpoint_switch,
        name="endpoint_switch",
    ),
    path(
        "upward/addresses/<int:endpoint_id>/test/",
        upward_deliveries.endpoint_test,
        name="endpoint_test",
    ),
    path("upward/deliveries/", upward_deliveries.deliveries_page, name="deliveries"),
    path("upward/deliveries/<uuid:delivery_id>/", upward_deliveries.delivery_page, name="delivery"),
    path(
        "upward/deliveries/<uuid:delivery_id>/replay/",
        upward_deliveries.delivery_replay,
        name="delivery_replay",
    ),
]
