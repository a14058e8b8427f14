"""Matters (一事一报): one report per matter, at once, numbered, every step kept (S075, S076)."""

from __future__ import annotations

from django.db import models
from django.db.models import Case, Q, Value, When
from django.utils.translation import gettext_lazy as _

from core.scope import ScopedQuerySet


class Kind(models.TextChoices):
    STAFF = "staff", _("staffing")
    SUPPLIES = "supplies", _("supplies")
    EQUIPMENT = "equipment", _("equipment or network")
    CROWDING = "crowding", _("crowding or safety")
    POSITIVE = "positive", _("positive or medical")
    OPINION = "opinion", _("public opinion")
    WEATHER = "weather", _("weather")
    OTHER = "other", _("other")


class Urgency(models.TextChoices):
    URGENT = "urgent", _("urgent")
    SERIOUS = "serious", _("serious")
    ORDINARY = "ordinary", _("ordinary")


class MatterState(models.TextChoices):
    RAISED = "raised", _("not taken up")
    TAKEN = "taken", _("taken up")
    DONE = "done", _("settled")
    DECLINED = "declined", _("declined")


OPEN_STATES = [MatterState.RAISED.value, MatterState.TAKEN.value]


class MatterQuerySet(ScopedQuerySet["Matter"]):
    def open(self) -> MatterQuerySet:
        return self.filter(state__in=OPEN_STATES)

    def closed(self) -> MatterQuerySet:
        return self.exclude(state__in=OPEN_STATES)

    def most_pressing_first(self) -> MatterQuerySet:
        """Urgent before serious before ordinary, then whatever waits longest."""
        ranks = [When(urgency=value, then=Value(i)) for i, value in enumerate(Urgency.values)]
        return self.order_by(
            Case(*ranks, default=Value(9)),
            Case(When(state=MatterState.RAISED, then=Value(0)), default=Value(1)),
            "state_at",
            "pk",
        )


class Matter(models.Model):
    """One matter, reported once and at once; later news of it are steps, not new matters.

    `number` counts from 1 without gaps within a district and a local year. Only `state`,
    `state_at` and `holder` ever change, each together with a `MatterStep`; a trigger keeps the
    rest as it was reported.
    """

    scope_lookups = {"district": "district_id", "street": "street_id", "community": "community_id"}

    client_key = models.UUIDField(unique=True)
    district_id = models.IntegerField()
    street_id = models.IntegerField(null=True, blank=True)
    community = models.ForeignKey(
        "campaigns.Division", models.PROTECT, null=True, blank=True, related_name="+"
    )
    point = models.ForeignKey(
        "sites.SamplingPoint", models.PROTECT, null=True, blank=True, related_name="+"
    )
    year = models.PositiveSmallIntegerField(_("year"))
    number = models.PositiveIntegerField(_("number"))
    kind = models.CharField(_("kind"), max_length=12, choices=Kind.choices)
    urgency = models.CharField(_("urgency"), max_length=8, choices=Urgency.choices)
    what = models.CharField(_("what happened"), max_length=500)
    wanted = models.CharField(_("what is asked for"), max_length=300)
    # Two persons answer for an area (S076): the leader in charge first, the secretary directly.
    leader_name = models.CharField(_("first responsible"), max_length=40)
    leader_post = models.CharField(_("post of the first responsible"), max_length=40)
    direct_name = models.CharField(_("directly responsible"), max_length=40)
    direct_post = models.CharField(_("post of the directly responsible"), max_length=40)
    at = models.DateTimeField(_("raised at"))
    by = models.CharField(_("raised by"), max_length=80)
    state = models.CharField(
        _("state"), max_length=8, choices=MatterState.choices, default=MatterState.RAISED
    )
    state_at = models.DateTimeField(_("in this state since"))
    holder = models.CharField(_("taken up by"), max_length=80, blank=True, default="")

    objects = MatterQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["district_id", "year", "number"],
                name="matter_number_once",
                violation_error_message=_("This number is taken already; send again."),
            ),
            models.CheckConstraint(
                condition=Q(number__gte=1),
                name="matter_number_from_one",
                violation_error_message=_("Matters are numbered from 1."),
            ),
            models.CheckConstraint(
                condition=Q(state=MatterState.RAISED, holder="")
                | Q(state=MatterState.DECLINED)
                | (Q(state__in=["taken", "done"]) & ~Q(holder="")),
                name="matter_taken_by_someone",
                violation_error_message=_("A matter that is taken up names who took it up."),
            ),
            models.CheckConstraint(
                condition=~Q(what="") & ~Q(wanted=""),
                name="matter_says_what",
                violation_error_message=_("Say what happened and what is asked for."),
            ),
            models.CheckConstraint(
                condition=Q(community__isnull=True) | Q(street_id__isnull=False),
                name="matter_community_has_street",
                violation_error_message=_("A community lies in a street."),
            ),
        ]
        indexes = [
            models.Index(fields=["district_id", "state", "state_at"], name="matter_by_district"),
            models.Index(fields=["street_id", "state", "state_at"], name="matter_by_street"),
        ]

    def __str__(self) -> str:
        return self.label

    @property
    def label(self) -> str:
        """The number as people write it: 2021-0007."""
        return f"{self.year}-{self.number:04d}"


class MatterStep(models.Model):
    """What was done about a matter, by whom, when, in their words: append-only."""

    scope_lookups = {
        "district": "matter__district_id",
        "street": "matter__street_id",
        "community": "matter__community_id",
    }

    class Action(models.TextChoices):
        RAISE = "raise", _("reported")
        FOLLOW_UP = "follow_up", _("follow-up report")
        TAKE_UP = "take_up", _("taken up")
        FINISH = "finish", _("settled")
        DECLINE = "decline", _("declined")
        REOPEN = "reopen", _("opened again")

    client_key = models.UUIDField(unique=True)
    matter = models.ForeignKey(Matter, models.PROTECT, related_name="steps")
    action = models.CharField(_("step"), max_length=10, choices=Action.choices)
    words = models.CharField(_("words"), max_length=500, blank=True)
    at = models.DateTimeField(_("at"))
    by = models.CharField(_("by"), max_length=80)

    objects = ScopedQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(action__in=["raise", "take_up"]) | ~Q(words=""),
                name="matter_step_has_words",
                violation_error_message=_("This step needs a few words."),
            )
        ]
