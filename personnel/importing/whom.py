"""People that a sheet names by the number of their document."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from core.crypto import blind_index
from core.imports.kinds import Place
from core.inputs import DOCUMENT_TYPES, NO_DOCUMENT, Refused, clean_code, id_document
from personnel.models import StaffMember

NUMBER_WORDS = (
    "身份证号",
    "身份证",
    "身份证号码",
    "证件号",
    "证件号码",
    "证件号/身份证号",
    "id number",
)


def read_number(text: str) -> str:
    """A document number as it is written; which document it is follows from who has it."""
    return clean_code(text, max_length=24).upper()


class Listed:
    """The people of a place who are named in a sheet, found by exact keys in one statement."""

    def __init__(self, place: Place, numbers: Iterable[str]) -> None:
        self._keys = {number: _keys(place.district_id, number) for number in set(numbers)}
        wanted = {key for keys in self._keys.values() for key in keys}
        people = StaffMember.objects.serving().filter(
            district_id=place.district_id, person_key__in=wanted
        )
        if place.street_id is not None:
            people = people.filter(street_id=place.street_id)
        self._people = {member.person_key: member for member in people}

    def find(self, number: str) -> StaffMember:
        """The person of this number. Raises Refused for whoever is not on the list here."""
        for key in self._keys[number]:
            if key in self._people:
                return self._people[key]
        raise Refused(
            "staff_unknown", _("Nobody of your area's list of people has this document number.")
        )


def _keys(district_id: int, number: str) -> list[UUID]:
    keys = []
    for kind in DOCUMENT_TYPES:
        if kind == NO_DOCUMENT:
            continue
        try:
            keys.append(blind_index(district_id, kind, id_document(kind, number)))
        except Refused:
            continue
    return keys
