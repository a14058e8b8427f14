"""What can be decided about a conflict, and what each choice does to the figures.

Pure functions over gathered facts: the page announces with them, and the decision does the same.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from sites.models import Conflict
from sites.models.coverage import Standing
from sites.services.capture.items import Add, AnyEvent, Move, Open
from sites.services.conflicts.facts import Facts, SwabFact, TubeFact

Code = Conflict.Code


@dataclass(frozen=True, slots=True)
class Effect:
    """Differences of the round's figures once the recount has run.

    `persons` in the target and `others` (exempt, elsewhere, off the register) in 人, `swabs` and
    `tallied` in 人次, `tubes` in 管. Nothing is counted that does not change.
    """

    persons: int = 0
    others: int = 0
    swabs: int = 0
    tubes: int = 0
    tallied: int = 0

    @property
    def nothing(self) -> bool:
        return self == Effect()

    @property
    def signature(self) -> str:
        """What the form sends back, so that nobody decides on figures that moved meanwhile."""
        return f"{self.persons},{self.others},{self.swabs},{self.tubes},{self.tallied}"


@dataclass(frozen=True, slots=True)
class Choice:
    """One way to decide. `void` are the swabs it voids (all of `void_tube`, where it has one)."""

    code: str
    effect: Effect = Effect()
    void: tuple[UUID, ...] = ()
    void_tube: str = ""
    move: tuple[UUID, ...] = ()
    needs_tube: bool = False
    needs_note: bool = False


@dataclass(frozen=True, slots=True)
class Account:
    """One of the two accounts: which unit, when, which tube, whom, how many people."""

    kind: str
    unit_id: int
    at: datetime
    tube: str = ""
    person_key: UUID | None = None
    people: int | None = None
    void: bool = False


@dataclass(frozen=True, slots=True)
class Case:
    """A conflict with both accounts and everything that can be decided."""

    conflict: Conflict
    first: Account | None
    second: Account | None
    choices: list[Choice]

    def choice(self, code: str) -> Choice | None:
        return next((choice for choice in self.choices if choice.code == code), None)


def case_of(conflict: Conflict, facts: Facts) -> Case:
    """The accounts and choices of one conflict; leaving things as they are is always one.

    What would change swabs of another street is left to somebody who sees both.
    """
    first, second, choices = CASES[Code(conflict.code)](conflict, facts)
    mine = [c for c in choices if facts.within((*c.void, *c.move), conflict.district_id)]
    return Case(conflict, first, second, [_keep(conflict), *mine])


Found = tuple[Account | None, Account | None, list[Choice]]

KEEP: dict[str, str | Promise] = {
    Code.ID_REUSED: _("Keep the first account; the second is not counted"),
    Code.TUBE_CODE_USED: _("It is one and the same tube, opened twice"),
    Code.TUBE_OTHER_ROUND: _("Leave it out of this round"),
    Code.ALREADY_IN_TUBE: _("Leave everything as it is"),
    Code.OTHER_UNIT: _("It is right: the tube was handed over"),
    Code.TALLY_AND_SCANS: _("Keep the scans; the paper is not counted"),
    Code.OVERFULL: _("It is right: so many people are in this tube"),
    Code.PENDING_TOO_LONG: _("Go on waiting for the tube"),
    Code.DUPLICATE_PERSON: _("Keep both: an allowed repeat"),
}
OTHERS: dict[str, str | Promise] = {
    "accept": _("Count this person in the tube with the code"),
    "split": _("Two tubes with one code: the second was given the new code"),
    "void_second": _("Void what the second device put into it; those people are sampled again"),
    "void_moved": _("It is the same sample: void the swab that was to be moved"),
    "void_unit": _("Void what the other unit put into it; those people are sampled again"),
    "keep_tally": _("Count the paper instead, and void the scans of this quarter hour"),
    "void_tube": _("Void the whole tube; everybody in it is sampled again"),
    "move": _("The last ones are in the tube with the code"),
    "drop": _("Leave it out for good; it is kept here and waits no longer"),
    "void_later": _("Void the second swab"),
    "void_earlier": _("Void the first swab; the second one counts"),
}


def label_of(conflict: Conflict, choice: str) -> str | Promise:
    """A choice in words; its code where nobody knows it any more."""
    return KEEP[Code(conflict.code)] if choice == "keep" else OTHERS.get(choice, choice)


def _keep(conflict: Conflict) -> Choice:
    return Choice("keep", needs_note=True)


def _voided(swabs: Iterable[SwabFact], facts: Facts) -> Effect:
    """What voiding these swabs does: a person stays covered by any other valid swab."""
    gone = {swab.id: swab for swab in swabs if swab.valid}
    persons = others = 0
    for round_id, person in {(swab.round_id, swab.person_key) for swab in gone.values()}:
        left = [s for s in facts.of_person[round_id, person] if s.valid and s.id not in gone]
        if not left:
            target = facts.standing.get((round_id, person)) == Standing.TARGET
            persons, others = persons - target, others - (not target)
    return Effect(persons=persons, others=others, swabs=-len(gone))


def _valid(swabs: Iterable[SwabFact]) -> tuple[UUID, ...]:
    return tuple(swab.id for swab in swabs if swab.valid)


def _added(conflict: Conflict, facts: Facts) -> Effect:
    """What one more swab of the event's person does."""
    person = facts.person_of[conflict.pk]
    if any(swab.valid for swab in facts.of_person[conflict.round_id, person]):
        return Effect(swabs=1)
    target = facts.standing.get((conflict.round_id, person)) == Standing.TARGET
    return Effect(swabs=1, persons=int(target), others=int(not target))


