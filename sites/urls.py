"""Addresses of the sites: capture and tallies for devices, points, units and lists for people."""

from django.urls import path

from sites.api.capture import CaptureView
from sites.api.tallies import TallyView
from sites.views import callup, conflicts, copies, point, points, poster, reserved, units

app_name = "sites"
urlpatterns = [
    path("api/v1/capture/", CaptureView.as_view(), name="capture"),
    path("api/v1/tallies/", TallyView.as_view(), name="tallies"),
    path("conflicts/", conflicts.conflicts_page, name="conflicts"),
    path("conflicts/<int:conflict_id>/decide/", conflicts.conflict_decide, name="conflict_decide"),
    path("points/", points.points_page, name="points"),
    path("points/add/", points.point_add, name="point_add"),
    path("points/bulk/", points.points_bulk, name="points_bulk"),
    path("points/<int:point_id>/", point.point_page, name="point"),
    path("points/<int:point_id>/edit/", points.point_edit, name="point_edit"),
    path("points/<int:point_id>/state/", point.point_state, name="point_state"),
    path("points/<int:point_id>/check/", point.point_check, name="point_check"),
    path("points/<int:point_id>/areas/", point.point_areas, name="point_areas"),
    path("points/<int:point_id>/queue/", point.point_queue, name="point_queue"),
    path("points/<int:point_id>/units/", point.point_units, name="point_units"),
    path("points/<int:point_id>/poster/", poster.point_poster, name="point_poster"),
    path("units/<int:unit_id>/", units.unit_page, name="unit"),
    path("units/<int:unit_id>/state/", units.unit_state, name="unit_state"),
    path("units/<int:unit_id>/channel/", units.unit_channel, name="unit_channel"),
    path("units/<int:unit_id>/tally/", units.unit_tally, name="unit_tally"),
    path("rounds/<int:round_id>/copy/", copies.round_copy, name="round_copy"),
    path("call-up/", callup.call_up, name="call_up"),
    path("call-up/<int:point_id>/build/", callup.call_build, name="call_build"),
    path("call-up/buildings/<int:call_id>/", callup.call_step, name="call_step"),
    path("reserved/", reserved.reserved_page, name="reserved"),
    path("reserved/add/", reserved.reserved_add, name="reserved_add"),
    path("reserved/<int:site_id>/remove/", reserved.reserved_remove, name="reserved_remove"),
]
