"""Addresses of this room's pages: staff."""

from __future__ import annotations

from django.urls import path

from personnel.views import (
    staff,
    staff_contacts,
    staff_forces,
    staff_lists,
    staff_person,
    staff_teams,
)

app_name = "staff"
urlpatterns = [
    path("staff/", staff.people_page, name="people"),
    path("staff/new/", staff.person_new, name="person_new"),
    path("staff/<uuid:member_id>/", staff_person.person_page, name="person"),
    path("staff/<uuid:member_id>/change/", staff.person_change, name="person_change"),
    path("staff/<uuid:member_id>/unveil/", staff_person.person_unveil, name="person_unveil"),
    path("staff/<uuid:member_id>/reach/", staff_person.person_reach, name="person_reach"),
    path("staff/<uuid:member_id>/leave/", staff_person.person_leave, name="person_leave"),
    path("staff/<uuid:member_id>/account/", staff_person.person_account, name="person_account"),
    path("staff/<uuid:member_id>/lend/", staff_person.person_lend, name="person_lend"),
    path(
        "staff/<uuid:member_id>/return/<int:secondment_id>/",
        staff_person.person_return,
        name="person_return",
    ),
    path("staff/teams/", staff_teams.teams_page, name="teams"),
    path("staff/teams/new/", staff_teams.team_new, name="team_new"),
    path("staff/teams/<int:team_id>/", staff_teams.team_page, name="team"),
    path("staff/teams/<int:team_id>/change/", staff_teams.team_change, name="team_change"),
    path("staff/lent/", staff_contacts.lent_page, name="lent"),
    path("staff/contacts/", staff_contacts.contacts_page, name="contacts"),
    path("staff/task-forces/", staff_forces.forces_page, name="forces"),
    path("staff/task-forces/new/", staff_forces.force_new, name="force_new"),
    path("staff/task-forces/<int:force_id>/", staff_forces.force_page, name="force"),
    path(
        "staff/task-forces/<int:force_id>/change/", staff_forces.force_change, name="force_change"
    ),
    path("staff/task-forces/<int:force_id>/add/", staff_forces.force_add, name="force_add"),
    path(
        "staff/task-forces/<int:force_id>/remove/", staff_forces.force_remove, name="force_remove"
    ),
    path("staff/lists/", staff_lists.lists_page, name="lists"),
    path("staff/lists/begin/", staff_lists.lists_begin, name="lists_begin"),
    path("staff/lists/bodies/", staff_lists.body_add, name="body_add"),
    path("staff/lists/bodies/<int:body_id>/", staff_lists.body_change, name="body_change"),
    path("staff/lists/norms/", staff_lists.norm_set, name="norm_set"),
    path("staff/lists/<slug:kind>/", staff_lists.term_add, name="term_add"),
    path("staff/lists/<slug:kind>/<int:term_id>/", staff_lists.term_change, name="term_change"),
]
