"""Superiors, what each of them gets and when, and every issue that was owed to them."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from core.scope import ScopedQuerySet

QUARTER = 15
"""Figures are kept every quarter of an hour: an outlet's cut-offs fall on those."""


class Superior(models.Model):
    """A level above the district, or a command post, that is owed figures."""

    scope_lookups = {"district": "district_id"}

    district = models.ForeignKey("campaigns.Division", models.PROTECT, related_name="+")
    name = models.CharField(_("name"), max_length=60)
    made_at = models.DateTimeField(_("made at"))
    made_by = models.CharField(_("made by"), max_length=80)

    objects = ScopedQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["district", "name"],
                name="superior_once",
                violation_error_message=_("This district already has a superior of this name."),
            )
        ]

    def __str__(self) -> str:
        return self.name


class Outlet(models.Model):
    """One thing that a superior gets at set times: what, in which form, how it goes there."""

    scope_lookups = {"district": "superior__district_id"}

    class What(models.TextChoices):
        WORKBOOK = "workbook", _("the superior's own workbook, filled")
        DATA_VALUES = "data_values", _("data-value document")
        SITUATION = "situation", _("situation report")

    class Form(models.TextChoices):
        XLSX = "xlsx", _("workbook (.xlsx)")
        JSON = "json", _("JSON document")
        PDF = "pdf", _("A4 pages (.pdf)")
        TEXT = "txt", _("text for a chat")
        PICTURE = "png", _("picture for a phone")

    class Cadence(models.TextChoices):
        EVERY = "every", _("every few hours")
        DAILY = "daily", _("once a day")

    superior = models.ForeignKey(Superior, models.PROTECT, related_name="outlets")
    title = models.CharField(_("title"), max_length=60)
    what = models.CharField(_("what goes there"), max_length=12, choices=What.choices)
    form = models.CharField(_("form"), max_length=5, choices=Form.choices)
    language = models.CharField(_("language"), max_length=7, default="zh-hans")
    cadence = models.CharField(_("how often"), max_length=5, choices=Cadence.choices)
    # Minutes after midnight here: the cut-off of a day, or one of those that follow each other.
    first_minute = models.PositiveSmallIntegerField(_("cut-off"))
    every_minutes = models.PositiveSmallIntegerField(_("every"), null=True, blank=True)
    due_after = models.PositiveSmallIntegerField(_("minutes from the cut-off until it is due"))
    # Where it is pushed to; none: somebody takes it there by hand.
    endpoint = models.ForeignKey(
        "outlets.Endpoint", models.PROTECT, null=True, blank=True, related_name="outlets"
    )
    active = models.BooleanField(_("in use"), default=True)
    # Nothing is owed of before.
    owed_since = models.DateTimeField(_("owed since"))
    made_at = models.DateTimeField(_("made at"))
    made_by = models.CharField(_("made by"), max_length=80)

    objects = ScopedQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["superior", "title"],
                name="outlet_once",
                violation_error_message=_("This superior already gets something of this title."),
            ),
            models.CheckConstraint(
                condition=Q(cadence="daily", every_minutes__isnull=True)
                | Q(
                    cadence="every",
                    # Said besides: of an unknown number, "among these" is neither true nor false.
                    every_minutes__isnull=False,
                    every_minutes__in=[30, 60, 120, 180, 240, 360, 720],
                ),
                name="outlet_times_divide_the_day",
                violation_error_message=_("Choose how many hours lie between two cut-offs."),
            ),
            models.CheckConstraint(
                condition=Q(first_minute__lt=24 * 60, due_after__lte=12 * 60),
                name="outlet_times_in_a_day",
                violation_error_message=_("It is due within twelve hours of its cut-off."),
            ),
            models.CheckConstraint(
                condition=Q(what="workbook", form="xlsx")
                | Q(what="data_values", form="json")
                | Q(what="situation", form__in=["pdf", "xlsx", "txt", "png"]),
                name="outlet_form_fits",
                violation_error_message=_("This does not come in that form."),
            ),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def pushed(self) -> bool:
        """Whether a machine takes it there."""
        return self.endpoint_id is not None


class RunState(models.TextChoices):
    """How far an issue is."""

    DUE = "due", _("not made yet")
    FAILED = "failed", _("could not be made")
    MADE = "made", _("made, not sent")
    SENT = "sent", _("sent")
    ACKNOWLEDGED = "acknowledged", _("acknowledged")


