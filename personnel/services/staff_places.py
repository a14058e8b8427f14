"""Where a person belongs: street, home unit, category, team and roles, all of one district."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from campaigns.models import Division
from core.inputs import Refused
from core.scope import Scope
from personnel.models import DutyRole, Organisation, SourceCategory, SupportTeam


@dataclass(frozen=True)
class Details:
    """What is kept of a person besides the document.

    `street_id` is where the person works, None for the whole district.
    """

    name: str
    phone: str
    home_unit_id: int
    source_id: int
    street_id: int | None = None
    team_id: int | None = None
    role_ids: tuple[int, ...] = ()


@dataclass(frozen=True)
class Settled:
    """The rows that details name, known to be of one district and within the caller's area."""

    home_unit: Organisation
    source: SourceCategory
    team: SupportTeam | None
    roles: list[DutyRole]


def settle(details: Details, scope: Scope) -> Settled:
    """Look up what details name. Raises Refused, with the field as its path, for what is not there.

    A street keeps its own people: only the district has people without a street.
    """
    units = Organisation.objects.filter(pk=details.home_unit_id).filter(_units_of(scope))
    unit = units.first()
    if unit is None:
        raise Refused("home_unit", _("Choose a home unit of your district.")).at("home_unit")
    _check_street(details.street_id, unit.district_id, scope)
    district = {"district_id": unit.district_id}
    source = SourceCategory.objects.filter(**district, pk=details.source_id).first()
    if source is None:
        raise Refused("source", _("Choose a category of your district.")).at("source")
    team = None
    if details.team_id is not None:
        team = SupportTeam.objects.filter(**district, pk=details.team_id).first()
        if team is None:
            raise Refused("team", _("Choose a team of your district.")).at("team")
    roles = list(DutyRole.objects.filter(**district, pk__in=details.role_ids))
    if len(roles) != len(set(details.role_ids)):
        raise Refused("roles", _("Choose roles of your district.")).at("roles")
    return Settled(unit, source, team, roles)


def _units_of(scope: Scope) -> Q:
    """Bodies of one's district; of streets, one's own only."""
    if scope.everything:
        return Q()
    districts = Division.objects.filter(pk__in=sorted(scope.streets)).values("district_id")
    return Q(district_id__in=sorted(scope.districts)) | Q(
        Q(street_id__isnull=True) | Q(street_id__in=sorted(scope.streets)),
        district_id__in=districts,
    )


def _check_street(street_id: int | None, district_id: int, scope: Scope) -> None:
    whole = scope.everything or district_id in scope.districts
    if street_id is None and whole:
        return
    streets = Division.objects.streets().current().filter(district_id=district_id)
    own = street_id is not None and (whole or street_id in scope.streets)
    if not own or not streets.filter(pk__in=[street_id]).exists():
        raise Refused("street", _("Choose a street of your area.")).at("street")
