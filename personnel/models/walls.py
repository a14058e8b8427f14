"""Links that open a wallboard without an account: read-only, with an end, revocable."""

from __future__ import annotations

from datetime import datetime

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from core.scope import ScopedQuerySet


class WallLinkQuerySet(ScopedQuerySet["WallLink"]):
    def working_at(self, at: datetime) -> WallLinkQuerySet:
        """Links that open their wall at `at` (real time)."""
        return self.filter(revoked_at__isnull=True, expires_at__gt=at)


class WallLink(models.Model):
    """Whoever holds the link sees one round in one division, and nothing else."""

    scope_lookups = {"district": "division__district_id", "street": "division__street_id"}

    round = models.ForeignKey("campaigns.Round", models.PROTECT, related_name="wall_links")
    division = models.ForeignKey("campaigns.Division", models.PROTECT, related_name="wall_links")
    label = models.CharField(_("label"), max_length=40)
    token_hash = models.CharField(max_length=64, unique=True)
    created_at = models.DateTimeField(_("created at"))
    created_by = models.CharField(_("created by"), max_length=80)
    expires_at = models.DateTimeField(_("valid until"))
    revoked_at = models.DateTimeField(_("revoked at"), null=True, blank=True)
    revoked_by = models.CharField(_("revoked by"), max_length=80, blank=True, default="")

    objects = WallLinkQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(expires_at__gt=F("created_at")),
                name="wall_link_ends_after_start",
                violation_error_message=_("A wall's link must end after it begins."),
            ),
            models.CheckConstraint(
                condition=(Q(revoked_at__isnull=True) & Q(revoked_by=""))
                | (Q(revoked_at__isnull=False) & ~Q(revoked_by="")),
                name="wall_link_revoked_by_someone",
                violation_error_message=_("A revoked link needs the person who revoked it."),
            ),
        ]

    def __str__(self) -> str:
        return self.label
