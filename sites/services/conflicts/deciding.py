"""A decision does what was announced, through the same capture as a device's events."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID, uuid5

import msgspec
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from core import audit
from core.inputs import Conflict as Contradiction
from core.inputs import Refused, barcode
from core.locks import named_lock
from core.scope import Scope
from sites.models import Conflict, PendingEvent
from sites.services.capture import MAX_ITEMS, Origin, accept_batch
from sites.services.capture.items import Add, Open
from sites.services.conflicts.choices import Choice, case_of
from sites.services.conflicts.facts import Facts, gather

# Ids of the events a decision makes: the same decision twice makes the same events.
NAMESPACE = UUID("6f0a6c1e-52f1-4f0e-9a55-3a1f6f1d7c21")
BY_HAND = 0
"""Device of events that no device sent."""

Item = dict[str, Any]


class Unknown(Refused):
    """The thing named by the address does not exist in the caller's area (HTTP 404)."""

    status = 404


@transaction.atomic
def decide_conflict(
    *,
    conflict_id: int,
    decision: str,
    scope: Scope,
    by: str,
    at: datetime,
    choice: str = "keep",
    tube: str = "",
    announced: str = "",
) -> Conflict:
    """Settle a conflict, with words; a choice other than `keep` also does what it announced.

    `tube` is the code that some choices ask for. With `announced` (an Effect's signature) nothing
    happens if the effect has changed since it was shown. Deciding twice the same is harmless.
    Raises Refused.
    """
    conflict = Conflict.objects.within(scope).select_for_update().filter(pk=conflict_id).first()
    if conflict is None:
        raise Unknown("conflict_unknown", _("There is no such conflict in your area."))
    words = _words(choice, decision)
    if conflict.decided_at is not None:
        if conflict.decision == words:
            return conflict
        raise Contradiction(
            "conflict_decided",
            _("This conflict was decided already by somebody else; reload the list."),
        )
    _take_turns(conflict)
    facts = gather([conflict], scope=scope)
    chosen = _chosen(conflict, facts, choice, decision, announced)
    _apply(conflict, chosen, facts, decision, tube, by, at)
    conflict.decided_at, conflict.decided_by, conflict.decision = at, by, words
    conflict.save(update_fields=["decided_at", "decided_by", "decision"])
    audit.record(
        by=by,
        at=at,
        act="conflict.decide",
        object_type="conflict",
        object_id=str(conflict.pk),
        district_id=conflict.district_id,
        street_id=conflict.street_id,
        code=conflict.code,
        choice=choice,
        persons=chosen.effect.persons,
        swabs=chosen.effect.swabs,
        tubes=chosen.effect.tubes,
    )
    return conflict


def _take_turns(conflict: Conflict) -> None:
    """What is announced must still hold when it is done.

    Two conflicts may concern one person, and each choice may rest on the swab that the other one
    voids. A waiting event may be counted by the sweep while somebody counts it by hand.
    """
    named_lock(f"decide {conflict.round_id}")
    list(PendingEvent.objects.select_for_update().filter(pk=conflict.event_id))


def _words(choice: str, note: str) -> str:
    """What is kept of a decision: the note, after the choice where one was made."""
    if choice == "keep":
        return note
    return f"[{choice}] {note}".strip()[:200]


def _chosen(conflict: Conflict, facts: Facts, code: str, note: str, announced: str) -> Choice:
    chosen = case_of(conflict, facts).choice(code)
    if chosen is None or (announced and chosen.effect.signature != announced):
        raise Contradiction(
            "conflict_moved",
            _("What this choice does has changed meanwhile; look at it again, then decide."),
        )
    if chosen.needs_note and not note:
        raise Refused("decision_missing", _("Say in a few words why.")).at("decision")
    return chosen


