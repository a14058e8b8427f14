"""Resources of the plan: divisions, campaigns, rounds and targets."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from campaigns.models import Campaign, Deadline, Round
from campaigns.models.divisions import Level
from reporting.outlets.api.resources import ROUND, STREET, Filter, Item, Resource
from reporting.outlets.queries import shown_plan

CHANGED = "2021-11-04T21:05:31.502114+08:00"


class Division(Item):
    id = serializers.IntegerField(help_text=_("Stable for ever; codes may be given again."))
    code = serializers.CharField(help_text=_("The division's official code."))
    name = serializers.CharField(help_text=_("Name in Chinese."))
    name_en = serializers.CharField(help_text=_("Name in English, or empty."))
    level = serializers.ChoiceField(Level.choices, help_text=_("Place in the tree."))
    kind = serializers.CharField(
        help_text=_("Town, village, compound …, as the district says; or empty.")
    )
    parent = serializers.IntegerField(  # type: ignore[assignment]  # shadows DRF's own
        source="parent_id",
        allow_null=True,
        help_text=_("Id of the division above; null for a district."),
    )
    district = serializers.IntegerField(
        source="district_id", allow_null=True, help_text=_("Id of its district.")
    )
    street = serializers.IntegerField(
        source="street_id",
        allow_null=True,
        help_text=_("Id of its street or town, itself at that level."),
    )
    community = serializers.IntegerField(
        source="community_id",
        allow_null=True,
        help_text=_("Id of its community, itself at that level."),
    )
    population = serializers.IntegerField(allow_null=True, help_text=_("Persons, or null."))
    population_is_estimate = serializers.BooleanField(
        help_text=_("Whether that number is estimated.")
    )
    valid_from = serializers.DateField(help_text=_("First day."))
    valid_to = serializers.DateField(allow_null=True, help_text=_("Day of its end, or null."))
    successor = serializers.IntegerField(
        source="successor_id", allow_null=True, help_text=_("Id of the division that replaced it.")
    )


class CampaignItem(Item):
    id = serializers.IntegerField(help_text=_("Id of the campaign."))
    district = serializers.IntegerField(source="district_id", help_text=_("Id of its district."))
    name = serializers.CharField(help_text=_("Name."))
    kind = serializers.ChoiceField(Campaign.Kind.choices, help_text=_("Who is tested."))
    trigger = serializers.CharField(help_text=_("Why it was ordered, or empty."))
    created_at = serializers.DateTimeField(help_text=_("When it was set up."))


class DeadlineItem(serializers.Serializer[Any]):
    level = serializers.ChoiceField(
        Deadline.Level.choices, help_text=_("What must be done by then.")
    )
    division = serializers.IntegerField(source="division_id", help_text=_("Id of the area."))
    due_at = serializers.DateTimeField(help_text=_("When it must be done."))


class VersionItem(serializers.Serializer[Any]):
    version = serializers.IntegerField(help_text=_("Number of the version, from 1."))
    frozen_at = serializers.DateTimeField(help_text=_("When it was frozen."))
    is_current = serializers.BooleanField(help_text=_("Whether coverage is measured against it."))


class RoundItem(Item):
    id = serializers.IntegerField(help_text=_("Id of the round."))
    campaign = serializers.IntegerField(source="campaign_id", help_text=_("Id of its campaign."))
    number = serializers.IntegerField(help_text=_("Number within the campaign, from 1."))
    name = serializers.CharField(help_text=_("Name, or empty."))
    state = serializers.ChoiceField(Round.State.choices, help_text=_("Drafts are not shown."))
    starts_at = serializers.DateTimeField(help_text=_("Planned or actual start."))
    planned_end_at = serializers.DateTimeField(
        allow_null=True, help_text=_("Planned end, extended where it was put off.")
    )
    late_data_until = serializers.DateTimeField(
        allow_null=True, help_text=_("Swabs that are sent later than this are listed as late.")
    )
    pool_size = serializers.IntegerField(help_text=_("People per tube."))
    open_hours = serializers.IntegerField(help_text=_("Hours of sampling that were planned."))
    target_versions = VersionItem(source="versions", many=True, help_text=_("All frozen versions."))
    deadlines = DeadlineItem(source="own_deadlines", many=True, help_text=_("Those of your area."))


class TargetItem(Item):
    id = serializers.IntegerField(help_text=_("Id of this figure."))
    round = serializers.IntegerField(source="round_id", help_text=_("Id of the round."))
    version = serializers.IntegerField(
        source="version.version", help_text=_("Version of the target.")
    )
    frozen_at = serializers.DateTimeField(
        source="version.frozen_at", help_text=_("When the version was frozen.")
    )
    district = serializers.IntegerField(source="district_id", help_text=_("Id of the district."))
    street = serializers.IntegerField(source="street_id", help_text=_("Id of the street."))
    community = serializers.IntegerField(source="community_id", help_text=_("Id of the community."))
    registered = serializers.IntegerField(help_text=_("Persons on the register."))
    exempt = serializers.IntegerField(help_text=_("Persons who need not be sampled."))
    target = serializers.IntegerField(help_text=_("Persons to be sampled: registered less exempt."))


DIVISIONS = Resource(
    name="divisions",
    title=_("Divisions"),
    about=_(
        "The tree of districts, streets, communities, grids, compounds and buildings of one's "
        "area, with what they were replaced by."
    ),
    source="plan",
    serializer=Division,
    load=shown_plan.divisions,
    filters=(
        STREET, Filter("level", _("Only divisions of this level."), choices=tuple(Level.values)),
    ),
    example={
        "id": 17, "code": "500109004", "name": "北温泉街道", "name_en": "Beiwenquan Street",
        "level": "street", "kind": "", "parent": 1, "district": 1, "street": 17,
        "community": None, "population": 62_310, "population_is_estimate": True,
        "valid_from": "2020-01-01", "valid_to": None, "successor": None, "changed_at": CHANGED,
    },
)  # fmt: skip
CAMPAIGNS = Resource(
    name="campaigns",
    title=_("Campaigns"),
    about=_(
        "Testing campaigns of a district. Everything else belongs to a round of one of them."
    ),
    source="plan",
    serializer=CampaignItem,
    load=shown_plan.campaigns,
    shared=True,
    example={
        "id": 1, "district": 1, "name": "2021年11月全员核酸检测", "kind": "full",
        "trigger": "本土病例", "created_at": "2021-11-03T20:00:00+08:00", "changed_at": CHANGED,
    },
)  # fmt: skip
ROUNDS = Resource(
    name="rounds",
    title=_("Rounds"),
    about=_(
        "Rounds of a campaign. They may overlap: the round belongs to the sample, never to the "
        "date."
    ),
    source="plan",
    serializer=RoundItem,
    load=shown_plan.rounds,
    shared=True,
    filters=(Filter("campaign", _("Id of a campaign."), choices=()),),
    example={
        "id": 1, "campaign": 1, "number": 1, "name": "第一轮", "state": "running",
        "starts_at": "2021-11-04T20:00:00+08:00", "planned_end_at": "2021-11-05T20:00:00+08:00",
        "late_data_until": None, "pool_size": 10, "open_hours": 24,
        "target_versions": [{"version": 1, "frozen_at": "2021-11-04T18:00:00+08:00",
                             "is_current": True}],
        "deadlines": [{"level": "district", "division": 1,
                       "due_at": "2021-11-05T20:00:00+08:00"}],
        "changed_at": CHANGED,
    },
)  # fmt: skip
TARGETS = Resource(
    name="targets",
    title=_("Targets"),
    about=_(
        "People to be sampled by community, of every frozen version. A row never changes: a new"
        " freeze makes new rows, and the round says which version is current."
    ),
    source="plan",
    serializer=TargetItem,
    load=shown_plan.targets,
    frozen=shown_plan.targets_at,
    filters=(ROUND, STREET),
    example={
        "id": 401, "round": 1, "version": 1, "frozen_at": "2021-11-04T18:00:00+08:00",
        "district": 1, "street": 17, "community": 171, "registered": 5_210, "exempt": 310,
        "target": 4_900, "changed_at": CHANGED,
    },
)  # fmt: skip
