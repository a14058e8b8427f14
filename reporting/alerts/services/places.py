"""Where something is: the division that a form names, within the area of whoever sends it."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

from campaigns.models import Division
from core.inputs import Refused
from core.scope import Scope


class Unknown(Refused):
    """The thing named by the address does not exist in the caller's area (HTTP 404)."""

    status = 404


@dataclass(frozen=True)
class Place:
    """A district, a street or a community, with the ids of what it lies in."""

    district_id: int
    street_id: int | None = None
    community_id: int | None = None

    @classmethod
    def of(cls, division: Division) -> Place:
        """The place of a division; one below a community stands for its community."""
        return cls(division.district_id or division.pk, division.street_id, division.community_id)

    @property
    def division_id(self) -> int:
        """The narrowest of the three."""
        return self.community_id or self.street_id or self.district_id


def place_of(division_id: int | None, scope: Scope) -> Place:
    """The district, street or community named, or the only place that the caller has.

    Raises Refused where it is not given and not clear, or lies outside the caller's area.
    """
    if division_id is None:
        own = sorted(scope.districts or scope.streets or scope.communities)
        if len(own) != 1:
            raise Refused("place_missing", _("Choose the place.")).at("place")
        division_id = own[0]
    found = Division.objects.within(scope).filter(pk=division_id).first()
    if found is None or found.level not in ("district", "street", "community"):
        raise Refused("place_unknown", _("This place is not in your area.")).at("place")
    return Place.of(found)