def _apply(
    conflict: Conflict,
    chosen: Choice,
    facts: Facts,
    note: str,
    tube: str,
    by: str,
    at: datetime,
) -> None:
    items = _Events(conflict, chosen, note, at).items(facts, tube)
    origin = Origin(
        conflict.device_id if conflict.device_id is not None else BY_HAND,
        conflict.unit_id,
        conflict.street_id,
        conflict.district_id,
    )
    scope = Scope(districts=frozenset({conflict.district_id}), actor=by)
    for start in range(0, len(items), MAX_ITEMS):
        part = items[start : start + MAX_ITEMS]
        for verdict in accept_batch(origin=origin, scope=scope, items=part, by=by, at=at):
            if verdict.verdict not in ("created", "duplicate") or verdict.code == "tube_void":
                raise _refusal(verdict.verdict, verdict.code, verdict.message)
    if chosen.code in ("accept", "drop") and conflict.code == Conflict.Code.PENDING_TOO_LONG:
        PendingEvent.objects.filter(pk=conflict.event_id).delete()


def _refusal(verdict: str, code: str, message: object) -> Refused:
    """Why nothing was done, for whoever decided: the transaction is rolled back."""
    if verdict == "pending":
        refusal = Refused("tube_unknown", _("No tube of this code was opened in the round."))
    elif code == "tube_void":
        refusal = Refused("tube_void", _("The tube of this code was voided; name another one."))
    elif code == Conflict.Code.TUBE_CODE_USED:
        refusal = Refused("tube_used", _("This tube code is in use; give the new one."))
    elif verdict == "conflict":
        refusal = Refused("tube_wrong", _("This does not fit what is stored in that tube."))
    else:
        return Refused(code or "refused", message)
    return refusal.at("tube")


class _Events:
    """The events of one choice, as a device would send them."""

    def __init__(self, conflict: Conflict, chosen: Choice, note: str, at: datetime) -> None:
        self.conflict, self.chosen, self.at = conflict, chosen, at
        self.reason = note or f"conflict {conflict.pk}: {chosen.code}"

    def items(self, facts: Facts, tube: str) -> list[Item]:
        chosen = self.chosen
        code = barcode(tube) if chosen.needs_tube and tube else ""
        if chosen.needs_tube and not code:
            raise Refused("tube_missing", _("Give the code of the tube.")).at("tube")
        if chosen.void_tube:
            made = [self._item("void", "tube", tube=chosen.void_tube, reason=self.reason)]
        else:
            made = [self._void(swab_id) for swab_id in chosen.void]
        event = facts.events.get(self.conflict.pk)
        if chosen.code == "split" and isinstance(event, Open):
            made.append(self._again(event, code))
        made += [
            self._item("move", swab_id, swab=str(swab_id), tube=code, reason=self.reason)
            for swab_id in chosen.move
        ]
        if chosen.code == "accept" and isinstance(event, Add):
            if self._is_there(facts, code):
                raise Refused("person_in_tube", _("This person is in that tube already.")).at(
                    "tube"
                )
            made.append(self._again(event, code))
        return made

    def _is_there(self, facts: Facts, code: str) -> bool:
        """Whether the person was ever scanned into the tube: that is stored once."""
        person = facts.person_of.get(self.conflict.pk)
        if person is None:
            return False
        swabs = facts.of_person[self.conflict.round_id, person]
        codes = {tube.id: tube.code for tube in facts.tubes.values()}
        return any(codes.get(swab.tube_id) == code for swab in swabs)

    def _void(self, swab_id: UUID) -> Item:
        return self._item("void", swab_id, swab=str(swab_id), reason=self.reason)

    def _again(self, event: Open | Add, code: str) -> Item:
        """The event that was not stored, with its own time and people, in the named tube."""
        same: Item = msgspec.to_builtins(event)
        return same | {"id": self._id("again"), "tube": code}

    def _item(self, kind: str, name: object, **rest: Any) -> Item:
        return {
            "id": self._id(name),
            "kind": kind,
            "seq": 0,
            "at": self.at.isoformat(),
            "round": self.conflict.round_id,
            **rest,
        }

    def _id(self, name: object) -> str:
        return str(uuid5(NAMESPACE, f"{self.conflict.pk} {self.chosen.code} {name}"))
