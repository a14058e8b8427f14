"""Conflicts in words for the list: who says what, and what each choice does to the figures."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from campaigns.models import Division, Resident
from core.scope import Scope
from sites.models import Conflict, SamplingUnit
from sites.models.coverage import Standing
from sites.services.conflicts import Account, Case, Choice, Effect, Facts, case_of, gather, label_of

SAID: dict[str, str | Promise] = {
    "tube": _("opened the tube"),
    "swab": _("swabbed the person"),
    "scans": _("scanned"),
    "tally": _("counted on paper"),
    "open": _("opened the tube code"),
    "add": _("scanned the person"),
    "move": _("wanted to move the person"),
    "void": _("wanted to void"),
    "seal": _("sealed the tube"),
}


@dataclass(frozen=True, slots=True)
class Side:
    """One account in words."""

    said: str | Promise
    at: datetime
    unit: str
    tube: str
    person: str
    people: int | None
    void: bool


@dataclass(frozen=True, slots=True)
class Offer:
    """One choice with its effect in words; `value` is what the form sends."""

    value: str
    code: str
    label: str | Promise
    effect: list[tuple[str, int]]
    needs_tube: bool
    needs_note: bool


def cases(conflicts: Sequence[Conflict], *, scope: Scope) -> list[dict[str, Any]]:
    """The rows of the list, in the order of the conflicts; a constant number of queries."""
    facts = gather(conflicts, scope=scope)
    found = [case_of(conflict, facts) for conflict in conflicts]
    accounts = [side for case in found for side in (case.first, case.second) if side]
    units = _units({side.unit_id for side in accounts} | {c.unit_id for c in conflicts}, scope)
    streets = Division.objects.in_bulk({conflict.street_id for conflict in conflicts})
    people = _people({side.person_key for side in accounts if side.person_key}, scope)
    return [
        {
            "conflict": case.conflict,
            "what": _what(case, facts),
            "street": streets.get(case.conflict.street_id),
            "unit": units.get(case.conflict.unit_id, ""),
            "sides": [
                _side(side, case, facts, units, people)
                for side in (case.first, case.second)
                if side is not None
            ],
            "offers": [_offer(case.conflict, choice) for choice in case.choices],
            "decided": _decided(case.conflict),
            "asks_tube": any(choice.needs_tube for choice in case.choices),
        }
        for case in found
    ]


def _units(ids: set[int], scope: Scope) -> dict[int, str]:
    units = SamplingUnit.objects.within(scope).filter(pk__in=ids).select_related("point")
    return {unit.pk: str(unit) for unit in units}


def _people(keys: set[UUID], scope: Scope) -> dict[UUID, str]:
    """Masks of residents in the caller's own area; nobody else's."""
    rows = Resident.objects.within(scope).filter(person_key__in=keys)
    return {
        key: f"{mask} {last4}"
        for key, mask, last4 in rows.values_list("person_key", "name_mask", "id_last4")
    }


def _side(
    side: Account, case: Case, facts: Facts, units: dict[int, str], people: dict[UUID, str]
) -> Side:
    person = ""
    if side.person_key is not None:
        standing = facts.standing.get((case.conflict.round_id, side.person_key))
        person = people.get(side.person_key) or (
            gettext("somebody off the register")
            if standing == Standing.OFF_REGISTER
            else gettext("somebody registered in another street")
        )
    return Side(
        said=SAID.get(side.kind, side.kind),
        at=side.at,
        unit=units.get(side.unit_id) or gettext("a unit of another street"),
        tube=side.tube,
        person=person,
        people=side.people,
        void=side.void,
    )


def _what(case: Case, facts: Facts) -> str:
    conflict = case.conflict
    tube = facts.tubes.get(conflict.event_id)
    if conflict.code == Conflict.Code.OVERFULL and tube is not None and case.first:
        return gettext("%(people)s people in a tube for %(size)s") % {
            "people": case.first.people,
            "size": tube.pool_size,
        }
    return conflict.get_code_display()


def _decided(conflict: Conflict) -> str:
    """What was decided: the choice in words, then the note."""
    code, bracket, note = conflict.decision.removeprefix("[").partition("]")
    if not conflict.decision.startswith("[") or not bracket:
        return conflict.decision
    words = str(label_of(conflict, code))
    return f"{words}: {note.strip()}" if note.strip() else words


def _offer(conflict: Conflict, choice: Choice) -> Offer:
    return Offer(
        value=f"{choice.code}|{choice.effect.signature}",
        code=choice.code,
        label=label_of(conflict, choice.code),
        effect=effect_words(choice.effect),
        needs_tube=choice.needs_tube,
        needs_note=choice.needs_note,
    )


def effect_words(effect: Effect) -> list[tuple[str, int]]:
    """(what, difference) of everything that changes; empty when the figures stay."""
    named = [
        (gettext("people sampled"), effect.persons),
        (gettext("others sampled"), effect.others),
        (gettext("swabs"), effect.swabs),
        (gettext("tubes"), effect.tubes),
        (gettext("swabs on paper"), effect.tallied),
    ]
    return [(word, difference) for word, difference in named if difference]
