"""Trips and their stops: medics, samples, people who are fetched, supplies (S004, S005, S026)."""

from __future__ import annotations

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import RangeOperators
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from core.scope import ScopedQuerySet
from logistics.models.vehicles import Vehicle
from personnel.models import Duty, TeamDuty
from personnel.models.people import Span


class TripState(models.TextChoices):
    PLANNED = "planned", pgettext_lazy("trip", "planned")
    EN_ROUTE = "en_route", _("en route")
    DONE = "done", pgettext_lazy("trip", "finished")
    CANCELLED = "cancelled", _("cancelled")


class Trip(models.Model):
    """One vehicle on the road from `starts_at` to `ends_at`, its way back included.

    Closed loop: a trip has one kind of load, so that people and samples never share a car. `seats`
    and `room` are the vehicle's when it was booked: what was promised stays checked even if the
    vehicle's row changes. The driver is the person of `driver_duty`, booked like anybody else.
    """

    scope_lookups = {"district": "district_id", "street": "street_id"}

    class Kind(models.TextChoices):
        STAFF = "staff", _("people on duty")
        SAMPLES = "samples", _("samples")
        FETCH = "fetch", _("residents who are fetched")
        SUPPLIES = "supplies", _("supplies")

    client_key = models.UUIDField(unique=True)
    district_id = models.IntegerField()
    street_id = models.IntegerField(null=True, blank=True)
    round = models.ForeignKey(
        "campaigns.Round", models.PROTECT, null=True, blank=True, related_name="trips"
    )
    kind = models.CharField(_("load"), max_length=10, choices=Kind.choices)
    vehicle = models.ForeignKey(Vehicle, models.PROTECT, related_name="trips")
    driver_duty = models.OneToOneField(
        Duty, models.PROTECT, null=True, blank=True, related_name="trip"
    )
    team_duty = models.ForeignKey(
        TeamDuty, models.PROTECT, null=True, blank=True, related_name="trips"
    )
    starts_at = models.DateTimeField(_("leaves at"))
    ends_at = models.DateTimeField(_("free again at"))
    people = models.PositiveSmallIntegerField(_("passengers"), default=0)
    boxes = models.PositiveSmallIntegerField(_("boxes"), default=0)
    seats = models.PositiveSmallIntegerField(_("seats"))
    room = models.PositiveSmallIntegerField(_("room for boxes"))
    state = models.CharField(
        _("state"), max_length=10, choices=TripState.choices, default=TripState.PLANNED
    )
    reason = models.CharField(_("reason"), max_length=200, blank=True, default="")
    at = models.DateTimeField(_("booked at"))
    by = models.CharField(_("booked by"), max_length=80)

    objects = ScopedQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_at__gt=F("starts_at")),
                name="trip_ends_after_start",
                violation_error_message=_("A trip ends after it starts."),
            ),
            models.CheckConstraint(
                condition=Q(people__lte=F("seats")),
                name="trip_seats_for_everybody",
                violation_error_message=_("There are more passengers than seats."),
            ),
            models.CheckConstraint(
                condition=Q(boxes__lte=F("room")),
                name="trip_room_for_boxes",
                violation_error_message=_("There are more boxes than the vehicle has room for."),
            ),
            models.CheckConstraint(
                condition=Q(kind__in=["staff", "fetch"], boxes=0)
                | Q(kind__in=["samples", "supplies"], people=0),
                name="trip_closed_loop",
                violation_error_message=_("One trip carries people or boxes, never both."),
            ),
            ExclusionConstraint(
                name="vehicle_booked_once",
                expressions=[("vehicle", RangeOperators.EQUAL), (Span(), RangeOperators.OVERLAPS)],
                condition=~Q(state="cancelled"),
                violation_error_message=_("This vehicle is already on the road at that time."),
            ),
        ]
        indexes = [
            models.Index(fields=["district_id", "ends_at"], name="trip_by_district"),
            models.Index(fields=["street_id", "ends_at"], name="trip_by_street"),
        ]


class TripStop(models.Model):
    """One halt of a trip: where, when, how many get on (above 0) or off (below 0)."""

    scope_lookups = {"district": "trip__district_id", "street": "trip__street_id"}

    trip = models.ForeignKey(Trip, models.CASCADE, related_name="stops")
    position = models.PositiveSmallIntegerField(_("position"))
    point = models.ForeignKey(
        "sites.SamplingPoint", models.PROTECT, null=True, blank=True, related_name="trip_stops"
    )
    place = models.CharField(_("place"), max_length=120)
    planned_at = models.DateTimeField(_("planned at"))
    people = models.SmallIntegerField(_("people on or off"), default=0)
    boxes = models.SmallIntegerField(_("boxes on or off"), default=0)
    arrived_at = models.DateTimeField(_("arrived at"), null=True, blank=True)
    # What the driver counted, where it is not what was planned.
    counted = models.SmallIntegerField(_("counted"), null=True, blank=True)
    note = models.CharField(_("note"), max_length=200, blank=True, default="")

    objects = ScopedQuerySet.as_manager()

    class Meta:
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint(
                fields=["trip", "position"],
                name="trip_stop_position_once",
                violation_error_message=_("This trip already has a stop at this position."),
            )
        ]
