"""Pushes to a superior's machine: addresses, what is on its way there, and every attempt."""

from __future__ import annotations

import uuid

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from core.crypto import EncryptedTextField
from core.scope import ScopedQuerySet
from reporting.outlets.models.upward import OutletRun, Superior


class Endpoint(models.Model):
    """An https address of a superior. The secret signs what we send, and is shown once."""

    scope_lookups = {"district": "superior__district_id"}

    superior = models.ForeignKey(Superior, models.PROTECT, related_name="endpoints")
    url = models.CharField(_("address"), max_length=300)
    secret = EncryptedTextField()
    # Signs beside the new one until the receiver has taken that over (real time).
    old_secret = EncryptedTextField(null=True)
    old_until = models.DateTimeField(null=True)
    disabled_at = models.DateTimeField(_("switched off at"), null=True, blank=True)
    disabled_why = models.CharField(max_length=20, blank=True, default="")
    made_at = models.DateTimeField(_("made at"))
    made_by = models.CharField(_("made by"), max_length=80)

    objects = ScopedQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["superior", "url"],
                name="endpoint_once",
                violation_error_message=_("This superior already has this address."),
            ),
            models.CheckConstraint(
                condition=Q(disabled_at__isnull=True, disabled_why="")
                | (Q(disabled_at__isnull=False) & ~Q(disabled_why="")),
                name="endpoint_disabled_why",
                violation_error_message=_("An address that is switched off says why."),
            ),
            models.CheckConstraint(
                condition=Q(old_secret__isnull=True, old_until__isnull=True)
                | Q(old_secret__isnull=False, old_until__isnull=False),
                name="endpoint_old_secret_ends",
                violation_error_message=_("An old secret has an end."),
            ),
        ]

    def __str__(self) -> str:
        return self.url


class DeliveryState(models.TextChoices):
    WAITING = "waiting", _("on its way")
    SENT = "sent", _("delivered")
    DEAD = "dead", _("given up")


class Delivery(models.Model):
    """One message. Its id and its body never change: the receiver knows a second one by its id.

    Times are real time: the receiver's clock knows no scenario.
    """

    scope_lookups = {"district": "endpoint__superior__district_id"}

    class Event(models.TextChoices):
        RUN = "outlet.run", _("issue")
        TEST = "test", _("test")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    endpoint = models.ForeignKey(Endpoint, models.PROTECT, related_name="deliveries")
    run = models.ForeignKey(OutletRun, models.PROTECT, null=True, related_name="deliveries")
    event = models.CharField(max_length=12, choices=Event.choices)
    body = models.BinaryField()
    made_at = models.DateTimeField()
    made_by = models.CharField(max_length=80)
    state = models.CharField(
        max_length=7, choices=DeliveryState.choices, default=DeliveryState.WAITING
    )
    # Attempts ever begun; `tries` are those since it was made or sent again.
    begun = models.PositiveSmallIntegerField(default=0)
    tries = models.PositiveSmallIntegerField(default=0)
    next_at = models.DateTimeField()
    lease = models.UUIDField(null=True)
    leased_until = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    # How the last attempt ended: a code of `DeliveryAttempt.Outcome`.
    outcome = models.CharField(max_length=10, blank=True, default="")

    objects = ScopedQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(state="waiting", ended_at__isnull=True)
                | Q(state__in=["sent", "dead"], ended_at__isnull=False),
                name="delivery_ended_at",
                violation_error_message=_("A delivery that is over says when."),
            ),
            models.CheckConstraint(
                condition=Q(lease__isnull=True, leased_until__isnull=True)
                | Q(lease__isnull=False, leased_until__isnull=False),
                name="delivery_lease_ends",
                violation_error_message=_("A lease has an end."),
            ),
        ]
        indexes = [
            models.Index(fields=["next_at"], condition=Q(state="waiting"), name="delivery_waiting")
        ]


class DeliveryAttempt(models.Model):
    """One attempt to hand a message over. Append-only."""

    class Outcome(models.TextChoices):
        TAKEN = "taken", _("taken")
        REFUSED = "refused", _("refused by the receiver")
        GONE = "gone", _("address is no more")
        BUSY = "busy", _("receiver is busy")
        FAILING = "failing", _("receiver failed")
        REDIRECT = "redirect", _("redirected elsewhere, which is not followed")
        TIMEOUT = "timeout", _("no answer in time")
        NAME = "name", _("name of the address not found")
        FORBIDDEN = "forbidden", _("address is not allowed")
        TLS = "tls", _("certificate not accepted")
        CLOSED = "closed", _("no connection")
        LOST = "lost", _("worker ended before it was noted")

    delivery = models.ForeignKey(Delivery, models.PROTECT, related_name="attempts")
    number = models.PositiveSmallIntegerField()
    at = models.DateTimeField()
    outcome = models.CharField(max_length=10, choices=Outcome.choices)
    status = models.PositiveSmallIntegerField(null=True)
    milliseconds = models.PositiveIntegerField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["delivery", "number"], name="attempt_in_turn")
        ]
