"""Machine clients of the export, programs of higher levels and analysts; what they pulled."""

from __future__ import annotations

from datetime import datetime
from ipaddress import IPv4Network, IPv6Network, ip_network

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.db.models.lookups import Exact
from django.utils.translation import gettext_lazy as _
from oauth2_provider.models import AbstractApplication

from core.actors import Account
from core.scope import ScopedQuerySet

PER_MINUTE = 120
MOST_PER_MINUTE = 6_000
DIGEST = r"^[0-9a-f]{64}$"


class ApiClientQuerySet(ScopedQuerySet["ApiClient"]):
    def working(self) -> ApiClientQuerySet:
        """Clients that nobody has revoked."""
        return self.filter(revoked_at__isnull=True)


class ApiClient(AbstractApplication):
    """One program that may pull, of one district, or of some of its streets only.

    `client_secret` and `previous_secret` hold SHA-256 digests of 256 random bits each; the library
    must therefore not hash again (`hash_client_secret` is off). All times are real time: a secret
    must end in a rehearsal too. Of the library's other columns none is used, and none can be.
    """

    scope_lookups = {"district": "district_id"}

    # The library's owner of an application: a client is nobody's, and outlives accounts.
    user = None

    district = models.ForeignKey("campaigns.Division", models.PROTECT, related_name="+")
    contact = models.CharField(_("contact"), max_length=120)
    # Said and not derived: a client whose last street is taken away must not see the district.
    whole_district = models.BooleanField(_("whole district"), default=True)
    streets = models.ManyToManyField("campaigns.Division", related_name="+", blank=True)
    may_aggregate = models.BooleanField(_("figures"), default=True)
    may_daily = models.BooleanField(_("daily numbers"), default=False)
    # Addresses or networks (CIDR) that the client calls from; empty: any.
    addresses = ArrayField(
        models.CharField(max_length=43), verbose_name=_("addresses"), default=list, blank=True
    )
    per_minute = models.PositiveIntegerField(_("requests a minute"), default=PER_MINUTE)
    created_by = models.CharField(_("created by"), max_length=80)
    secret_at = models.DateTimeField(_("secret since"))
    previous_secret = models.CharField(max_length=64, blank=True, default="")
    previous_until = models.DateTimeField(_("old secret valid until"), null=True, blank=True)
    revoked_at = models.DateTimeField(_("revoked at"), null=True, blank=True)
    revoked_by = models.CharField(_("revoked by"), max_length=80, blank=True, default="")
    revoke_reason = models.CharField(_("reason"), max_length=200, blank=True, default="")

    objects = ApiClientQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["district", "name"],
                condition=Q(revoked_at__isnull=True),
                name="api_client_named_once",
                violation_error_message=_("A client of this name exists already."),
            ),
            models.CheckConstraint(
                condition=Q(
                    client_type="confidential",
                    authorization_grant_type="client-credentials",
                    hash_client_secret=False,
                    redirect_uris="",
                    registration_source="manual",
                ),
                name="api_client_is_a_machine",
                violation_error_message=_("A client is a program with a secret, nothing else."),
            ),
            models.CheckConstraint(
                condition=Q(client_secret__regex=DIGEST),
                name="api_client_secret_digest",
                violation_error_message=_("Of a secret only its digest is kept."),
            ),
            models.CheckConstraint(
                condition=Q(previous_secret="", previous_until__isnull=True)
                | Q(previous_secret__regex=DIGEST, previous_until__isnull=False),
                name="api_client_old_secret_ends",
                violation_error_message=_("An old secret needs an end."),
            ),
            models.CheckConstraint(
                condition=Q(may_aggregate=True) | Q(may_daily=True),
                name="api_client_may_something",
                violation_error_message=_("A client may read figures, daily numbers, or both."),
            ),
            models.CheckConstraint(
                condition=Q(per_minute__gte=1, per_minute__lte=MOST_PER_MINUTE),
                name="api_client_pace",
                violation_error_message=_("A client may send 1 to 6,000 requests a minute."),
            ),
            models.CheckConstraint(
                condition=Q(revoked_at__isnull=True, revoked_by="", revoke_reason="")
                | Q(revoked_at__isnull=False) & ~Q(revoked_by="") & ~Q(revoke_reason=""),
                name="api_client_revoked_by_someone",
                violation_error_message=_("A revoked client names who revoked it, when and why."),
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def actor(self) -> str:
        """The label that audit rows and pulls carry."""
        return f"client:{self.pk}"

    def networks(self) -> list[IPv4Network | IPv6Network]:
        """Where the client may call from; empty: from anywhere."""
        return [ip_network(text) for text in self.addresses]

    def old_secret_works(self, at: datetime) -> bool:
        """Whether the secret before the last rotation is still good at `at` (real time)."""
        return self.previous_until is not None and self.previous_until > at


class PersonsGrant(models.Model):
    """Leave for one client to pull rows of people: asked by one person, granted by another."""

    scope_lookups = {"district": "client__district_id"}

    client = models.ForeignKey(ApiClient, models.PROTECT, related_name="persons_grants")
    reason = models.CharField(_("reason"), max_length=200)
    asked_at = models.DateTimeField(_("asked at"))
    asked_by = models.CharField(_("asked by"), max_length=80)
    granted = models.BooleanField(_("granted"), null=True)
    decided_at = models.DateTimeField(_("decided at"), null=True, blank=True)
    decided_by = models.CharField(_("decided by"), max_length=80, blank=True, default="")
    ended_at = models.DateTimeField(_("withdrawn at"), null=True, blank=True)
    ended_by = models.CharField(_("withdrawn by"), max_length=80, blank=True, default="")

    objects = ScopedQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["client"],
                condition=Q(ended_at__isnull=True) & (Q(granted__isnull=True) | Q(granted=True)),
                name="persons_grant_one_open",
                violation_error_message=_("Rows of people were asked for or granted already."),
            ),
            models.CheckConstraint(
                condition=~Q(Exact(Account("decided_by"), Account("asked_by"))),
                name="persons_grant_second_person",
                violation_error_message=_("Whoever asked cannot also decide."),
            ),
            models.CheckConstraint(
                condition=Q(granted__isnull=True, decided_at__isnull=True, decided_by="")
                | Q(granted__isnull=False, decided_at__isnull=False) & ~Q(decided_by=""),
                name="persons_grant_decided_by_someone",
                violation_error_message=_("A decision names who decided and when."),
            ),
            models.CheckConstraint(
                condition=Q(ended_at__isnull=True, ended_by="")
                | Q(ended_at__gte=F("asked_at")) & ~Q(ended_by=""),
                name="persons_grant_ended_by_someone",
                violation_error_message=_("What is withdrawn names who withdrew it and when."),
            ),
        ]

    def __str__(self) -> str:
        return f"persons for {self.client_id}"