def _of_tube(tube: TubeFact | None, facts: Facts) -> Account | None:
    if tube is None:
        return None
    people = len(_valid(facts.in_tube[tube.id]))
    return Account("tube", tube.unit_id, tube.opened_at, tube.code, people=people, void=tube.voided)


def _of_swab(swab: SwabFact | None, facts: Facts) -> Account | None:
    if swab is None:
        return None
    tube = facts.tubes.get(swab.tube_id)
    code = tube.code if tube else ""
    return Account("swab", swab.unit_id, swab.at, code, swab.person_key, void=not swab.valid)


def _of_event(conflict: Conflict, facts: Facts) -> Account | None:
    event: AnyEvent | None = facts.events.get(conflict.pk)
    if event is None:
        return None
    person = facts.person_of.get(conflict.pk)
    if isinstance(event, Move) and event.swab in facts.swabs:
        person = facts.swabs[event.swab].person_key
    kind = type(event).__struct_config__.tag
    tube = getattr(event, "tube", None) or ""
    return Account(str(kind), conflict.unit_id, event.at, tube, person)


def _tube_of(conflict: Conflict, facts: Facts) -> TubeFact | None:
    return facts.by_code.get((conflict.district_id, conflict.tube_code))


def _accept(conflict: Conflict, facts: Facts) -> list[Choice]:
    """Counting the event's person after all, in a tube that somebody names."""
    if not isinstance(facts.events.get(conflict.pk), Add) or conflict.pk not in facts.person_of:
        return []
    return [Choice("accept", _added(conflict, facts), needs_tube=True)]


def _id_reused(conflict: Conflict, facts: Facts) -> Found:
    swab, tube = facts.swabs.get(conflict.event_id), facts.tubes.get(conflict.event_id)
    return (
        _of_swab(swab, facts) or _of_tube(tube, facts),
        _of_event(conflict, facts),
        _accept(conflict, facts),
    )


def _tube_code_used(conflict: Conflict, facts: Facts) -> Found:
    """People whom the second device scanned under the code stand in the first device's tube."""
    tube = _tube_of(conflict, facts)
    first, second = _of_tube(tube, facts), _of_event(conflict, facts)
    event = facts.events.get(conflict.pk)
    if tube is None or not isinstance(event, Open) or tube.device_id == conflict.device_id:
        return first, second, []
    theirs = [s for s in facts.in_tube[tube.id] if s.device_id == conflict.device_id and s.valid]
    choices = [
        Choice(
            "split",
            Effect(tubes=1),
            move=_valid(theirs),
            needs_tube=True,
        )
    ]
    if theirs:
        choices.append(Choice("void_second", _voided(theirs, facts), void=_valid(theirs)))
    return first, second, choices


def _tube_other_round(conflict: Conflict, facts: Facts) -> Found:
    first = _of_tube(_tube_of(conflict, facts), facts)
    return first, _of_event(conflict, facts), _accept(conflict, facts)


