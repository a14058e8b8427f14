"""People from an import are written in few statements, and taken back."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from campaigns.models import Division
from core.imports.bulk import delete_rows, insert_rows, rests_on, update_rows
from core.imports.kinds import Place, Reason, Row, UndoRefused
from core.imports.meanwhile import EditedMeanwhile
from core.imports.models import Verdict
from core.inputs import RESIDENT
from personnel.importing.people_judging import LEFT, Stored, codes, differs, person_key
from personnel.models import (
    DutyRole,
    Organisation,
    SourceCategory,
    StaffMember,
    SupportTeam,
)
from personnel.services.staff import set_identity

HAS_ROLE = StaffMember.roles.through
FIELDS = [
    "name", "name_mask", "name_print", "phone", "phone_mask", "phone_print", "home_unit", "source",
    "team", "street_id", "left_at",
]  # fmt: skip
_USED = Reason("undo_used", _("Something else refers to it already."))
_CHANGED = Reason("undo_changed", _("It was changed again since."))
_GONE = Reason("undo_gone", _("It was ended since."))


class _Ids:
    """Rows of the district's lists by code."""

    def __init__(self, place: Place) -> None:
        mine: dict[str, Any] = {"district_id": place.district_id}
        models: dict[str, Any] = {
            "home_unit": Organisation, "source": SourceCategory, "team": SupportTeam,
            "roles": DutyRole,
        }  # fmt: skip
        self.by_code = {
            name: dict(model.objects.filter(**mine).values_list("code", "pk"))
            for name, model in models.items()
        }
        # A code that was used before names the current one, which has no end and so comes last.
        streets = Division.objects.streets().filter(**mine).order_by("valid_to")
        self.by_code["street"] = dict(streets.values_list("code", "pk"))

    def take(self, member: StaffMember, values: Mapping[str, Any]) -> None:
        """Set what the values say, and leave the rest."""
        fields = {"home_unit": "home_unit_id", "source": "source_id", "team": "team_id",
                  "street": "street_id"}  # fmt: skip
        for name, code in codes(values).items():
            if name in fields:
                found = self.by_code[name][code] if code else None
                setattr(member, fields[name], found)

    def roles(self, member_id: UUID, values: Mapping[str, Any]) -> list[Any]:
        """The rows that give a person these roles."""
        return [
            HAS_ROLE(staffmember_id=member_id, dutyrole_id=self.by_code["roles"][code])
            for code in codes(values).get("roles", ())
        ]


def write_people(rows: Sequence[Row], place: Place, *, at: datetime) -> None:
    """New people, and what differs of known ones.

    Raises EditedMeanwhile if somebody changed a person since the row was judged.
    """
    new = [row for row in rows if row.verdict == Verdict.NEW]
    changed = [row for row in rows if row.verdict == Verdict.CHANGED]
    ids = _Ids(place)
    made, roles = [], []
    for row in new:
        member = _new(row, place, at)
        ids.take(member, row.values)
        made.append(member)
        roles += ids.roles(member.pk, row.values)
        row.target = str(member.pk)
    insert_rows(made)
    insert_rows(roles)
    stored = _locked(changed, place)
    for row in changed:
        person = _of(row, stored, place)
        if person is None or not _as_seen(person, row, stored):
            raise EditedMeanwhile(row.label)
        row.target = str(person.pk)
    _change([(row, row.values) for row in changed], stored, ids, None)


def take_back_people(rows: Sequence[Row], place: Place) -> None:
    """Raises UndoRefused if anything rests on a new person, or somebody was changed since."""
    new = [row for row in rows if row.verdict == Verdict.NEW]
    changed = [row for row in rows if row.verdict == Verdict.CHANGED]
    stored = _locked([*new, *changed], place)
    made = {UUID(row.target): row for row in new}
    used = rests_on(StaffMember, made, ignore=[HAS_ROLE])
    blocked = [(made[pk].line, made[pk].label, _USED) for pk in sorted(used)]
    for row in (row for row in [*new, *changed] if UUID(row.target) not in used):
        member = stored.people.get(UUID(row.target))
        if member is None:
            blocked.append((row.line, row.label, _GONE))
        elif not _as_written(member, row, stored):
            blocked.append((row.line, row.label, _CHANGED))
    if blocked:
        raise UndoRefused(sorted(blocked, key=lambda one: one[0]))
    HAS_ROLE.objects.filter(staffmember__in=list(made)).delete()
    delete_rows(StaffMember, made)
    ids = _Ids(place)
    _change([(row, row.before) for row in changed], stored, ids, LEFT)


def _new(row: Row, place: Place, at: datetime) -> StaffMember:
    number = row.values["number"]
    member = StaffMember(
        id=uuid.uuid4(),
        person_key=person_key(row, place),
        district_id=place.district_id,
        street_id=place.street_id,
        id_type=row.values.get("type", RESIDENT),
        id_number=number,
        id_last4=number[-4:],
        added_at=at,
    )
    set_identity(member, name=row.values["name"], phone=row.values.get("phone", ""))
    return member


def _locked(rows: Sequence[Row], place: Place) -> Stored:
    """Who changes one of these people on a page now comes before us and is read, or after us."""
    keys = [person_key(row, place) for row in rows]
    people = StaffMember.objects.filter(district_id=place.district_id, person_key__in=keys)
    list(people.order_by("pk").select_for_update(no_key=True).values_list("pk"))
    return Stored(place, keys)


def _of(row: Row, stored: Stored, place: Place) -> StaffMember | None:
    known = stored.known.get(person_key(row, place))
    return stored.people.get(known.member_id) if known else None


def _as_seen(member: StaffMember, row: Row, stored: Stored) -> bool:
    """Whether the person still is what the row was compared with."""
    seen = row.values | row.before
    now = stored.values(member)
    plain = all(seen[name] == now[name] for name in now if name in seen)
    left = member.left_at.isoformat() if member.left_at else None
    return plain and _identity_is(member, seen) and left == row.before.get(LEFT)


def _as_written(member: StaffMember, row: Row, stored: Stored) -> bool:
    """Whether the person still is what the import made of them."""
    written: dict[str, Any] = {"team": "", "roles": []} | row.values
    if row.verdict == Verdict.CHANGED:
        written = {name: row.values[name] for name in row.before if name in row.values}
    now = stored.values(member)
    plain = all(written[name] == now[name] for name in now if name in written)
    return plain and _identity_is(member, written) and member.left_at is None


def _identity_is(member: StaffMember, seen: Mapping[str, Any]) -> bool:
    return not any(name in seen and differs(member, name, seen[name]) for name in ("name", "phone"))


def _change(
    pairs: Sequence[tuple[Row, Mapping[str, Any]]], stored: Stored, ids: _Ids, left: str | None
) -> None:
    """Write these values; `left` names the value that puts somebody back among those who left."""
    touched, roles, given = [], [], []
    for row, values in pairs:
        member = stored.people[UUID(row.target)]
        ids.take(member, values)
        set_identity(
            member,
            name=values.get("name", member.name),
            phone=values.get("phone", member.phone),
        )
        member.left_at = datetime.fromisoformat(values[left]) if left and left in values else None
        touched.append(member)
        if "roles" in values:
            roles += ids.roles(member.pk, values)
            given.append(member.pk)
    update_rows(touched, FIELDS)
    HAS_ROLE.objects.filter(staffmember__in=given).delete()
    insert_rows(roles)
