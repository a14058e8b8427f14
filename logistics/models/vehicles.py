"""Vehicles by class, and the pool each is in (S004, S005, S007)."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from core.scope import ScopedQuerySet
from personnel.models import DutyPlace, Organisation, StaffMember
from personnel.models.organisations import Term, once


class VehicleClass(Term):
    """A kind of vehicle, with what one of it usually holds; a row, so that a district adds one."""

    seats = models.PositiveSmallIntegerField(_("seats for passengers"), default=0)
    boxes = models.PositiveSmallIntegerField(_("room for boxes"), default=0)

    class Meta(Term.Meta):
        constraints = [once("vehicle_class_code_once")]


class VehicleQuerySet(ScopedQuerySet["Vehicle"]):
    def usable(self) -> VehicleQuerySet:
        """Vehicles that may be sent: in service or in reserve, and not given back."""
        return self.exclude(pool=Vehicle.Pool.OUT).filter(returned_at__isnull=True)


class Vehicle(models.Model):
    """One vehicle. Whether it is free at a time follows from its trips, never from a flag."""

    scope_lookups = {"district": "district_id", "street": "street_id"}

    class Pool(models.TextChoices):
        SERVICE = "service", _("in service")
        RESERVE = "reserve", pgettext_lazy("vehicle", "reserve")
        OUT = "out", _("out of service")

    district_id = models.IntegerField()
    street_id = models.IntegerField(null=True, blank=True)
    plate = models.CharField(_("number plate"), max_length=16)
    vehicle_class = models.ForeignKey(
        VehicleClass, models.PROTECT, related_name="vehicles", verbose_name=_("class")
    )
    seats = models.PositiveSmallIntegerField(_("seats for passengers"))
    boxes = models.PositiveSmallIntegerField(_("room for boxes"))
    owner = models.ForeignKey(
        Organisation, models.PROTECT, related_name="vehicles", verbose_name=_("owner")
    )
    driver = models.ForeignKey(
        StaffMember,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="drives",
        verbose_name=_("usual driver"),
    )
    # Where its drivers are on duty: a driver is booked like everybody else.
    place = models.OneToOneField(DutyPlace, models.PROTECT, related_name="vehicle")
    pool = models.CharField(_("pool"), max_length=8, choices=Pool.choices, default=Pool.SERVICE)
    pool_reason = models.CharField(_("reason"), max_length=200, blank=True, default="")
    added_at = models.DateTimeField(_("added at"))
    returned_at = models.DateTimeField(_("given back at"), null=True, blank=True)

    objects = VehicleQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["district_id", "plate"],
                condition=Q(returned_at__isnull=True),
                name="vehicle_plate_once",
                violation_error_message=_("This number plate is already on the list."),
            ),
            models.CheckConstraint(
                condition=~Q(pool="out") | ~Q(pool_reason=""),
                name="vehicle_out_has_reason",
                violation_error_message=_("Say why the vehicle is out of service."),
            ),
        ]

    def __str__(self) -> str:
        return self.plate
