"""How many of which role a point needs: by the district's norms, or as the team of 36."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext_lazy as _

from core.inputs import Refused
from personnel.models import DutyRole, StaffingNorm

MEDICAL_OF_TEAM, SUPPORT_OF_TEAM, SHIFTS_OF_TEAM = 12, 24, 2
"""The published team of a point: 12 medical and 24 support staff, in two shifts."""


@dataclass(frozen=True)
class Need:
    """So many of a role at one place at a time, and what that was reckoned from."""

    role_id: int
    people: int
    basis: str


@dataclass(frozen=True)
class Norms:
    """A district's staffing norms by role code, with the roles they name."""

    roles: dict[str, DutyRole]
    per_unit: dict[str, Decimal]
    per_point: dict[str, Decimal]

    @classmethod
    def of(cls, district_id: int) -> Norms:
        roles = {role.code: role for role in DutyRole.objects.filter(district_id=district_id)}
        codes = {role.pk: code for code, role in roles.items()}
        per: dict[str, dict[str, Decimal]] = {"unit": {}, "point": {}}
        for norm in StaffingNorm.objects.filter(district_id=district_id):
            per[norm.per][codes[norm.role_id]] = norm.people
        return cls(roles, per["unit"], per["point"])


def by_norms(norms: Norms, units: int) -> list[Need]:
    """The norms for each unit and for the point; parts of a person are whole people."""
    people = {code: norms.per_unit.get(code, Decimal()) * units for code in norms.per_unit}
    for code, count in norms.per_point.items():
        people[code] = people.get(code, Decimal()) + count
    return _needs(norms, people, f"norms;units={units}")


def team_of_36(norms: Norms, units: int) -> list[Need]:
    """One shift of the published team: 6 medical and 12 support staff, whatever the units.

    Registrars follow the samplers in the ratio of the norms, what is once at a point stays once,
    and ushers are the rest.
    """
    samplers = MEDICAL_OF_TEAM // SHIFTS_OF_TEAM
    support = SUPPORT_OF_TEAM // SHIFTS_OF_TEAM
    ratio = norms.per_unit.get("registrar", Decimal(1)) / norms.per_unit.get("sampler", Decimal(1))
    once = {code: count for code, count in norms.per_point.items() if code != "usher"}
    registrars = min(math.ceil(samplers * ratio), support)
    ushers = support - registrars - sum(math.ceil(count) for count in once.values())
    people = {"sampler": Decimal(samplers), "registrar": Decimal(registrars), **once}
    people["usher"] = Decimal(max(ushers, 0))
    return _needs(norms, people, "team_of_36")


@dataclass(frozen=True)
class Template:
    """A way to reckon needs, its name, and how many shifts it cuts the hours into."""

    code: str
    title: Any
    reckon: Callable[[Norms, int], list[Need]]
    shifts: int


TEMPLATES = {
    each.code: each
    for each in (
        Template("norms", _("By the norms for units and point"), by_norms, 1),
        Template("team_of_36", _("Team of 36: 12 medical, 24 support, in two shifts"), team_of_36,
                 SHIFTS_OF_TEAM),
    )
}  # fmt: skip


def words_of_basis(basis: str) -> str:
    """What a need was reckoned from, in the reader's language; own words as they are."""
    if basis.startswith("norms;units="):
        words = _("norms for %(units)s units") % {"units": basis.partition("=")[2]}
        return str(words)
    template = TEMPLATES.get(basis)
    return str(template.title) if template else basis


def template_of(code: str) -> Template:
    """The template of this code. Raises Refused."""
    if code not in TEMPLATES:
        raise Refused("template_unknown", _("Choose a template.")).at("template")
    return TEMPLATES[code]


def _needs(norms: Norms, people: dict[str, Decimal], basis: str) -> list[Need]:
    ordered: Sequence[DutyRole] = sorted(norms.roles.values(), key=lambda role: role.position)
    return [
        Need(role.pk, math.ceil(people[role.code]), basis)
        for role in ordered
        if people.get(role.code, 0) > 0
    ]
