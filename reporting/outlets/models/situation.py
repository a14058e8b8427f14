"""Situation reports: one numbered, immutable snapshot of a round at a cut-off, and how it came."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.db.models.lookups import Exact
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from core.actors import Account
from core.scope import ScopedQuerySet


class SituationState(models.TextChoices):
    """How far a report is. That a correction replaced it follows from the correction's row."""

    DRAFT = "draft", _("draft")
    SUBMITTED = "submitted", _("waits for approval")
    RETURNED = "returned", _("returned")
    ISSUED = "issued", _("issued")
    WITHDRAWN = "withdrawn", _("withdrawn")


WRITABLE = (SituationState.DRAFT, SituationState.RETURNED)
"""States in which words and statements may be changed."""
OPEN = (*WRITABLE, SituationState.SUBMITTED)
"""States of reports that are still to be issued."""


class SituationSchedule(models.Model):
    """When reports of a round and area are due: every so many minutes, and once a day."""

    scope_lookups = {"district": "district_id", "street": "street_id"}

    round = models.ForeignKey("campaigns.Round", models.PROTECT, related_name="+")
    division = models.ForeignKey("campaigns.Division", models.PROTECT, related_name="+")
    district_id = models.IntegerField()
    street_id = models.IntegerField(null=True, blank=True)
    # Counted from local midnight, so that two hours are the even ones.
    every_minutes = models.PositiveSmallIntegerField(_("minutes between reports"), null=True)
    # Minutes after local midnight; 1440 is 24:00.
    daily_minute = models.PositiveSmallIntegerField(_("once a day at"), null=True)
    opens_before = models.PositiveSmallIntegerField(
        _("minutes from opening to cut-off"), default=20
    )
    active = models.BooleanField(_("in use"), default=True)
    # What fell due before is not asked for afterwards.
    since = models.DateTimeField(_("in use since"))
    set_at = models.DateTimeField(_("set at"))
    set_by = models.CharField(_("set by"), max_length=80)

    objects = ScopedQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["round", "division"],
                name="situation_schedule_once",
                violation_error_message=_("This area already has its times in this round."),
            ),
            models.CheckConstraint(
                condition=Q(every_minutes__isnull=True)
                | Q(every_minutes__in=[15, 30, 60, 120, 180, 240, 360, 480, 720]),
                name="situation_schedule_divides_the_day",
                violation_error_message=_("The stretch between two reports must divide the day."),
            ),
            models.CheckConstraint(
                condition=Q(daily_minute__isnull=True) | Q(daily_minute__range=(15, 1440)),
                name="situation_schedule_daily_in_day",
                violation_error_message=_("The daily report lies between 00:15 and 24:00."),
            ),
            models.CheckConstraint(
                condition=Q(opens_before__range=(0, 120)),
                name="situation_schedule_opens_sane",
                violation_error_message=_("A draft opens at most two hours ahead."),
            ),
        ]


