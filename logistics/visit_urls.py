"""Addresses of this room's pages: visits."""

from __future__ import annotations

from django.urls import path

from logistics.views import visit, visit_ask, visit_cars, visit_doubles, visit_teams, visits

app_name = "visits"
urlpatterns = [
    path("visits/", visits.visits_page, name="visits"),
    path("visits/assign/", visits.visits_assign, name="assign"),
    path("visits/ask/", visit_ask.visit_ask, name="ask"),
    path("visits/find/", visit_ask.visit_find, name="find"),
    path("visits/doubles/", visit_doubles.doubles_page, name="doubles"),
    path(
        "visits/doubles/<int:visit_id>/<int:other_id>/",
        visit_doubles.doubles_decide,
        name="doubles_decide",
    ),
    path("visits/cars/", visit_cars.cars_page, name="cars"),
    path("visits/cars/book/", visit_cars.cars_book, name="cars_book"),
    path("visits/cars/<int:trip_id>/end/", visit_cars.car_end, name="car_end"),
    path("visits/differences/", visit_teams.differences_page, name="differences"),
    path("visits/teams/", visit_teams.teams_page, name="teams"),
    path("visits/teams/add/", visit_teams.team_add, name="team_add"),
    path("visits/teams/<int:team_id>/", visit_teams.team_page, name="team"),
    path("visits/teams/<int:team_id>/members/", visit_teams.team_members, name="team_members"),
    path("visits/teams/<int:team_id>/close/", visit_teams.team_close, name="team_close"),
    path("visits/teams/<int:team_id>/sheet/", visit_teams.team_sheet, name="team_sheet"),
    path("visits/<int:visit_id>/", visit.visit_page, name="visit"),
    path("visits/<int:visit_id>/step/", visit.visit_step, name="step"),
    path("visits/<int:visit_id>/stand/", visit.visit_stand, name="stand"),
    path("visits/<int:visit_id>/way/", visit.visit_way, name="way"),
    path("visits/<int:visit_id>/open/", visit.visit_open, name="open"),
    path("visits/<int:visit_id>/call/", visit.visit_call, name="call"),
    path("visits/<int:visit_id>/move/", visits.visit_move, name="move"),
]