class ClientPace(models.Model):
    """How many requests a client has made in its running minute.

    The table is not logged: a crash of the server empties it, which costs a client nothing, and a
    request waits for no disk on its account.
    """

    client = models.OneToOneField(ApiClient, models.CASCADE, primary_key=True, related_name="+")
    began_at = models.DateTimeField()
    taken = models.PositiveIntegerField()

    def __str__(self) -> str:
        return f"{self.client_id}: {self.taken}"


class Pull(models.Model):
    """One answer to a machine client. Nobody changes a row; old ones are swept away.

    `at` follows the scenario clock like the figures that left, `recorded_at` the real one.
    `parameters` are names without values: a value may name an area or hold what somebody typed.
    """

    scope_lookups = {"district": "client__district_id"}

    id = models.BigAutoField(primary_key=True)
    client = models.ForeignKey(ApiClient, models.PROTECT, related_name="pulls", db_index=False)
    at = models.DateTimeField()
    recorded_at = models.DateTimeField(db_default=Now())
    endpoint = models.CharField(_("endpoint"), max_length=60)
    parameters = ArrayField(models.CharField(max_length=40), default=list)
    rows = models.PositiveIntegerField(_("rows"))
    bytes = models.PositiveBigIntegerField(_("bytes"), null=True)
    status = models.PositiveSmallIntegerField(_("status"))
    request_id = models.CharField(max_length=64, blank=True, default="")

    objects = ScopedQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["client", "-recorded_at"], name="pull_of_client"),
            models.Index(fields=["recorded_at"], name="pull_by_age"),
        ]

    def __str__(self) -> str:
        return f"{self.endpoint}: {self.rows}"
