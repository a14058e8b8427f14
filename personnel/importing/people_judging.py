"""Rows of people against the district's list: new, changed, the same, or refused with a reason."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from campaigns.models import Division
from core.crypto import attribute_print, blind_index
from core.imports.kinds import Place, Row
from core.imports.models import Verdict
from core.inputs import RESIDENT, Refused, id_document
from personnel.importing.words import Named, Words, named
from personnel.models import (
    DutyRole,
    Organisation,
    Secondment,
    SourceCategory,
    StaffMember,
    SupportTeam,
)
from personnel.services.staff import find_known

PLAIN = ("home_unit", "source", "team", "street")
MOBILE = 11
LEFT = "left_at"
"""Kept beside the columns of a row whose person had left the list: when that was."""


class Stored:
    """The people of some keys as the columns of a sheet would say them."""

    def __init__(self, place: Place, keys: Iterable[UUID]) -> None:
        self.known = find_known(place.district_id, list(keys))
        ids = [known.member_id for known in self.known.values()]
        people = StaffMember.objects.filter(pk__in=ids).defer("id_number")
        self.people = {one.pk: one for one in people.select_related("home_unit", "source", "team")}
        self.roles: dict[UUID, list[Named]] = defaultdict(list)
        pairs = StaffMember.roles.through.objects.filter(staffmember__in=ids)
        for member, code, name in pairs.order_by("dutyrole__code").values_list(
            "staffmember_id", "dutyrole__code", "dutyrole__name"
        ):
            self.roles[member].append({"code": code, "name": name})
        streets = Division.objects.streets().filter(district_id=place.district_id)
        self.streets = {one.pk: named(one) for one in streets}
        lent = Secondment.objects.filter(member__in=ids, closed_at__isnull=True)
        self.lent = set(lent.values_list("member_id", flat=True))

    def values(self, member: StaffMember) -> dict[str, Any]:
        """What a row would have to say to change nothing, but for name and telephone."""
        return {
            "home_unit": named(member.home_unit),
            "source": named(member.source),
            "team": named(member.team) if member.team else "",
            "street": self.streets.get(member.street_id or 0, ""),
            "roles": self.roles[member.pk],
        }


def person_key(row: Row, place: Place) -> UUID:
    """The blind index of a row whose document was found right."""
    kind = row.values.get("type", RESIDENT)
    return blind_index(place.district_id, kind, row.values["number"])


def judge_people(rows: Sequence[Row], place: Place) -> None:
    """Give each row that could be read its verdict; a fixed number of statements."""
    sound = [row for row in rows if not row.refused]
    lists = _Lists(place)
    for row in sound:
        _document(row)
        _remark_phone(row)
        lists.settle(row)
    sound = [row for row in sound if not row.refused]
    keys = {row.line: person_key(row, place) for row in sound}
    stored = Stored(place, keys.values())
    for row in sound:
        known = stored.known.get(keys[row.line])
        if known is None:
            row.verdict = Verdict.NEW
            continue
        member = stored.people.get(known.member_id)
        if member is None or (place.street_id and member.street_id != place.street_id):
            row.refuse(
                "staff_elsewhere",
                _("This person is on the district's list already and works elsewhere in it."),
                "number",
            )
            continue
        _compare(row, member, stored)


class _Lists:
    """The district's lists by their words."""

    def __init__(self, place: Place) -> None:
        mine: dict[str, Any] = {"district_id": place.district_id}
        self.place = place
        bodies = Organisation.objects.filter(**mine, closed_at__isnull=True)
        if place.street_id is not None:
            bodies = bodies.filter(Q(street_id__isnull=True) | Q(street_id=place.street_id))
        self.words: dict[str, Words[Any]] = {
            "home_unit": Words(
                bodies, "home_unit", _("No body of your lists is called so. Add it there first.")
            ),
            "source": Words(
                SourceCategory.objects.filter(**mine),
                "source", _("The district's list has no such category."),
            ),
            "team": Words(
                SupportTeam.objects.filter(**mine),
                "team", _("There is no such support team on the list."),
            ),
        }  # fmt: skip
        self.roles: Words[DutyRole] = Words(
            DutyRole.objects.filter(**mine), "role", _("The district's list has no such role.")
        )
        self.streets = _streets(place)

    def settle(self, row: Row) -> None:
        """Put the rows of the lists in the place of the words that name them."""
        values = row.values
        for column, words in self.words.items():
            if column in values:
                _put(row, column, lambda word, w=words: named(w.find(word)))
        if "roles" in values:
            _put(row, "roles", lambda said: [named(role) for role in self.roles.find_all(said)])
        if self.place.street_id is not None:
            values.pop("street", None)
        elif "street" in values:
            _put(row, "street", self._street)

    def _street(self, word: str) -> Named:
        found = self.streets.get(word.casefold())
        if found is None:
            raise Refused("street", _("There is no such street in the district."))
        return found


def _streets(place: Place) -> dict[str, Named]:
    found: dict[str, Named] = {}
    streets = Division.objects.streets().current().filter(district_id=place.district_id)
    for street in streets:
        for word in (street.code, street.name, *street.aliases):
            found[word.casefold()] = named(street)
    return found


def _put(row: Row, column: str, find: Any) -> None:
    try:
        row.values[column] = find(row.values[column])
    except Refused as refused:
        row.refuse(refused.code, refused.message, column, **refused.params)


def _document(row: Row) -> None:
    try:
        row.values["number"] = id_document(row.values.get("type", RESIDENT), row.values["number"])
    except Refused as refused:
        row.refuse(refused.code, refused.message, "number", **refused.params)


def _remark_phone(row: Row) -> None:
    """A landline is accepted; a mobile number that lacks a digit looks just like one."""
    said = row.values.get("phone", "")
    if said and len(said) != MOBILE:
        row.remark("phone_confirm", _("This is not a mobile number of 11 digits."), "phone")


def _compare(row: Row, member: StaffMember, stored: Stored) -> None:
    now = stored.values(member)
    if member.pk in stored.lent and "street" in row.values:
        # Where a lent person works is the lending's to say, not a sheet's.
        del row.values["street"]
        row.remark("staff_lent", _("Lent to a street: where they work is left as it is."), "street")
    row.before = {
        name: old for name, old in now.items() if name in row.values and row.values[name] != old
    }
    for name in ("name", "phone"):
        if name in row.values and differs(member, name, row.values[name]):
            row.before[name] = getattr(member, name)
    if member.left_at is not None:
        row.before[LEFT] = member.left_at.isoformat()
        row.remark("staff_back", _("Had left the list and comes back."), "number")
    row.verdict = Verdict.CHANGED if row.before else Verdict.SAME


def differs(member: StaffMember, attribute: str, value: str) -> bool:
    """Whether a name or telephone is another than the stored one."""
    seen = attribute_print(member.person_key, attribute, value)
    return bool(seen != getattr(member, f"{attribute}_print"))


def codes(values: Mapping[str, Any]) -> dict[str, Any]:
    """The codes that a row's values name, by column; "" says none."""
    found: dict[str, Any] = {
        name: values[name]["code"] if values[name] else "" for name in PLAIN if name in values
    }
    if "roles" in values:
        found["roles"] = [role["code"] for role in values["roles"]]
    return found
