"""Tables of the import: the run, its rows while they can be undone, remembered columns."""

from __future__ import annotations

import uuid

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from core.crypto import EncryptedTextField
from core.scope import ScopedQuerySet


class RunState(models.TextChoices):
    """How far a run is. `uploading`, `checking` and `applying` belong to jobs in the background."""

    UPLOADING = "uploading", _("uploading")
    MAPPING = "mapping", _("columns to be named")
    CHECKING = "checking", _("being checked")
    CHECKED = "checked", _("checked, not written yet")
    APPLYING = "applying", _("being written")
    APPLIED = "applied", _("written")
    UNDONE = "undone", _("undone")
    DISCARDED = "discarded", _("discarded")
    FAILED = "failed", _("failed")


class Verdict(models.TextChoices):
    NEW = "new", _("new")
    CHANGED = "changed", _("changed")
    SAME = "same", _("unchanged")
    REFUSED = "refused", _("refused")


# In these states the rows have no verdicts yet, or have none any more.
UNCOUNTED = ["uploading", "mapping", "checking", "failed", "discarded"]
# In these a job is at work or a person may still go on.
OPEN_STATES = ["uploading", "mapping", "checking", "checked", "applying"]


class ImportRun(models.Model):
    """One sheet on its way in. The id comes from the form, so that a double submit is one run.

    `district_id` and `street_id` say whose run it is: somebody of the same area and permission
    sees it too. `context` holds what the kind needs to know besides (for instance the round's id).
    `notes` are remarks on the file as a whole, `failure` why a job ended: `[{code, params}]`, both
    without personal data. `preview` counts how often the rows were judged: whoever confirms must
    have seen the last judgement. A job in the background keeps its place in `progress_*`, says at
    `beat_at` that it lives, and is set aside after three `tries`.
    """

    scope_lookups = {"district": "district_id", "street": "street_id"}

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    kind = models.CharField(max_length=24)
    district_id = models.IntegerField()
    street_id = models.IntegerField(null=True, blank=True)
    context = models.JSONField(default=dict, blank=True)
    state = models.CharField(max_length=12, choices=RunState.choices)
    file_name = models.CharField(_("file"), max_length=120, blank=True, default="")
    digest = models.CharField(max_length=64, blank=True, default="")
    sender = models.CharField(_("sender"), max_length=60, blank=True, default="")
    header = EncryptedTextField(blank=True, default="")
    mapping = models.JSONField(default=list, blank=True)
    notes = models.JSONField(default=list, blank=True)
    failure = models.JSONField(default=list, blank=True)
    preview = models.PositiveSmallIntegerField(default=0)
    rows_in = models.PositiveIntegerField(default=0)
    rows_new = models.PositiveIntegerField(default=0)
    rows_changed = models.PositiveIntegerField(default=0)
    rows_same = models.PositiveIntegerField(default=0)
    rows_refused = models.PositiveIntegerField(default=0)
    progress_done = models.PositiveIntegerField(default=0)
    progress_total = models.PositiveIntegerField(default=0)
    tries = models.PositiveSmallIntegerField(default=0)
    beat_at = models.DateTimeField(null=True, blank=True)
    at = models.DateTimeField(_("brought in at"))
    by = models.CharField(_("brought in by"), max_length=150)
    applied_at = models.DateTimeField(null=True, blank=True)
    applied_by = models.CharField(max_length=150, blank=True, default="")
    undo_until = models.DateTimeField(null=True, blank=True)
    undone_at = models.DateTimeField(null=True, blank=True)
    undone_by = models.CharField(max_length=150, blank=True, default="")
    swept_at = models.DateTimeField(null=True, blank=True)

    objects = ScopedQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=UNCOUNTED)
                | Q(rows_in=F("rows_new") + F("rows_changed") + F("rows_same") + F("rows_refused")),
                name="import_run_rows_add_up",
                violation_error_message=_(
                    "The rows of this file do not add up, so nothing was written."
                ),
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["applied", "undone"])
                | Q(applied_at__isnull=False, undo_until__isnull=False),
                name="import_run_applied_has_time",
            ),
            models.CheckConstraint(
                condition=~Q(state="undone") | Q(undone_at__isnull=False),
                name="import_run_undone_has_time",
            ),
        ]
        indexes = [
            models.Index(fields=["district_id", "-at"], name="import_run_of_district"),
            models.Index(
                fields=["state", "at"],
                name="import_run_to_sweep",
                condition=Q(swept_at__isnull=True),
            ),
        ]

    @property
    def rows_accepted(self) -> int:
        """Rows that are or would be in force after the import: new, changed and unchanged."""
        return self.rows_new + self.rows_changed + self.rows_same


class ImportRow(models.Model):
    """One row of a run, as it came and as it was understood; erased when it cannot be undone.

    `line` is the row's number in the person's own file. `cells`, `values` and `before` are JSON
    and encrypted, whatever the kind: a sheet may hold more than its kind asks for. `key` is shown
    and searched, so only kinds without personal data fill it. `target` names what was written.
    `reasons` are `[{column, code, text, params}]` without the refused value; on a row that is
    accepted they are remarks. Row-level security hides the rows of areas outside the caller's
    scope.
    """

    scope_lookups = {"district": "district_id", "street": "street_id"}

    run = models.ForeignKey(ImportRun, models.CASCADE, related_name="rows")
    district_id = models.IntegerField()
    street_id = models.IntegerField(null=True, blank=True)
    line = models.PositiveIntegerField()
    verdict = models.CharField(max_length=8, choices=Verdict.choices, blank=True, default="")
    key = models.CharField(max_length=120, blank=True, default="")
    target = models.CharField(max_length=64, blank=True, default="")
    cells = EncryptedTextField()
    faults = models.JSONField(default=list, blank=True)
    values = EncryptedTextField(blank=True, default="{}")
    before = EncryptedTextField(blank=True, default="{}")
    reasons = models.JSONField(default=list, blank=True)

    objects = ScopedQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["run", "line"], name="import_row_line_once"),
            models.CheckConstraint(
                condition=~Q(verdict="refused") | ~Q(reasons=[]),
                name="import_row_refused_has_reason",
            ),
        ]
        indexes = [models.Index(fields=["run", "verdict", "line"], name="import_row_by_verdict")]


class ColumnMemory(models.Model):
    """Which column of a known header means what, as somebody said it once for this sender.

    `signature` is a digest of the header; `mapping` holds a column's name, or "" for a column that
    is left out, for each place in that header. No heading is stored in the clear.
    """

    kind = models.CharField(max_length=24)
    district_id = models.IntegerField()
    sender = models.CharField(max_length=150)
    signature = models.CharField(max_length=64)
    mapping = models.JSONField(default=list)
    last_used_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "district_id", "sender", "signature"],
                name="column_memory_once",
            )
        ]
