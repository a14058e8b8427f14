"""What a choice announces is what the recount then shows; nobody decides outside of their area."""

import uuid
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import connection

from campaigns.models import Round
from core.inputs import Refused
from core.scope import Scope, scoped
from reporting.progress.models import Total
from reporting.progress.services.recount import recount_marked
from sites.models import Conflict, PendingEvent, Swab
from sites.services.capture import sweep_pending
from sites.services.conflicts import (
    Effect,
    case_of,
    decide_conflict,
    gather,
    raise_duplicates,
)
from sites.services.tallies import record_tally
from tests.sites.from_scratch import assert_rollups_equal_facts
from tests.sites.make import NOW, START, Desk, id_number, make_desk, make_resident

pytestmark = pytest.mark.django_db
Code = Conflict.Code


@pytest.fixture
def desk() -> Desk:
    return make_desk()


def whole(desk: Desk) -> Scope:
    return Scope(
        districts=frozenset({desk.place.district.pk}), permissions=frozenset({"decide_conflict"})
    )


def street(desk: Desk) -> Scope:
    return Scope(
        streets=frozenset({desk.unit.street_id}), permissions=frozenset({"decide_conflict"})
    )


def figures(desk: Desk, round_id: int | None = None) -> Effect:
    """The district's sums after a recount."""
    with scoped(whole(desk)):
        recount_marked(at=NOW)
        rows = Total.objects.filter(round_id=round_id or desk.place.round.pk, kind="street")
        return Effect(
            persons=sum(row.persons for row in rows),
            others=sum(r.exempt_persons + r.outside_persons + r.off_register_persons for r in rows),
            swabs=sum(row.swabs for row in rows),
            tubes=sum(row.tubes for row in rows),
            tallied=sum(row.tallied for row in rows),
        )


def minus(after: Effect, before: Effect) -> Effect:
    return Effect(
        after.persons - before.persons,
        after.others - before.others,
        after.swabs - before.swabs,
        after.tubes - before.tubes,
        after.tallied - before.tallied,
    )


def swabs(desk: Desk) -> list[Swab]:
    """All swabs, which row-level security hides outside of a scope."""
    with scoped(whole(desk)):
        return list(Swab.objects.all())


def the(code: str) -> Conflict:
    return Conflict.objects.open().get(code=code)


def decide(desk: Desk, conflict: Conflict, choice: str, scope: Scope | None = None, tube: str = ""):
    """Take a choice, and hold what it announced against the recount."""
    scope = scope or whole(desk)
    before = figures(desk, conflict.round_id)
    with scoped(scope):
        announced = case_of(conflict, gather([conflict], scope=scope)).choice(choice)
        assert announced is not None, choice
        decide_conflict(
            conflict_id=conflict.pk,
            decision="asked by phone",
            choice=choice,
            tube=tube,
            announced=announced.effect.signature,
            scope=scope,
            by="test",
            at=NOW,
        )
    assert minus(figures(desk, conflict.round_id), before) == announced.effect
    with scoped(whole(desk)):
        assert_rollups_equal_facts(conflict.round_id)
    conflict.refresh_from_db()
    assert conflict.decided_at is not None
    return announced.effect


def two_desks_with_one_code(desk: Desk) -> None:
    """Both open CODE0001; the second scans three people, one of whom was swabbed before."""
    second = make_desk(desk.place, desk.place.there)
    _res, both = make_resident(desk.place)
    _res, only = make_resident(desk.place)
    desk.send(desk.open("OTHER001"), desk.add("OTHER001", both))
    desk.send(desk.open("CODE0001"), desk.add("CODE0001", make_resident(desk.place)[1]))
    second.send(second.open("CODE0001"))
    second.send(*(second.add("CODE0001", number) for number in (both, only, id_number())))


@pytest.mark.parametrize(
    "choice, effect",
    [
        ("keep", Effect()),
        ("split", Effect(tubes=1)),
        ("void_second", Effect(persons=-1, others=-1, swabs=-3)),
    ],
)
def test_one_code_on_two_tubes(desk: Desk, choice: str, effect: Effect) -> None:
    two_desks_with_one_code(desk)

    assert decide(desk, the(Code.TUBE_CODE_USED), choice, tube="CODE0002") == effect


def test_tube_of_another_unit(desk: Desk) -> None:
    two_desks_with_one_code(desk)

    effect = decide(desk, the(Code.OTHER_UNIT), "void_unit")

    assert effect == Effect(persons=-1, others=-1, swabs=-3)