def _already_in_tube(conflict: Conflict, facts: Facts) -> Found:
    """A move to a tube the person is in already, or a new scan of a voided swab."""
    tube, event = _tube_of(conflict, facts), facts.events.get(conflict.pk)
    second = _of_event(conflict, facts)
    person = second.person_key if second else None
    inside = [s for s in facts.in_tube[tube.id] if s.person_key == person] if tube else []
    moved = facts.swabs.get(event.swab) if isinstance(event, Move) else None
    there = next((swab for swab in inside if moved is None or swab.id != moved.id), None)
    first = _of_swab(there, facts) or _of_tube(tube, facts)
    if moved is None or not moved.valid:
        return first, second, _accept(conflict, facts)
    return first, second, [Choice("void_moved", _voided([moved], facts), (moved.id,))]


def _other_unit(conflict: Conflict, facts: Facts) -> Found:
    tube = facts.tubes.get(conflict.event_id)
    first = _of_tube(tube, facts)
    if tube is None:
        return first, None, []
    foreign = [s for s in facts.in_tube[tube.id] if s.unit_id == conflict.unit_id and s.valid]
    second = Account(
        "scans",
        conflict.unit_id,
        foreign[0].at if foreign else conflict.raised_at,
        tube.code,
        people=len(foreign),
    )
    if not foreign:
        return first, second, []
    return (
        first,
        second,
        [Choice("void_unit", _voided(foreign, facts), void=_valid(foreign))],
    )


def _tally_and_scans(conflict: Conflict, facts: Facts) -> Found:
    """The quarter hour's scans count; only without any valid one would the paper count."""
    tally = facts.tallies.get(conflict.event_id)
    if tally is None:
        return None, None, []
    scans = [swab for swab in facts.in_quarter[tally.pk] if swab.valid]
    first = Account("scans", tally.unit_id, tally.quarter, people=len(scans))
    second = Account("tally", tally.unit_id, tally.entered_at, people=tally.swabs)
    if tally.superseded_at is not None or not scans:
        return first, second, []
    gone = _voided(scans, facts)
    effect = Effect(gone.persons, gone.others, gone.swabs, tallied=tally.swabs)
    return first, second, [Choice("keep_tally", effect, void=_valid(scans))]


def _overfull(conflict: Conflict, facts: Facts) -> Found:
    tube = facts.tubes.get(conflict.event_id)
    first = _of_tube(tube, facts)
    if tube is None or tube.voided:
        return first, None, []
    inside = [swab for swab in facts.in_tube[tube.id] if swab.valid]
    gone = _voided(inside, facts)
    effect = Effect(gone.persons, gone.others, gone.swabs, tubes=-1)
    choices = [Choice("void_tube", effect, void=_valid(inside), void_tube=tube.code)]
    beyond = inside[tube.pool_size :]
    if beyond:
        choices.insert(0, Choice("move", move=_valid(beyond), needs_tube=True))
    return first, None, choices


def _pending(conflict: Conflict, facts: Facts) -> Found:
    """An event that waits no longer is counted already: there is nothing left to do about it."""
    first, second = _of_tube(_tube_of(conflict, facts), facts), _of_event(conflict, facts)
    if conflict.event_id not in facts.waiting:
        return first, second, []
    return first, second, [*_accept(conflict, facts), Choice("drop", needs_note=True)]


def _duplicate(conflict: Conflict, facts: Facts) -> Found:
    later = facts.swabs.get(conflict.event_id)
    if later is None:
        return None, None, []
    others = facts.others(later)
    first, second = _of_swab(next(iter(others), None), facts), _of_swab(later, facts)
    if not later.valid or not others:
        return first, second, []
    earlier = others[0]
    choices = [
        Choice("void_later", _voided([later], facts), void=(later.id,)),
        Choice("void_earlier", _voided([earlier], facts), void=(earlier.id,)),
    ]
    return first, second, choices


CASES: dict[Conflict.Code, Callable[[Conflict, Facts], Found]] = {
    Code.ID_REUSED: _id_reused,
    Code.TUBE_CODE_USED: _tube_code_used,
    Code.TUBE_OTHER_ROUND: _tube_other_round,
    Code.ALREADY_IN_TUBE: _already_in_tube,
    Code.OTHER_UNIT: _other_unit,
    Code.TALLY_AND_SCANS: _tally_and_scans,
    Code.OVERFULL: _overfull,
    Code.PENDING_TOO_LONG: _pending,
    Code.DUPLICATE_PERSON: _duplicate,
}
