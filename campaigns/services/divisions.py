"""The tree of divisions: begun, changed, replaced; a code is never reused while it is current."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from campaigns.models import Division
from campaigns.models.divisions import Level
from campaigns.services.groups import add_usual_groups
from core import audit
from core.inputs import Conflict, Refused
from core.scope import Scope

ORDER = list(Level.values)


@transaction.atomic
def create_district(
    *, code: str, name: str, name_en: str = "", day: date, by: str, at: datetime
) -> Division:
    """Begin a district, with the usual population groups. Raises Conflict if the code is taken."""
    if Division.objects.current().filter(code=code).exists():
        raise Conflict("division_exists", _("A division with this code already exists."))
    district = Division.objects.create(
        code=code, name=name, name_en=name_en, level=Level.DISTRICT, kind="district", valid_from=day
    )
    district.district_id = district.pk
    district.save(update_fields=["district_id"])
    add_usual_groups(district=district, by=by, at=at)
    _trail(district, "division.add", by, at, level=district.level)
    return district


def own_ids(division: Division) -> None:
    """Set the ids of the node and its ancestors from its parent; the node must be stored."""
    parent = division.parent
    division.district_id = parent.district_id if parent else division.pk
    division.street_id = parent.street_id if parent else None
    division.community_id = parent.community_id if parent else None
    if division.level in (Level.STREET, Level.COMMUNITY):
        setattr(division, f"{division.level}_id", division.pk)


@transaction.atomic
def add_division(
    *, parent: Division, level: str, code: str, name: str, day: date, by: str, at: datetime,
    **rest: Any,
) -> Division:  # fmt: skip
    """Add a division below `parent`. Raises Refused if the levels do not nest."""
    check_nesting(parent.level, level)
    division = Division(parent=parent, level=level, code=code, name=name, valid_from=day, **rest)
    _save_new(division)
    _trail(division, "division.add", by, at, level=level)
    return division


def _save_new(division: Division) -> None:
    if Division.objects.current().filter(code=division.code).exists():
        raise Conflict("division_exists", _("A division with this code already exists."))
    division.save()
    own_ids(division)
    division.save(update_fields=["district_id", "street_id", "community_id"])


def check_nesting(above: str, below: str) -> None:
    """A street lies in a district, a community in a street; smaller ones below a community."""
    fits = ORDER.index(below) > ORDER.index(above)
    if below in (Level.STREET, Level.COMMUNITY):
        fits = ORDER.index(below) == ORDER.index(above) + 1
    elif fits:
        fits = ORDER.index(above) >= ORDER.index(Level.COMMUNITY)
    if not fits:
        raise Refused(
            "division_nesting",
            _("A %(below)s cannot lie directly in a %(above)s."),
            below=Level(below).label,
            above=Level(above).label,
        )


@transaction.atomic
def change_division(
    *, division_id: int, changes: dict[str, Any], scope: Scope, by: str, at: datetime
) -> Division:
    """Change names, population or other attributes; what does not differ is not written."""
    division = _locked(division_id, scope)
    before = {field: getattr(division, field) for field in changes}
    for field, value in changes.items():
        setattr(division, field, value)
    told = audit.changes(before, changes)
    if told:
        division.save(update_fields=list(told))
        _trail(division, "division.change", by, at, fields=sorted(told))
    return division


@transaction.atomic
def replace_division(
    *, division_id: int, code: str, name: str, kind: str, day: date, scope: Scope, by: str,
    at: datetime,
) -> Division:  # fmt: skip
    """End a division on `day` and let a successor of another code or name take its place.

    Its children, residents and coming rounds go to the successor by reading `successor`; what was
    counted stays with the old row. Only a division without current children can be replaced, so
    that no child is left under an ended parent.
    """
    old = _locked(division_id, scope)
    if old.level == Level.DISTRICT:
        raise Refused("division_is_district", _("A district is not replaced here."))
    if old.valid_to is not None:
        raise Conflict("division_ended", _("This division was already replaced."))
    if old.children.current().exists() or old.residents.exists():
        raise Conflict(
            "division_in_use",
            _("Move its divisions and residents first: import them under the new code."),
        )
    if day <= old.valid_from:
        raise Refused("division_day", _("The change must lie after the day the division began."))
    old.valid_to = day
    old.save(update_fields=["valid_to"])
    new = Division(
        parent=old.parent, level=old.level, code=code, name=name, kind=kind or old.kind,
        population=old.population, population_is_estimate=old.population_is_estimate,
        valid_from=day,
    )  # fmt: skip
    _save_new(new)
    old.successor = new
    old.save(update_fields=["successor"])
    _trail(old, "division.replace", by, at, successor=new.pk)
    return new


def _locked(division_id: int, scope: Scope) -> Division:
    found = Division.objects.within(scope).select_for_update(no_key=True).filter(pk=division_id)
    division = found.first()
    if division is None:
        raise Refused("division_unknown", _("There is no such division in your area."))
    return division


def _trail(division: Division, act: str, by: str, at: datetime, **summary: Any) -> None:
    audit.record(
        by=by,
        at=at,
        act=act,
        object_type="division",
        object_id=str(division.pk),
        district_id=division.district_id,
        street_id=division.street_id,
        **summary,
    )
