"""Postings: who holds which role, where, from when to when."""

from __future__ import annotations

from datetime import datetime

import pghistory
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from personnel.roles import Role


class PostingQuerySet(models.QuerySet["Posting"]):
    def valid_at(self, at: datetime) -> PostingQuerySet:
        """Postings in force at `at` (real time): begun, not ended, of an active account."""
        return self.filter(
            Q(ends_at__isnull=True) | Q(ends_at__gt=at),
            starts_at__lte=at,
            user__is_active=True,
        )


@pghistory.track()
class Posting(models.Model):
    """A role held in one division. It is ended, never deleted; its changes keep their history."""

    user = models.ForeignKey("personnel.User", models.PROTECT, related_name="postings")
    role = models.CharField(_("role"), max_length=20, choices=Role.choices)
    division = models.ForeignKey("campaigns.Division", models.PROTECT, related_name="postings")
    starts_at = models.DateTimeField(_("from"))
    ends_at = models.DateTimeField(_("to"), null=True, blank=True)

    objects = PostingQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_at__isnull=True) | Q(ends_at__gt=F("starts_at")),
                name="posting_ends_after_start",
                violation_error_message=_("A posting must end after it starts."),
            ),
            models.UniqueConstraint(
                fields=["user", "role", "division"],
                condition=Q(ends_at__isnull=True),
                name="posting_open_once",
                violation_error_message=_("This person already holds this role here."),
            ),
            models.CheckConstraint(
                condition=Q(role__in=[role.value for role in Role]),
                name="posting_role_known",
                violation_error_message=_("This role does not exist."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_role_display()} · {self.division}"
