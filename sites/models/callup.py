"""The call-up of buildings: which comes next, who was told and how, who is done (S044, S045)."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from core.scope import ScopedQuerySet
from sites.models.points import SamplingPoint


class BuildingCall(models.Model):
    """One building's place in the queue of a point, with its slot, and when it was called and done.

    The building is named as the register names it, within its community.
    """

    scope_lookups = {
        "district": "point__district_id",
        "street": "point__street_id",
        "community": "community_id",
    }

    point = models.ForeignKey(SamplingPoint, models.PROTECT, related_name="calls")
    round = models.ForeignKey("campaigns.Round", models.PROTECT, related_name="+")
    community = models.ForeignKey("campaigns.Division", models.PROTECT, related_name="+")
    building = models.CharField(_("building"), max_length=60)
    position = models.PositiveIntegerField(_("order"))
    residents = models.PositiveIntegerField(_("residents"))
    slot_from = models.DateTimeField(_("slot from"), null=True, blank=True)
    slot_to = models.DateTimeField(_("slot to"), null=True, blank=True)
    called_at = models.DateTimeField(_("called at"), null=True, blank=True)
    done_at = models.DateTimeField(_("done at"), null=True, blank=True)

    objects = ScopedQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["round", "community", "building"],
                name="building_call_once",
                violation_error_message=_("This building already waits in a queue of the round."),
            ),
            models.UniqueConstraint(
                fields=["point", "position"],
                name="building_call_position_once",
                deferrable=models.Deferrable.DEFERRED,
                violation_error_message=_("Two buildings cannot have the same place."),
            ),
            models.CheckConstraint(
                condition=Q(done_at__isnull=True)
                | Q(called_at__isnull=False, done_at__gte=F("called_at")),
                name="building_call_done_after_called",
                violation_error_message=_("A building is called before it is done."),
            ),
            models.CheckConstraint(
                condition=Q(slot_from__isnull=True, slot_to__isnull=True)
                | Q(slot_to__gt=F("slot_from")),
                name="building_call_slot_in_order",
                violation_error_message=_("A slot ends after it begins."),
            ),
        ]


class BuildingNotice(models.Model):
    """One of the three notices a building gets: group message, loudspeaker, door (S045)."""

    scope_lookups = {
        "district": "call__point__district_id",
        "street": "call__point__street_id",
        "community": "call__community_id",
    }

    class Kind(models.TextChoices):
        GROUP_MESSAGE = "message", _("group message")
        LOUDSPEAKER = "loudspeaker", _("loudspeaker")
        DOOR = "door", _("knock at the door")

    call = models.ForeignKey(BuildingCall, models.CASCADE, related_name="notices")
    kind = models.CharField(_("kind"), max_length=12, choices=Kind.choices)
    at = models.DateTimeField(_("at"))
    by = models.CharField(_("by"), max_length=80)

    objects = ScopedQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["call", "kind"],
                name="building_notice_once",
                violation_error_message=_("This notice was already given."),
            )
        ]
