"""What an import of the register leaves behind: its file, what each source said, what was before.

The staged rows of a running import are a table of the worker's alone (migration 0005), since
PostgreSQL refuses COPY FROM under row-level security; everything here has its policies.
"""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from campaigns.models.register import Resident
from core.imports.models import ImportRun
from core.scope import ScopedQuerySet


class RegisterChunk(models.Model):
    """A slice of an uploaded register file, encrypted; deleted when its run ends.

    `digest` is of the plain bytes, so that the same slice may come twice and another one may not.
    """

    scope_lookups = {"district": "district_id"}

    run = models.ForeignKey(ImportRun, models.CASCADE, related_name="chunks")
    district_id = models.IntegerField()
    number = models.PositiveIntegerField()
    size = models.PositiveIntegerField()
    digest = models.CharField(max_length=32)
    content = models.BinaryField()

    objects = ScopedQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["run", "number"],
                name="register_chunk_once",
                violation_error_message=_("This part of the file was already received."),
            )
        ]


class RegisterSource(models.Model):
    """What one import said about one person. All sources are kept; the newest one is in force."""

    scope_lookups = {"district": "district_id", "street": "street_id", "community": "community_id"}

    run_id = models.UUIDField()
    person_key = models.UUIDField()
    district_id = models.IntegerField()
    street_id = models.IntegerField()
    community_id = models.IntegerField()
    building = models.CharField(max_length=60, null=True)
    name_mask = models.CharField(max_length=20)
    name_print = models.BigIntegerField()
    phone_print = models.BigIntegerField(null=True)
    birth_on = models.DateField(null=True)

    objects = ScopedQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["district_id", "person_key", "run_id"], name="register_source_once"
            )
        ]


class ResidentBefore(models.Model):
    """A resident as they were before an import changed them; erased when undo is over."""

    scope_lookups = {"district": "district_id", "street": "street_id", "community": "community_id"}

    run_id = models.UUIDField()
    person_key = models.UUIDField()
    district_id = models.IntegerField()
    street_id = models.IntegerField()
    community_id = models.IntegerField()
    building = models.CharField(max_length=60)
    name = models.BinaryField()
    phone = models.BinaryField()
    name_mask = models.CharField(max_length=20)
    birth_on = models.DateField(null=True)
    groups = models.JSONField()
    name_print = models.BigIntegerField(null=True)
    phone_print = models.BigIntegerField(null=True)
    source_run = models.UUIDField(null=True)
    updated_at = models.DateTimeField(null=True)

    objects = ScopedQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["run_id", "person_key"], name="resident_before_once")
        ]


class Contradiction(models.Model):
    """Two sources say different things about a person's name, home or birth.

    The newer statement is in force until somebody looks. `earlier` and `later` are what may be
    shown: the masked name, the community's name, the year of birth.
    """

    scope_lookups = {"district": "district_id", "street": "street_id", "community": "community_id"}

    class Attribute(models.TextChoices):
        NAME = "name", _("name")
        HOME = "home", _("community of residence")
        BIRTH = "birth", _("date of birth")

    resident = models.ForeignKey(Resident, models.CASCADE, related_name="contradictions")
    district_id = models.IntegerField()
    street_id = models.IntegerField()
    community_id = models.IntegerField()
    attribute = models.CharField(max_length=5, choices=Attribute.choices)
    earlier_run = models.UUIDField()
    later_run = models.UUIDField()
    earlier = models.CharField(max_length=80)
    later = models.CharField(max_length=80)
    raised_at = models.DateTimeField()
    settled_at = models.DateTimeField(null=True, blank=True)
    settled_by = models.CharField(max_length=150, blank=True, default="")

    objects = ScopedQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["resident", "attribute", "earlier_run", "later_run"],
                name="contradiction_once",
            ),
            models.CheckConstraint(
                condition=models.Q(settled_at__isnull=True) | ~models.Q(settled_by=""),
                name="contradiction_settled_by_someone",
            ),
        ]
        indexes = [
            models.Index(
                fields=["district_id", "community_id"],
                name="contradiction_open",
                condition=models.Q(settled_at__isnull=True),
            ),
            models.Index(fields=["later_run"], name="contradiction_of_run"),
        ]