class SituationReport(models.Model):
    """One report of a round in an area at a cut-off. `snapshot` holds every figure of it, made
    once; whatever is shown or sent in any form comes from it and from the rows beneath."""

    scope_lookups = {"district": "district_id", "street": "street_id"}

    round = models.ForeignKey("campaigns.Round", models.PROTECT, related_name="+")
    division = models.ForeignKey("campaigns.Division", models.PROTECT, related_name="+")
    district_id = models.IntegerField()
    street_id = models.IntegerField(null=True, blank=True)
    cut_off = models.DateTimeField(_("cut-off"))
    state = models.CharField(
        _("state"), max_length=9, choices=SituationState.choices, default=SituationState.DRAFT
    )
    # Given at approval, per round and area, without gaps.
    number = models.PositiveIntegerField(_("issue"), null=True, blank=True)
    # Grows with every change: whoever submits or approves names the edition that they saw.
    edition = models.PositiveIntegerField(_("edition"), default=0)
    snapshot = models.JSONField(_("figures"), null=True, blank=True)
    frozen_at = models.DateTimeField(_("figures fixed at"), null=True, blank=True)
    digest = models.CharField(_("hash of the figures"), max_length=64, blank=True, default="")
    opened_at = models.DateTimeField(_("opened at"))
    opened_by = models.CharField(_("opened by"), max_length=80)
    submitted_at = models.DateTimeField(_("submitted at"), null=True, blank=True)
    author = models.CharField(_("written by"), max_length=80, blank=True, default="")
    issued_at = models.DateTimeField(_("issued at"), null=True, blank=True)
    approver = models.CharField(_("approved by"), max_length=80, blank=True, default="")
    corrects = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="corrections"
    )
    correction_reason = models.CharField(
        _("why it is corrected"), max_length=300, blank=True, default=""
    )

    objects = ScopedQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["round", "division", "number"],
                name="situation_number_once",
                violation_error_message=_("This issue number is taken: approve once more."),
            ),
            models.UniqueConstraint(
                fields=["round", "division", "cut_off"],
                condition=~Q(state="withdrawn") & Q(corrects__isnull=True),
                name="situation_once_per_cut_off",
                violation_error_message=_("There is a report of this cut-off already."),
            ),
            models.UniqueConstraint(
                fields=["corrects"],
                condition=~Q(state="withdrawn"),
                name="situation_corrected_once",
                violation_error_message=_("A correction of this issue exists already."),
            ),
            models.CheckConstraint(
                condition=Q(
                    state="issued", number__isnull=False, number__gt=0, issued_at__isnull=False,
                    snapshot__isnull=False,
                )
                & ~Q(approver="")
                | ~Q(state="issued")
                & Q(number__isnull=True, issued_at__isnull=True, approver=""),
                name="situation_issued_is_numbered",
                violation_error_message=_(
                    "An issued report has its number, its figures and who approved it; others have"
                    " none."
                ),
            ),
            models.CheckConstraint(
                condition=Q(state__in=["draft", "withdrawn"])
                | Q(submitted_at__isnull=False) & ~Q(author=""),
                name="situation_submitted_has_author",
                violation_error_message=_("A submitted report names who wrote it."),
            ),
            models.CheckConstraint(
                condition=~Q(Exact(Account("author"), Account("approver"))) | Q(approver=""),
                name="situation_second_person",
                violation_error_message=_("Whoever wrote a report cannot also approve it."),
            ),
            models.CheckConstraint(
                condition=Q(snapshot__isnull=True, frozen_at__isnull=True, digest="")
                | Q(snapshot__isnull=False, frozen_at__isnull=False) & ~Q(digest=""),
                name="situation_figures_have_time",
                violation_error_message=_("Fixed figures carry their time and their hash."),
            ),
            models.CheckConstraint(
                condition=Q(corrects__isnull=True) | ~Q(correction_reason=""),
                name="situation_correction_has_reason",
                violation_error_message=_("Say what is corrected and why."),
            ),
        ]  # fmt: skip
        indexes = [
            models.Index(fields=["round", "division", "cut_off"], name="situation_by_cut_off"),
            models.Index(fields=["state"], name="situation_by_state"),
        ]


class SituationText(models.Model):
    """One passage in words: what was suggested from the figures, and what people made of it."""

    class Key(models.TextChoices):
        HEADLINE = "headline", _("Headline")
        EXCEPTIONS = "exceptions", pgettext_lazy("situation report", "Exceptions")
        ACTIONS = "actions", pgettext_lazy("situation report", "Actions")

    class Language(models.TextChoices):
        ZH = "zh", _("Chinese")
        EN = "en", _("English")

    scope_lookups = {"district": "report__district_id", "street": "report__street_id"}

    report = models.ForeignKey(SituationReport, models.PROTECT, related_name="texts")
    key = models.CharField(_("passage"), max_length=10, choices=Key.choices)
    language = models.CharField(_("language"), max_length=2, choices=Language.choices)
    suggested = models.TextField(_("suggested"), blank=True, default="")
    text = models.TextField(_("text"), blank=True, default="")
    edited_at = models.DateTimeField(_("edited at"), null=True, blank=True)
    edited_by = models.CharField(_("edited by"), max_length=80, blank=True, default="")

    objects = ScopedQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["report", "key", "language"],
                name="situation_text_once",
                violation_error_message=_("This passage exists already."),
            )
        ]

    @property
    def edited(self) -> bool:
        """Whether people say something else than the figures suggested."""
        return self.text != self.suggested


