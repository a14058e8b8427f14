"""Addresses of this room's pages: duty."""

from __future__ import annotations

from django.urls import path

from personnel.views import duty_book, duty_lists, duty_place

app_name = "duty"
urlpatterns = [
    path("duty/", duty_lists.duty_page, name="places"),
    path("duty/attendance/", duty_lists.attendance, name="attendance"),
    path("duty/streets/<int:street_id>/", duty_lists.street_page, name="street"),
    path("duty/streets/<int:street_id>/needs/", duty_lists.street_needs, name="street_needs"),
    path("duty/posts/new/", duty_lists.post_add, name="post_add"),
    path("duty/points/<int:point_id>/", duty_place.point_roster, name="point"),
    path("duty/points/<int:point_id>/begin/", duty_place.point_begin, name="point_begin"),
    path("duty/places/<int:place_id>/", duty_place.place_page, name="place"),
    path("duty/places/<int:place_id>/print/", duty_place.place_print, name="print"),
    path("duty/places/<int:place_id>/needs/", duty_place.place_needs, name="needs"),
    path("duty/places/<int:place_id>/change/", duty_place.place_change, name="place_change"),
    path("duty/places/<int:place_id>/everybody/", duty_place.place_everybody, name="everybody"),
    path("duty/places/<int:place_id>/book/", duty_book.duty_book, name="book"),
    path("duty/<int:duty_id>/act/", duty_place.duty_act, name="act"),
    path("duty/<int:duty_id>/move/", duty_book.duty_move, name="move"),
    path("duty/teams/<int:team_duty_id>/act/", duty_place.team_act, name="team_act"),
]