@pytest.mark.parametrize(
    "choice, effect",
    [("move", Effect()), ("void_tube", Effect(persons=-3, swabs=-3, tubes=-1))],
)
def test_overfull_tube(desk: Desk, choice: str, effect: Effect) -> None:
    numbers = [make_resident(desk.place)[1] for _ in range(3)]
    desk.send(desk.open("CODE0002"), desk.open("CODE0001", pool_size=2))
    desk.send(*(desk.add("CODE0001", number) for number in numbers))

    assert decide(desk, the(Code.OVERFULL), choice, tube="CODE0002") == effect
    if choice == "move":
        assert sum(swab.tube_id != swab.tube_now_id for swab in swabs(desk)) == 1


def test_paper_instead_of_scans(desk: Desk) -> None:
    desk.send(desk.open("CODE0001"), desk.add("CODE0001", make_resident(desk.place)[1]))
    with scoped(whole(desk)):
        record_tally(
            tally_id=uuid.uuid4(),
            unit_id=desk.unit.pk,
            round_id=desk.place.round.pk,
            quarter=START,
            swabs=30,
            tubes=3,
            reason="",
            scope=whole(desk),
            by="test",
            at=NOW,
        )
    figures(desk)

    effect = decide(desk, the(Code.TALLY_AND_SCANS), "keep_tally")

    assert effect == Effect(persons=-1, swabs=-1, tallied=30)


def test_a_move_to_where_the_person_is(desk: Desk) -> None:
    _res, number = make_resident(desk.place)
    first = desk.add("CODE0001", number)
    desk.send(desk.open("CODE0001"), first, desk.open("CODE0002"), desk.add("CODE0002", number))
    desk.send(desk.item("move", swab=first["id"], tube="CODE0002", reason="wrong tube"))

    assert decide(desk, the(Code.ALREADY_IN_TUBE), "void_moved") == Effect(swabs=-1)


def test_an_id_that_came_twice(desk: Desk) -> None:
    first = desk.add("CODE0001", make_resident(desk.place)[1])
    other = desk.add("CODE0001", make_resident(desk.place)[1]) | {"id": first["id"]}
    desk.send(desk.open("CODE0001"), first)
    desk.send(other)

    effect = decide(desk, the(Code.ID_REUSED), "accept", tube="CODE0001")

    assert effect == Effect(persons=1, swabs=1)


def test_a_tube_of_another_round(desk: Desk) -> None:
    desk.send(desk.open("CODE0001"), desk.open("CODE0009"))
    second = Round.objects.create(
        campaign=desk.place.round.campaign, number=2, state="running", starts_at=START
    )
    with connection.cursor() as cursor:
        cursor.execute("SELECT sites_prepare_round(%s)", [second.pk])
    over = {"round": second.pk}
    desk.send(
        desk.open("CODE0002") | over, desk.add("CODE0001", make_resident(desk.place)[1]) | over
    )

    effect = decide(desk, the(Code.TUBE_OTHER_ROUND), "accept", tube="CODE0002")

    assert effect == Effect(others=1, swabs=1)  # the second round has no target yet


@pytest.mark.parametrize("choice, more", [("accept", 1), ("drop", 0)])
def test_an_event_that_waited_too_long(desk: Desk, choice: str, more: int) -> None:
    desk.send(desk.open("CODE0001"), desk.add("NEVER001", make_resident(desk.place)[1]))
    with scoped(whole(desk)):
        _sweep_within(whole(desk))

    effect = decide(desk, the(Code.PENDING_TOO_LONG), choice, tube="CODE0001")

    assert effect == Effect(persons=more, swabs=more)
    assert not PendingEvent.objects.exists()


@pytest.mark.parametrize("choice", ["accept", "drop"])
def test_what_waits_no_longer_is_not_counted_again(desk: Desk, choice: str) -> None:
    desk.send(desk.open("CODE0001"), desk.add("LATE0001", make_resident(desk.place)[1]))
    with scoped(whole(desk)):
        _sweep_within(whole(desk))
    desk.send(desk.open("LATE0001"))  # the tube came after all, and the person with it

    with pytest.raises(Refused) as refused:
        decide_conflict(
            conflict_id=the(Code.PENDING_TOO_LONG).pk,
            decision="seen",
            choice=choice,
            tube="CODE0001",
            scope=whole(desk),
            by="test",
            at=NOW,
        )

    assert refused.value.code == "conflict_moved"
    assert len(swabs(desk)) == 1