class SituationStatement(models.Model):
    """A figure that no room of this house knows, stated by somebody: never mixed with ours."""

    class Key(models.TextChoices):
        DELIVERED = "delivered", _("delivered to laboratories")
        TESTED = "tested", _("tested")
        REPORTED = "reported", _("results reported")

    class Unit(models.TextChoices):
        PERSONS = "persons", pgettext_lazy("unit of count", "persons")
        SWABS = "swabs", pgettext_lazy("unit of count", "swabs")
        TUBES = "tubes", pgettext_lazy("unit of count", "tubes")

    scope_lookups = {"district": "report__district_id", "street": "report__street_id"}

    report = models.ForeignKey(SituationReport, models.PROTECT, related_name="statements")
    key = models.CharField(_("figure"), max_length=9, choices=Key.choices)
    value = models.PositiveIntegerField(_("number"))
    unit = models.CharField(_("unit of count"), max_length=7, choices=Unit.choices)
    source = models.CharField(_("stated by"), max_length=80)
    source_en = models.CharField(_("stated by, in English"), max_length=80, blank=True, default="")
    as_of = models.DateTimeField(_("as of"))
    at = models.DateTimeField(_("at"))
    by = models.CharField(_("by"), max_length=80)

    objects = ScopedQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["report", "key"],
                name="situation_statement_once",
                violation_error_message=_("This figure is stated already: change it there."),
            ),
            models.CheckConstraint(
                condition=~Q(source=""),
                name="situation_statement_has_source",
                violation_error_message=_("Say who states this figure."),
            ),
        ]


class SituationOverride(models.Model):
    """A check that fails and is let pass, with the reason that the report prints."""

    scope_lookups = {"district": "report__district_id", "street": "report__street_id"}

    report = models.ForeignKey(SituationReport, models.PROTECT, related_name="overrides")
    check_code = models.CharField(_("check"), max_length=40)
    reason = models.CharField(_("reason"), max_length=300)
    at = models.DateTimeField(_("at"))
    by = models.CharField(_("by"), max_length=80)

    objects = ScopedQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["report", "check_code"],
                name="situation_override_once",
                violation_error_message=_("This check was let pass already."),
            ),
            models.CheckConstraint(
                condition=~Q(reason=""),
                name="situation_override_has_reason",
                violation_error_message=_("Say why the report may go out all the same."),
            ),
        ]


class SituationStep(models.Model):
    """What was done to a report, and by whom. Append-only; edits keep the words before."""

    class Act(models.TextChoices):
        OPENED = "opened", _("opened")
        FROZEN = "frozen", _("figures fixed")
        EDITED = "edited", _("words edited")
        STATED = "stated", _("figure stated")
        OVERRODE = "overrode", _("check let pass")
        SUBMITTED = "submitted", _("submitted")
        RETURNED = "returned", _("returned")
        ISSUED = "issued", _("issued")
        WITHDRAWN = "withdrawn", _("withdrawn")

    report = models.ForeignKey(SituationReport, models.PROTECT, related_name="steps")
    act = models.CharField(_("act"), max_length=9, choices=Act.choices)
    what = models.CharField(_("what"), max_length=40, blank=True, default="")
    before = models.TextField(_("before"), blank=True, default="")
    comment = models.CharField(_("comment"), max_length=500, blank=True, default="")
    at = models.DateTimeField(_("at"))
    by = models.CharField(_("by"), max_length=80)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=~Q(act="returned") | ~Q(comment=""),
                name="situation_step_return_has_comment",
                violation_error_message=_("Say what has to be mended."),
            )
        ]


class SituationFile(models.Model):
    """An issued report in one form and language, made once; sent again it is these very bytes."""

    class Kind(models.TextChoices):
        PDF = "pdf", _("PDF, A4")
        XLSX = "xlsx", _("XLSX workbook")
        PNG = "png", _("picture for phones")
        CHAT = "chat", _("chat text")

    scope_lookups = {"district": "report__district_id", "street": "report__street_id"}

    report = models.ForeignKey(SituationReport, models.PROTECT, related_name="files")
    kind = models.CharField(_("kind"), max_length=4, choices=Kind.choices)
    language = models.CharField(_("language"), max_length=2)
    name = models.CharField(_("file name"), max_length=120)
    content = models.BinaryField()
    content_type = models.CharField(max_length=80)
    sha256 = models.CharField(max_length=64)
    made_at = models.DateTimeField(_("made at"))

    objects = ScopedQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["report", "kind", "language"], name="situation_file_once"
            )
        ]