UNSENT = [RunState.DUE, RunState.FAILED, RunState.MADE]
"""States in which the superior has nothing yet."""


class OutletRun(models.Model):
    """One issue that is owed: from the moment that it is, so that nothing is forgotten."""

    scope_lookups = {"district": "outlet__superior__district_id"}

    outlet = models.ForeignKey(Outlet, models.PROTECT, related_name="runs")
    round = models.ForeignKey("campaigns.Round", models.PROTECT, related_name="+")
    number = models.PositiveIntegerField(_("issue"))
    as_of = models.DateTimeField(_("cut-off"))
    due_at = models.DateTimeField(_("due"))
    opened_at = models.DateTimeField(_("opened at"))
    state = models.CharField(
        _("state"), max_length=12, choices=RunState.choices, default=RunState.DUE
    )
    # Why it could not be made: a code of ours and what fills its words.
    problem = models.CharField(max_length=40, blank=True, default="")
    problem_params = models.JSONField(default=dict, blank=True)
    sent_at = models.DateTimeField(_("sent at"), null=True, blank=True)
    sent_by = models.CharField(_("sent by"), max_length=80, blank=True, default="")
    sent_to = models.CharField(_("sent where"), max_length=120, blank=True, default="")
    acknowledged_at = models.DateTimeField(_("acknowledged at"), null=True, blank=True)
    receipt = models.CharField(_("receipt"), max_length=200, blank=True, default="")

    objects = ScopedQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["outlet", "as_of"],
                name="outlet_run_once",
                violation_error_message=_("This cut-off has its issue already."),
            ),
            models.UniqueConstraint(
                fields=["outlet", "number"],
                name="outlet_run_number_once",
                violation_error_message=_("This number is taken."),
            ),
            models.CheckConstraint(
                condition=Q(due_at__gte=F("as_of")),
                name="outlet_run_due_after_cutoff",
                violation_error_message=_("Nothing is due before its cut-off."),
            ),
            models.CheckConstraint(
                condition=Q(state__in=["due", "failed", "made"], sent_at__isnull=True)
                | (Q(state__in=["sent", "acknowledged"], sent_at__isnull=False) & ~Q(sent_to="")),
                name="outlet_run_sent_somewhere",
                violation_error_message=_("Say where it was sent."),
            ),
            models.CheckConstraint(
                condition=Q(acknowledged_at__isnull=True) ^ Q(state="acknowledged"),
                name="outlet_run_acknowledged_at",
                violation_error_message=_("A receipt has its time."),
            ),
            models.CheckConstraint(
                condition=~Q(state="failed") | ~Q(problem=""),
                name="outlet_run_failed_why",
                violation_error_message=_("A failed issue says why."),
            ),
        ]
        indexes = [
            models.Index(
                fields=["due_at"],
                condition=Q(state__in=["due", "failed", "made"]),
                name="outlet_run_unsent",
            )
        ]

    def __str__(self) -> str:
        return str(self.number)


class RunFile(models.Model):
    """What an issue is, byte for byte; never changed, however often it is sent."""

    run = models.OneToOneField(OutletRun, models.PROTECT, primary_key=True, related_name="file")
    name = models.CharField(max_length=120)
    content_type = models.CharField(max_length=100)
    data = models.BinaryField()
    sha256 = models.CharField(max_length=64)
    # Every figure written, with where it stands: what the file says without opening it.
    figures = models.JSONField(default=list)
    # The moment that the figures are of, and the version of the totals that they were read from.
    figures_as_of = models.DateTimeField()
    version = models.BigIntegerField(default=0)
    made_at = models.DateTimeField()
    made_by = models.CharField(max_length=80)


class RunStep(models.Model):
    """What happened to an issue, and by whom. Append-only."""

    class Act(models.TextChoices):
        OPENED = "opened", _("owed")
        FAILED = "failed", _("could not be made")
        MADE = "made", _("made")
        TAKEN = "taken", _("file taken")
        QUEUED = "queued", _("given to delivery")
        SENT = "sent", _("sent")
        ACKNOWLEDGED = "acknowledged", _("receipt noted")

    run = models.ForeignKey(OutletRun, models.PROTECT, related_name="steps")
    act = models.CharField(max_length=12, choices=Act.choices)
    words = models.CharField(max_length=200, blank=True, default="")
    at = models.DateTimeField()
    by = models.CharField(max_length=80)
