"""Requests for an exception: community, then street, then district; each another person (S092)."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from core.scope import ScopedQuerySet


class RequestState(models.TextChoices):
    ASKED = "asked", _("waits for the street")
    SEEN = "seen", _("waits for the district")
    GRANTED = "granted", _("agreed to")
    REFUSED = "refused", _("turned down")
    WITHDRAWN = "withdrawn", _("withdrawn")


class ExceptionRequestQuerySet(ScopedQuerySet["ExceptionRequest"]):
    def open(self) -> ExceptionRequestQuerySet:
        return self.filter(state__in=[RequestState.ASKED, RequestState.SEEN])

    def closed(self) -> ExceptionRequestQuerySet:
        return self.exclude(state__in=[RequestState.ASKED, RequestState.SEEN])


class ExceptionRequest(models.Model):
    """Something beyond the rules that a community asks for, without naming anybody.

    Only `state` and `state_at` ever change, each together with a `RequestStep`.
    """

    scope_lookups = {"district": "district_id", "street": "street_id", "community": "community_id"}

    class Kind(models.TextChoices):
        HOME_ISOLATION = "home_isolation", _("isolation at home")
        NOT_SAMPLED = "not_sampled", _("exempt from sampling beyond the rules")
        OTHER_PLACE = "other_place", _("sampled at another place or time")
        PASSAGE = "passage", _("passage out of a controlled area")
        OTHER = "other", _("other")

    client_key = models.UUIDField(unique=True)
    district_id = models.IntegerField()
    street_id = models.IntegerField()
    community = models.ForeignKey("campaigns.Division", models.PROTECT, related_name="+")
    kind = models.CharField(_("kind"), max_length=16, choices=Kind.choices)
    subject = models.CharField(_("who or what it is about"), max_length=200)
    why = models.CharField(_("why the rules do not fit"), max_length=500)
    at = models.DateTimeField(_("asked at"))
    by = models.CharField(_("asked by"), max_length=80)
    state = models.CharField(
        _("state"), max_length=10, choices=RequestState.choices, default=RequestState.ASKED
    )
    state_at = models.DateTimeField(_("in this state since"))

    objects = ExceptionRequestQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=~Q(subject="") & ~Q(why=""),
                name="exception_request_says_why",
                violation_error_message=_("Say what it is about and why the rules do not fit."),
            )
        ]
        indexes = [
            models.Index(fields=["district_id", "state", "state_at"], name="request_by_district"),
            models.Index(fields=["street_id", "state", "state_at"], name="request_by_street"),
        ]

    def __str__(self) -> str:
        return f"request {self.pk}"


class RequestStep(models.Model):
    """One hand's word on a request: append-only, and no hand twice."""

    scope_lookups = {
        "district": "request__district_id",
        "street": "request__street_id",
        "community": "request__community_id",
    }

    class Action(models.TextChoices):
        ASK = "ask", _("asked")
        SUPPORT = "support", _("street recommends")
        OPPOSE = "oppose", _("street advises against")
        GRANT = "grant", _("district grants")
        REFUSE = "refuse", _("district refuses")
        WITHDRAW = "withdraw", _("withdrawn")

    request = models.ForeignKey(ExceptionRequest, models.PROTECT, related_name="steps")
    action = models.CharField(_("step"), max_length=10, choices=Action.choices)
    reason = models.CharField(_("reason"), max_length=500)
    at = models.DateTimeField(_("at"))
    by = models.CharField(_("by"), max_length=80)
    # The account behind `by`, whatever role it acted in.
    person = models.CharField(max_length=40)

    objects = ScopedQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=~Q(reason=""),
                name="request_step_has_reason",
                violation_error_message=_("Say why."),
            ),
            models.UniqueConstraint(
                fields=["request", "person"],
                condition=~Q(action="withdraw"),
                name="request_step_another_person",
                violation_error_message=_(
                    "Each step of a request is taken by another person than the steps before."
                ),
            ),
        ]
