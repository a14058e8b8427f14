"""Where the communities of a district stand on its schematic map."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from core.scope import ScopedQuerySet


class MapCell(models.Model):
    """The hex of one community: column `q` and row `r`, odd rows half a hex to the right.

    Schematic only: no boundary and no place on earth is stored.
    """

    scope_lookups = {
        "district": "district_id",
        "street": "division__street_id",
        "community": "division_id",
    }

    division = models.OneToOneField(
        "campaigns.Division", models.CASCADE, related_name="map_cell", primary_key=True
    )
    district_id = models.IntegerField()
    q = models.SmallIntegerField(_("column"))
    r = models.SmallIntegerField(_("row"))

    objects = ScopedQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["district_id", "q", "r"],
                name="map_cell_one_per_hex",
                deferrable=models.Deferrable.DEFERRED,
                violation_error_message=_("Two communities cannot stand on one hex."),
            ),
            models.CheckConstraint(
                condition=Q(q__range=(-2000, 2000), r__range=(-2000, 2000)),
                name="map_cell_within_reach",
                violation_error_message=_("This hex is too far away."),
            ),
        ]
