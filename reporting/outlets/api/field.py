"""Resources of the field: points, units, shifts and vehicles. No persons, no number plates."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from logistics.models import Vehicle
from personnel.models import DutyPlace
from reporting.outlets.api.plan import CHANGED
from reporting.outlets.api.resources import ROUND, STREET, Item, Resource
from reporting.outlets.queries import shown_field
from sites.models import SamplingPoint
from sites.models.points import Channel, QueueBand, State


class PointItem(Item):
    id = serializers.IntegerField(help_text=_("Id of the point."))
    round = serializers.IntegerField(source="round_id", help_text=_("Id of the round."))
    district = serializers.IntegerField(source="district_id", help_text=_("Id of the district."))
    street = serializers.IntegerField(source="street_id", help_text=_("Id of the street."))
    community = serializers.IntegerField(
        source="community_id", help_text=_("Id of the community that it stands in.")
    )
    serves = serializers.SerializerMethodField(help_text=_("Ids of the communities it serves."))
    code = serializers.CharField(help_text=_("Code, once in a round."))
    name = serializers.CharField(help_text=_("Name."))
    kind = serializers.ChoiceField(SamplingPoint.Kind.choices, help_text=_("How it is set up."))
    address = serializers.CharField(help_text=_("Address, or empty."))
    state = serializers.ChoiceField(State.choices, help_text=_("Whether it is open."))
    opens = serializers.CharField(
        allow_null=True, help_text=_("Opens, `HH:MM:SS`, time of day at the place.")
    )
    closes = serializers.CharField(
        allow_null=True, help_text=_("Closes, `HH:MM:SS`; before `opens`: on the next day.")
    )
    has_power = serializers.BooleanField(help_text=_("Power is there."))
    has_cover = serializers.BooleanField(help_text=_("Cover from rain and sun is there."))
    has_network = serializers.BooleanField(help_text=_("A network is there."))
    has_step_free_lane = serializers.BooleanField(help_text=_("A step-free lane is there."))
    backup = serializers.IntegerField(
        source="backup_id", allow_null=True, help_text=_("Id of the point that takes over.")
    )
    queue_band = serializers.ChoiceField(
        QueueBand.choices, allow_blank=True, help_text=_("How long people wait, as last reported.")
    )
    queue_at = serializers.DateTimeField(allow_null=True, help_text=_("When that was reported."))

    def get_serves(self, point: SamplingPoint) -> list[int]:
        return sorted(division.pk for division in point.serves.all())


class UnitItem(Item):
    id = serializers.IntegerField(help_text=_("Id of the unit."))
    point = serializers.IntegerField(source="point_id", help_text=_("Id of its point."))
    round = serializers.IntegerField(source="point.round_id", help_text=_("Id of the round."))
    district = serializers.IntegerField(source="district_id", help_text=_("Id of the district."))
    street = serializers.IntegerField(source="street_id", help_text=_("Id of the street."))
    number = serializers.IntegerField(help_text=_("Number at the point, from 1."))
    channel = serializers.ChoiceField(Channel.choices, help_text=_("Who queues here."))
    state = serializers.ChoiceField(State.choices, help_text=_("Whether it is open."))
    opened_at = serializers.DateTimeField(allow_null=True, help_text=_("When it last opened."))


class ShiftItem(Item):
    id = serializers.IntegerField(help_text=_("Id of the need."))
    round = serializers.IntegerField(
        source="round_id", allow_null=True, help_text=_("Id of the round, or null.")
    )
    district = serializers.IntegerField(source="district_id", help_text=_("Id of the district."))
    street = serializers.IntegerField(
        source="street_id",
        allow_null=True,
        help_text=_("Id of the street; null: the district's own."),
    )
    place_kind = serializers.ChoiceField(
        DutyPlace.Kind.choices, source="place.kind", help_text=_("What kind of place.")
    )
    point = serializers.IntegerField(
        source="place.point_id", allow_null=True, help_text=_("Id of the point, where it is one.")
    )
    role = serializers.CharField(source="role.code", help_text=_("Code of the role on duty."))
    starts_at = serializers.DateTimeField(help_text=_("From."))
    ends_at = serializers.DateTimeField(help_text=_("To."))
    needed = serializers.IntegerField(help_text=_("Persons needed."))
    booked = serializers.IntegerField(
        source="supply.booked",
        help_text=_(
            "Persons booked, at the shift's thinnest moment; "
            "people at a point's units count for the point."
        ),
    )
    on_site = serializers.IntegerField(
        source="supply.present", help_text=_("Of those, noted on site.")
    )
    missing = serializers.IntegerField(
        source="supply.missing", help_text=_("Needed less booked, never below 0.")
    )


class VehicleItem(Item):
    id = serializers.IntegerField(help_text=_("Id of the vehicle."))
    district = serializers.IntegerField(source="district_id", help_text=_("Id of the district."))
    street = serializers.IntegerField(
        source="street_id",
        allow_null=True,
        help_text=_("Id of the street; null: the district's pool."),
    )
    vehicle_class = serializers.CharField(
        source="vehicle_class.code", help_text=_("Code of its class.")
    )
    pool = serializers.ChoiceField(Vehicle.Pool.choices, help_text=_("Whether it may be sent."))
    seats = serializers.IntegerField(help_text=_("Seats for passengers."))
    boxes = serializers.IntegerField(help_text=_("Room for sample boxes."))
    added_at = serializers.DateTimeField(help_text=_("When it was put on the list."))
    returned_at = serializers.DateTimeField(allow_null=True, help_text=_("When it was given back."))


POINTS = Resource(
    name="points",
    title=_("Sampling points"),
    about=_(
        "Places where people are sampled in a round. Their heads' names and telephones stay in "
        "the house."
    ),
    source="sites",
    serializer=PointItem,
    load=shown_field.points,
    filters=(ROUND, STREET),
    example={
        "id": 41, "round": 1, "district": 1, "street": 17, "community": 171, "serves": [171, 172],
        "code": "P017-03", "name": "文化广场", "kind": "temporary", "address": "胜利路 8 号",
        "state": "open", "opens": "08:00:00", "closes": "22:00:00", "has_power": True,
        "has_cover": True, "has_network": True, "has_step_free_lane": False, "backup": None,
        "queue_band": "smooth", "queue_at": "2021-11-04T21:00:00+08:00", "changed_at": CHANGED,
    },
)  # fmt: skip
UNITS = Resource(
    name="units",
    title=_("Sampling units"),
    about=_(
        "The desks of a point: one registrar and one sampler each."
    ),
    source="sites",
    serializer=UnitItem,
    load=shown_field.units,
    filters=(ROUND, STREET),
    example={
        "id": 81, "point": 41, "round": 1, "district": 1, "street": 17, "number": 1,
        "channel": "general", "state": "open", "opened_at": "2021-11-04T20:05:00+08:00",
        "changed_at": CHANGED,
    },
)  # fmt: skip
SHIFTS = Resource(
    name="shifts",
    title=_("Shifts"),
    about=_(
        "How many people of one role are needed at a place from one time to another, how many "
        "are booked and how many are on site. Counts only."
    ),
    source="roster",
    serializer=ShiftItem,
    load=shown_field.shifts,
    filters=(ROUND, STREET),
    example={
        "id": 301, "round": 1, "district": 1, "street": 17, "place_kind": "point", "point": 41,
        "role": "sampler", "starts_at": "2021-11-04T20:00:00+08:00",
        "ends_at": "2021-11-05T04:00:00+08:00", "needed": 4, "booked": 3, "on_site": 3,
        "missing": 1, "changed_at": CHANGED,
    },
)  # fmt: skip
VEHICLES = Resource(
    name="vehicles",
    title=_("Vehicles"),
    about=_(
        "Vehicles by class, pool and street. Number plates, owners and drivers stay in the "
        "house."
    ),
    source="logistics",
    serializer=VehicleItem,
    load=shown_field.vehicles,
    filters=(STREET,),
    example={
        "id": 9, "district": 1, "street": 17, "vehicle_class": "minibus", "pool": "service",
        "seats": 15, "boxes": 6, "added_at": "2021-11-04T12:00:00+08:00", "returned_at": None,
        "changed_at": CHANGED,
    },
)  # fmt: skip
