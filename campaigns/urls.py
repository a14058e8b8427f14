"""Addresses of the campaigns: divisions, groups, rounds."""

from django.urls import path

from campaigns.register_urls import REGISTER_URLS
from campaigns.views import divisions, groups, roundchanges, rounds

app_name = "campaigns"
urlpatterns = [
    *REGISTER_URLS,
    path("divisions/", divisions.divisions_page, name="divisions"),
    path("divisions/<int:division_id>/", divisions.division_page, name="division"),
    path("divisions/<int:division_id>/add/", divisions.division_add, name="division_add"),
    path("divisions/<int:division_id>/change/", divisions.division_change, name="division_change"),
    path(
        "divisions/<int:division_id>/replace/", divisions.division_replace, name="division_replace"
    ),
    path("groups/", groups.groups_page, name="groups"),
    path("groups/add/", groups.group_add, name="group_add"),
    path("groups/age/", groups.age_rule, name="age_rule"),
    path("groups/<int:group_id>/rule/", groups.group_rule, name="group_rule"),
    path("groups/norms/<slug:code>/", groups.norm_set, name="norm_set"),
    path("rounds/", rounds.rounds_page, name="rounds"),
    path("rounds/new/", rounds.round_new, name="round_new"),
    path("rounds/<int:round_id>/", rounds.round_page, name="round"),
    path("rounds/<int:round_id>/change/", roundchanges.round_change, name="round_change"),
    path("rounds/<int:round_id>/area/", roundchanges.round_area, name="round_area"),
    path("rounds/<int:round_id>/zones/", roundchanges.round_zone_add, name="zone_add"),
    path(
        "rounds/<int:round_id>/zones/<int:zone_id>/remove/",
        roundchanges.round_zone_remove,
        name="zone_remove",
    ),
    path("rounds/<int:round_id>/deadlines/", roundchanges.round_deadlines, name="round_deadlines"),
    path("rounds/<int:round_id>/freeze/", roundchanges.round_freeze, name="round_freeze"),
    path("rounds/<int:round_id>/extend/", roundchanges.round_extend, name="round_extend"),
    path("rounds/<int:round_id>/step/", roundchanges.round_step, name="round_step"),
    path("rounds/<int:round_id>/checklist/", roundchanges.checklist_add, name="checklist_add"),
    path("checklist/<int:item_id>/", roundchanges.checklist_settle, name="checklist_settle"),
]
