"""Addresses of the boards."""

from django.urls import path

from reporting.boards.views import arrange, overview, pulse, schematic, street, today, wall, walls

app_name = "boards"

urlpatterns = [
    path("pulse/", pulse.pulse, name="pulse"),
    path("", overview.overview_page, name="overview"),
    path("home/", today.home, name="home"),
    path("today/", today.today_page, name="today"),
    path("pulse/ticket/", pulse.ticket, name="ticket"),
    path("streets/<int:street_id>/", street.street_page, name="street"),
    path("map/", schematic.map_page, name="map"),
    path("map/arrange/", arrange.arrange_page, name="map_arrange"),
    path("map/arrange/move/", arrange.move, name="map_move"),
    path("map/arrange/import/", arrange.import_layout, name="map_import"),
    path("map/arrange/reset/", arrange.reset, name="map_reset"),
    path("map/layout.hexjson", arrange.export_layout, name="map_export"),
    path("walls/", walls.walls_page, name="walls"),
    path("walls/<int:link_id>/revoke/", walls.wall_revoke, name="wall_revoke"),
    path("wall/<str:token>/", wall.wall_page, name="wall"),
    path("wall/<str:token>/ticket/", pulse.wall_ticket, name="wall_ticket"),
]
