"""Rows of visits against the round's requests and the communities of the area."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from campaigns.models import Resident, Round
from core.crypto import blind_index
from core.imports.kinds import Place, Row
from core.imports.models import Verdict
from core.inputs import RESIDENT, Refused
from logistics.models import Visit, VisitState
from logistics.services.visit_requests import phone_print
from sites.importing.judging import Communities

OPEN_ROUNDS = [Round.State.READY, Round.State.RUNNING, Round.State.CLOSING]
_GONE = [VisitState.MERGED, VisitState.WITHDRAWN]


def person_key(place: Place, values: Mapping[str, Any]) -> UUID | None:
    """The key of whom a row names by a document, or None."""
    number = values.get("number")
    return blind_index(place.district_id, RESIDENT, number) if number else None


class Judgement:
    """Gives each row its verdict; a person who has a request in the round keeps that one."""

    def __init__(self, rows: Sequence[Row], place: Place) -> None:
        self.place = place
        self.rows = [row for row in rows if not row.refused]
        self.communities = Communities(place)
        self.keys = {row.line: person_key(place, row.values) for row in self.rows}
        standing = Visit.objects.filter(
            round_id=place.context["round"], district_id=place.district_id
        ).exclude(state__in=_GONE)
        wanted = {key for key in self.keys.values() if key is not None}
        found = standing.filter(person_key__in=wanted)
        self.asked = set(found.values_list("person_key", flat=True))
        phones = {
            phone_print(place.district_id, r.values["phone"])
            for r in self.rows
            if "phone" in r.values
        }
        alike = standing.filter(phone_print__in=phones)
        self.phones = set(alike.values_list("phone_print", flat=True))
        self.residents = residents_of(place, wanted)

    def run(self) -> None:
        refuse_closed(self.place)
        for row in self.rows:
            self._judge(row)

    def _judge(self, row: Row) -> None:
        key = self.keys[row.line]
        if key in self.asked:
            row.verdict = Verdict.SAME
            row.remark("visit_twice", _("A visit to this person is already asked for."), "number")
            return
        resident = self.residents.get(key) if key is not None else None
        if "name" not in row.values and resident is None:
            row.refuse("name_missing", _("Say whom the visit is for."), "name")
        self._home(row, resident)
        if row.refused:
            return
        row.verdict = Verdict.NEW
        if (
            "phone" in row.values
            and phone_print(self.place.district_id, row.values["phone"]) in self.phones
        ):
            row.remark(
                "visit_phone",
                _("A request with this telephone stands already: perhaps the same person."),
                "phone",
            )

    def _home(self, row: Row, resident: Resident | None) -> None:
        word = row.values.get("community")
        if isinstance(word, dict):
            return
        if word is None and resident is not None:
            home = resident.community
            row.values["community"] = {"code": home.code, "name": home.name}
            return
        try:
            if word is None:
                raise Refused("community_missing", _("Say in which community."))
            found = self.communities.find(word, row.values.get("street", ""))
        except Refused as refused:
            row.refuse(refused.code, refused.message, "community", **refused.params)
            return
        row.values["community"] = {"code": found.code, "name": found.name}


def residents_of(place: Place, keys: set[UUID]) -> dict[UUID, Resident]:
    """People of the register whom the rows name, within the place; one statement."""
    found = Resident.objects.filter(district_id=place.district_id, person_key__in=keys)
    if place.street_id is not None:
        found = found.filter(street_id=place.street_id)
    return {person.person_key: person for person in found.select_related("community")}


def refuse_closed(place: Place) -> None:
    """Raise Refused unless requests are still taken in the round."""
    known = Round.objects.filter(
        pk=place.context["round"],
        campaign__district_id=place.district_id,
        state__in=OPEN_ROUNDS,
    )
    if not known.exists():
        raise Refused("round_closed", _("This round is closed; no visit is asked for any more."))