def _sweep_within(scope: Scope) -> None:
    """As the worker does it, with an account that sees this district."""
    from unittest.mock import patch

    from sites.services.capture import accept

    def narrow(_scope: Scope, work: Callable[[], None]) -> None:
        work()

    with patch.object(accept, "_in_transaction", narrow):
        sweep_pending(by="test", at=NOW + timedelta(hours=3))


def swabbed_twice(desk: Desk) -> Desk:
    """A person of this street: first at the neighbour's desk, then here; another one with a
    reason, who is not listed. Returns the neighbour's desk."""
    there = make_desk(desk.place, desk.place.there)
    _res, number = make_resident(desk.place)
    _res, allowed = make_resident(desk.place)
    early = START - timedelta(minutes=30)
    there.send(
        there.open("THERE001"),
        there.item("add", early, tube="THERE001", person={"id_number": number}),
        there.item("add", early, tube="THERE001", person={"id_number": allowed}),
    )
    desk.send(
        desk.open("HERE0001"),
        desk.add("HERE0001", number),
        desk.add("HERE0001", allowed, repeat_reason="asked to"),
    )
    with scoped(whole(desk)):
        assert raise_duplicates(at=NOW) == 1
        assert raise_duplicates(at=NOW) == 0
    return there


@pytest.mark.parametrize("choice", ["void_later", "void_earlier"])
def test_a_person_swabbed_twice_stays_covered(desk: Desk, choice: str) -> None:
    swabbed_twice(desk)

    assert decide(desk, the(Code.DUPLICATE_PERSON), choice) == Effect(swabs=-1)


def test_a_street_knows_that_the_neighbour_swabbed_the_person_and_changes_nothing_there(
    desk: Desk,
) -> None:
    swabbed_twice(desk)
    mine = street(desk)
    with scoped(mine):
        found = case_of(
            the(Code.DUPLICATE_PERSON), gather([the(Code.DUPLICATE_PERSON)], scope=mine)
        )

    assert [choice.code for choice in found.choices] == ["keep", "void_later"]
    assert decide(desk, found.conflict, "void_later", scope=mine) == Effect(swabs=-1)


def test_voiding_both_swabs_uncovers_the_person(desk: Desk) -> None:
    there = swabbed_twice(desk)
    there.send(there.item("void", tube="THERE001", reason="leaked"))

    found = case_of(
        the(Code.DUPLICATE_PERSON), gather([the(Code.DUPLICATE_PERSON)], scope=whole(desk))
    )

    assert [choice.code for choice in found.choices] == ["keep"]  # nothing is twice any more


def test_what_moved_meanwhile_is_not_decided(desk: Desk) -> None:
    numbers = [make_resident(desk.place)[1] for _ in range(4)]
    desk.send(desk.open("CODE0001", pool_size=2))
    desk.send(*(desk.add("CODE0001", number) for number in numbers[:3]))
    conflict = the(Code.OVERFULL)
    announced = case_of(conflict, gather([conflict], scope=whole(desk))).choice("void_tube")
    desk.send(desk.add("CODE0001", numbers[3]))

    with pytest.raises(Refused) as refused, scoped(whole(desk)):
        decide_conflict(
            conflict_id=conflict.pk,
            decision="",
            choice="void_tube",
            announced=announced.effect.signature,
            scope=whole(desk),
            by="test",
            at=NOW,
        )

    assert refused.value.code == "conflict_moved"
    assert all(swab.valid for swab in swabs(desk))


@pytest.mark.parametrize(
    "tube, code", [("", "tube_missing"), ("NOWHERE01", "tube_unknown"), ("VOIDED01", "tube_void")]
)
def test_a_wrong_tube_is_refused_and_nothing_is_decided(desk: Desk, tube: str, code: str) -> None:
    first = desk.add("CODE0001", make_resident(desk.place)[1])
    other = desk.add("CODE0001", make_resident(desk.place)[1]) | {"id": first["id"]}
    desk.send(desk.open("CODE0001"), first, desk.open("VOIDED01"))
    desk.send(other, desk.item("void", tube="VOIDED01", reason="broken"))

    with pytest.raises(Refused) as refused, scoped(whole(desk)):
        decide_conflict(
            conflict_id=the(Code.ID_REUSED).pk,
            decision="",
            choice="accept",
            tube=tube,
            scope=whole(desk),
            by="test",
            at=NOW,
        )

    assert refused.value.code == code
    assert the(Code.ID_REUSED).decided_at is None
    assert len(swabs(desk)) == 1
    assert PendingEvent.objects.count() == 0
