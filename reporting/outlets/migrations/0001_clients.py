"""Machine clients, and what they pulled: rows of which nobody changes one."""

import django.contrib.postgres.fields
import django.db.models.deletion
import django.db.models.functions.datetime
import django.db.models.lookups
import oauth2_provider.generators
import oauth2_provider.models
from django.conf import settings
from django.db import migrations, models

import core.actors

# Counts of the running minute: a crash may empty them, and no request waits for a disk. What was
# pulled is written by whoever answers, and only the worker sweeps what is old.
KEPT = """
ALTER TABLE outlets_clientpace SET UNLOGGED;
REVOKE UPDATE, DELETE ON outlets_pull FROM jinjian_app;
REVOKE UPDATE ON outlets_pull FROM jinjian_worker;
"""
KEPT_UNDONE = """
GRANT UPDATE ON outlets_pull TO jinjian_worker;
GRANT UPDATE, DELETE ON outlets_pull TO jinjian_app;
ALTER TABLE outlets_clientpace SET LOGGED;
"""


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("campaigns", "0006_form_sent_once"),
    ]

    operations = [
        migrations.CreateModel(
            name="ApiClient",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                (
                    "client_id",
                    models.CharField(
                        db_index=True,
                        default=oauth2_provider.generators.generate_client_id,
                        max_length=255,
                        unique=True,
                        verbose_name="client ID",
                    ),
                ),
                (
                    "redirect_uris",
                    models.TextField(
                        blank=True,
                        help_text="Allowed URIs list, space separated",
                        verbose_name="redirect URIs",
                    ),
                ),
                (
                    "post_logout_redirect_uris",
                    models.TextField(
                        blank=True,
                        default="",
                        help_text="Allowed Post Logout URIs list, space separated",
                        verbose_name="post logout redirect URIs",
                    ),
                ),
                (
                    "client_type",
                    models.CharField(
                        choices=[("confidential", "Confidential"), ("public", "Public")],
                        max_length=32,
                        verbose_name="client type",
                    ),
                ),
                (
                    "authorization_grant_type",
                    models.CharField(
                        choices=[
                            ("authorization-code", "Authorization code"),
                            ("urn:ietf:params:oauth:grant-type:device_code", "Device Code"),
                            ("implicit", "Implicit"),
                            ("password", "Resource owner password-based"),
                            ("client-credentials", "Client credentials"),
                            ("openid-hybrid", "OpenID connect hybrid"),
                        ],
                        max_length=44,
                        verbose_name="authorization grant type",
                    ),
                ),
                (
                    "client_secret",
                    oauth2_provider.models.ClientSecretField(
                        blank=True,
                        db_index=True,
                        default=oauth2_provider.generators.generate_client_secret,
                        help_text="Client secret for authentication",
                        max_length=255,
                        verbose_name="client secret",
                    ),
                ),
                (
                    "hash_client_secret",
                    models.BooleanField(default=True, verbose_name="hash client secret"),
                ),
                ("name", models.CharField(blank=True, max_length=255, verbose_name="name")),
                (
                    "skip_authorization",
                    models.BooleanField(default=False, verbose_name="skip authorization"),
                ),
                ("created", models.DateTimeField(auto_now_add=True, verbose_name="created")),
                ("updated", models.DateTimeField(auto_now=True, verbose_name="updated")),
                (
                    "algorithm",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("", "No OIDC support"),
                            ("RS256", "RSA with SHA-2 256"),
                            ("HS256", "HMAC with SHA-2 256"),
                        ],
                        default="",
                        max_length=5,
                        verbose_name="algorithm",
                    ),
                ),
                (
                    "allowed_origins",
                    models.TextField(
                        blank=True,
                        default="",
                        help_text="Allowed origins list to enable CORS, space separated",
                        verbose_name="allowed origins",
                    ),
                ),
                (
                    "registration_source",
                    models.CharField(
                        choices=[
                            ("manual", "Manual"),
                            ("dcr", "Dynamic Client Registration"),
                            ("cimd", "Client ID Metadata Document"),
                        ],
                        default="manual",
                        help_text="How this application was registered (manual, DCR per RFC 7591, or CIMD)",
                        max_length=32,
                        verbose_name="registration source",
                    ),
                ),
                (
                    "cimd_expires_at",
                    models.DateTimeField(
                        blank=True,
                        default=None,
                        help_text="When the cached Client ID Metadata Document should be re-fetched",
                        null=True,
                        verbose_name="CIMD expires at",
                    ),
                ),
                ("contact", models.CharField(max_length=120, verbose_name="contact")),
                (
                    "whole_district",
                    models.BooleanField(default=True, verbose_name="whole district"),
                ),
                ("may_aggregate", models.BooleanField(default=True, verbose_name="figures")),
                ("may_daily", models.BooleanField(default=False, verbose_name="daily numbers")),
                (
                    "addresses",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=43),
                        blank=True,
                        default=list,
                        size=None,
                        verbose_name="addresses",
                    ),
                ),
                (
                    "per_minute",
                    models.PositiveIntegerField(default=120, verbose_name="requests a minute"),
                ),
                ("created_by", models.CharField(max_length=80, verbose_name="created by")),
                ("secret_at", models.DateTimeField(verbose_name="secret since")),
                ("previous_secret", models.CharField(blank=True, default="", max_length=64)),
                (
                    "previous_until",
                    models.DateTimeField(
                        blank=True, null=True, verbose_name="old secret valid until"
                    ),
                ),
                (
                    "revoked_at",
                    models.DateTimeField(blank=True, null=True, verbose_name="revoked at"),
                ),
                (
                    "revoked_by",
                    models.CharField(
                        blank=True, default="", max_length=80, verbose_name="revoked by"
                    ),
                ),
                (
                    "revoke_reason",
                    models.CharField(blank=True, default="", max_length=200, verbose_name="reason"),
                ),
                (
                    "district",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="campaigns.division",
                    ),
                ),
                (
                    "streets",
                    models.ManyToManyField(blank=True, related_name="+", to="campaigns.division"),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("revoked_at__isnull", True)),
                        fields=("district", "name"),
                        name="api_client_named_once",
                        violation_error_message="A client of this name exists already.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("authorization_grant_type", "client-credentials"),
                            ("client_type", "confidential"),
                            ("hash_client_secret", False),
                            ("redirect_uris", ""),
                            ("registration_source", "manual"),
                        ),
                        name="api_client_is_a_machine",
                        violation_error_message="A client is a program with a secret, nothing else.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("client_secret__regex", "^[0-9a-f]{64}$")),
                        name="api_client_secret_digest",
                        violation_error_message="Of a secret only its digest is kept.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("previous_secret", ""), ("previous_until__isnull", True)),
                            models.Q(
                                ("previous_secret__regex", "^[0-9a-f]{64}$"),
                                ("previous_until__isnull", False),
                            ),
                            _connector="OR",
                        ),
                        name="api_client_old_secret_ends",
                        violation_error_message="An old secret needs an end.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("may_aggregate", True), ("may_daily", True), _connector="OR"
                        ),
                        name="api_client_may_something",
                        violation_error_message="A client may read figures, daily numbers, or both.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("per_minute__gte", 1), ("per_minute__lte", 6000)),
                        name="api_client_pace",
                        violation_error_message="A client may send 1 to 6,000 requests a minute.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("revoke_reason", ""),
                                ("revoked_at__isnull", True),
                                ("revoked_by", ""),
                            ),
                            models.Q(
                                ("revoked_at__isnull", False),
                                models.Q(("revoked_by", ""), _negated=True),
                                models.Q(("revoke_reason", ""), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="api_client_revoked_by_someone",
                        violation_error_message="A revoked client names who revoked it, when and why.",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="ClientPace",
            fields=[
                (
                    "client",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="+",
                        serialize=False,
                        to=settings.OAUTH2_PROVIDER_APPLICATION_MODEL,
                    ),
                ),
                ("began_at", models.DateTimeField()),
                ("taken", models.PositiveIntegerField()),
            ],
        ),
        migrations.CreateModel(
            name="PersonsGrant",
            fields=[
                (
                    "id",
                    models.AutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("reason", models.CharField(max_length=200, verbose_name="reason")),
                ("asked_at", models.DateTimeField(verbose_name="asked at")),
                ("asked_by", models.CharField(max_length=80, verbose_name="asked by")),
                ("granted", models.BooleanField(null=True, verbose_name="granted")),
                (
                    "decided_at",
                    models.DateTimeField(blank=True, null=True, verbose_name="decided at"),
                ),
                (
                    "decided_by",
                    models.CharField(
                        blank=True, default="", max_length=80, verbose_name="decided by"
                    ),
                ),
                (
                    "ended_at",
                    models.DateTimeField(blank=True, null=True, verbose_name="withdrawn at"),
                ),
                (
                    "ended_by",
                    models.CharField(
                        blank=True, default="", max_length=80, verbose_name="withdrawn by"
                    ),
                ),
                (
                    "client",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="persons_grants",
                        to=settings.OAUTH2_PROVIDER_APPLICATION_MODEL,
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(
                            ("ended_at__isnull", True),
                            models.Q(("granted__isnull", True), ("granted", True), _connector="OR"),
                        ),
                        fields=("client",),
                        name="persons_grant_one_open",
                        violation_error_message="Rows of people were asked for or granted already.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            django.db.models.lookups.Exact(
                                core.actors.Account("decided_by"), core.actors.Account("asked_by")
                            ),
                            _negated=True,
                        ),
                        name="persons_grant_second_person",
                        violation_error_message="Whoever asked cannot also decide.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("decided_at__isnull", True),
                                ("decided_by", ""),
                                ("granted__isnull", True),
                            ),
                            models.Q(
                                ("decided_at__isnull", False),
                                ("granted__isnull", False),
                                models.Q(("decided_by", ""), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="persons_grant_decided_by_someone",
                        violation_error_message="A decision names who decided and when.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("ended_at__isnull", True), ("ended_by", "")),
                            models.Q(
                                ("ended_at__gte", models.F("asked_at")),
                                models.Q(("ended_by", ""), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="persons_grant_ended_by_someone",
                        violation_error_message="What is withdrawn names who withdrew it and when.",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Pull",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("at", models.DateTimeField()),
                (
                    "recorded_at",
                    models.DateTimeField(db_default=django.db.models.functions.datetime.Now()),
                ),
                ("endpoint", models.CharField(max_length=60, verbose_name="endpoint")),
                (
                    "parameters",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=40), default=list, size=None
                    ),
                ),
                ("rows", models.PositiveIntegerField(verbose_name="rows")),
                ("bytes", models.PositiveBigIntegerField(null=True, verbose_name="bytes")),
                ("status", models.PositiveSmallIntegerField(verbose_name="status")),
                ("request_id", models.CharField(blank=True, default="", max_length=64)),
                (
                    "client",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="pulls",
                        to=settings.OAUTH2_PROVIDER_APPLICATION_MODEL,
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(fields=["client", "-recorded_at"], name="pull_of_client"),
                    models.Index(fields=["recorded_at"], name="pull_by_age"),
                ],
            },
        ),
        migrations.RunSQL(KEPT, KEPT_UNDONE),
    ]
