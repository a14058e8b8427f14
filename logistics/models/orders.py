"""Orders: who sends whom or what where, why, from which figure, and what became of it (S006)."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from core.scope import ScopedQuerySet
from logistics.models.trips import Trip
from personnel.models import Duty, StaffMember, TeamDuty


class OrderState(models.TextChoices):
    REQUESTED = "requested", pgettext_lazy("order", "waits for an answer")
    ACCEPTED = "accepted", pgettext_lazy("order", "accepted")
    DECLINED = "declined", pgettext_lazy("order", "declined")
    EN_ROUTE = "en_route", _("en route")
    ON_SITE = "on_site", _("on site")
    RELEASED = "released", pgettext_lazy("order", "released")
    WITHDRAWN = "withdrawn", pgettext_lazy("order", "withdrawn")


ENDED = [OrderState.DECLINED, OrderState.RELEASED, OrderState.WITHDRAWN]
"""States after which nothing more happens, and what was booked is free again."""


class OrderQuerySet(ScopedQuerySet["Order"]):
    def running(self) -> OrderQuerySet:
        return self.exclude(state__in=ENDED)


class Order(models.Model):
    """One order for one booking: a person's duty, a team's, or a trip.

    Only `state`, `state_at` and `escalated_at` change, each together with an `OrderStep`, and who
    answers by when, where another driver takes the trip. The figure is the words and value it was
    given for, as they were then, with their time.
    """

    scope_lookups = {"district": "district_id", "street": "street_id"}

    client_key = models.UUIDField(unique=True)
    district_id = models.IntegerField()
    # The street that is helped.
    street_id = models.IntegerField(null=True, blank=True)
    round = models.ForeignKey(
        "campaigns.Round", models.PROTECT, null=True, blank=True, related_name="orders"
    )
    number = models.PositiveIntegerField(_("number"))
    duty = models.OneToOneField(Duty, models.PROTECT, null=True, blank=True, related_name="order")
    team_duty = models.OneToOneField(
        TeamDuty, models.PROTECT, null=True, blank=True, related_name="order"
    )
    trip = models.OneToOneField(Trip, models.PROTECT, null=True, blank=True, related_name="order")
    # Who answers it: the person, the team's leader, the driver.
    recipient = models.ForeignKey(
        StaffMember, models.PROTECT, null=True, blank=True, related_name="orders"
    )
    reason = models.CharField(_("why"), max_length=200)
    figure = models.CharField(_("from which figure"), max_length=200, blank=True, default="")
    figure_at = models.DateTimeField(_("figure as of"), null=True, blank=True)
    state = models.CharField(
        _("state"), max_length=10, choices=OrderState.choices, default=OrderState.REQUESTED
    )
    state_at = models.DateTimeField(_("in this state since"))
    answer_by = models.DateTimeField(_("answer due at"))
    escalated_at = models.DateTimeField(_("passed on at"), null=True, blank=True)
    at = models.DateTimeField(_("ordered at"))
    by = models.CharField(_("ordered by"), max_length=80)

    objects = OrderQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["district_id", "number"],
                name="order_number_once",
                violation_error_message=_("This number is taken."),
            ),
            models.CheckConstraint(
                condition=Q(duty__isnull=False, team_duty__isnull=True, trip__isnull=True)
                | Q(duty__isnull=True, team_duty__isnull=False, trip__isnull=True)
                | Q(duty__isnull=True, team_duty__isnull=True, trip__isnull=False),
                name="order_books_one_thing",
                violation_error_message=_("An order is for one person, one team or one trip."),
            ),
            models.CheckConstraint(
                condition=~Q(reason=""),
                name="order_says_why",
                violation_error_message=_("Say why this is ordered."),
            ),
            models.CheckConstraint(
                condition=Q(figure="") | Q(figure_at__isnull=False),
                name="order_figure_has_time",
                violation_error_message=_("A figure carries its time."),
            ),
        ]
        indexes = [
            models.Index(fields=["district_id", "state", "answer_by"], name="order_by_district"),
            models.Index(fields=["street_id", "state"], name="order_by_street"),
            models.Index(fields=["recipient", "state"], name="order_by_recipient"),
        ]

    def __str__(self) -> str:
        return f"#{self.number}"


class OrderStep(models.Model):
    """One step of an order: append-only, the dispatch log. A phone's step carries its own key and
    the time on the phone, for it may have been offline."""

    scope_lookups = {"district": "order__district_id", "street": "order__street_id"}

    order = models.ForeignKey(Order, models.PROTECT, related_name="steps")
    client_key = models.UUIDField(null=True, blank=True, unique=True)
    from_state = models.CharField(max_length=10, blank=True, default="")
    to_state = models.CharField(max_length=10, choices=OrderState.choices)
    reason = models.CharField(_("reason"), max_length=200, blank=True, default="")
    device_at = models.DateTimeField(_("time on the phone"), null=True, blank=True)
    at = models.DateTimeField(_("at"))
    by = models.CharField(_("by"), max_length=80)

    objects = ScopedQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=~Q(to_state="declined") | ~Q(reason=""),
                name="order_declined_with_reason",
                violation_error_message=_("Say why the order is declined."),
            )
        ]
