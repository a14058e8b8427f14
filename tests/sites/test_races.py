"""Two at once, with real threads and connections: nothing lost, nothing doubled, no deadlock."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any
from unittest.mock import patch

import psycopg
import pytest
from django.db import OperationalError, connection

from core import clock
from core.scope import Scope, scoped
from personnel.services import roll
from reporting.progress.models import RoundVersion
from reporting.progress.services.recount import recount_streets
from sites.models import Conflict, Coverage, PendingEvent, Swab, Tube, TubeEvent
from sites.services.capture import Origin, Verdict, accept, accept_batch
from tests.sites.from_scratch import assert_rollups_equal_facts
from tests.sites.make import NOW, START, Desk, id_number, make_desk, make_resident

pytestmark = pytest.mark.django_db(transaction=True)

Item = dict[str, Any]


@pytest.fixture(autouse=True)
def _fresh_process() -> Iterator[None]:
    yield
    roll.forget()
    clock.forget()


@pytest.fixture
def desks() -> tuple[Desk, Desk]:
    one = make_desk()
    return one, make_desk(one.place, one.place.there)


def capture(desk: Desk, items: list[Item]) -> list[Verdict]:
    unit = desk.unit
    origin = Origin(unit.pk, unit.pk, unit.street_id, unit.district_id)
    scope = Scope(units=frozenset({unit.pk}), floor_streets=frozenset({unit.street_id}))
    while True:
        try:
            return accept_batch(origin=origin, scope=scope, items=items, by="test", at=NOW)
        except OperationalError as error:
            # Waiting too long for a lock is answered 503, and the device sends again. A deadlock
            # is not: the service tries again by itself.
            if not isinstance(error.__cause__, psycopg.errors.LockNotAvailable):
                raise


def at_once(*jobs: Callable[[], Any]) -> list[Any]:
    """Run jobs in threads that start together; their results, or the first error raised."""
    start = threading.Barrier(len(jobs))

    def run(job: Callable[[], Any]) -> Any:
        try:
            with connection.cursor() as cursor:
                cursor.execute("SELECT 1")
            start.wait(10)
            return job()
        finally:
            connection.close()

    with ThreadPoolExecutor(len(jobs)) as threads:
        return [done.result(60) for done in [threads.submit(run, job) for job in jobs]]


def district(desk: Desk) -> Scope:
    return Scope(districts=frozenset({desk.place.district.pk}))


def recount_and_compare(desk: Desk) -> None:
    place = desk.place
    with scoped(district(desk)):
        recount_streets(place.round.pk, [place.here.pk, place.there.pk], at=NOW)
        assert_rollups_equal_facts(place.round.pk)


@pytest.mark.parametrize("attempt", range(4))
def test_two_devices_take_a_persons_first_swab_at_once(
    desks: tuple[Desk, Desk], attempt: int
) -> None:
    here, there = desks
    people = [make_resident(here.place)[1] for _ in range(20)] + [id_number() for _ in range(20)]
    late = START + timedelta(minutes=30)
    batches = []
    for desk, code, at in ((here, "TUBE000001", late), (there, "TUBE000002", START)):
        people.reverse()
        adds = [desk.item("add", at, tube=code, person={"id_number": p}) for p in people]
        batches.append([desk.open(code, pool_size=30), *adds])

    at_once(lambda: capture(here, batches[0]), lambda: capture(there, batches[1]))

    with scoped(district(here)):
        assert Swab.objects.count() == 80
        assert set(Coverage.objects.values_list("first_at", flat=True)) == {START}
        assert Coverage.objects.count() == 40
        strangers = Coverage.objects.filter(standing="off_register")
        assert set(strangers.values_list("street_id", flat=True)) == {here.place.there.pk}
    recount_and_compare(here)


@pytest.mark.parametrize("attempt", range(4))
def test_void_of_the_first_swab_against_a_second_swab(
    desks: tuple[Desk, Desk], attempt: int
) -> None:
    here, there = desks
    people = [make_resident(here.place)[1] for _ in range(15)]
    first = [here.add("TUBE000001", p) for p in people]
    capture(here, [here.open("TUBE000001", pool_size=30), *first])
    voids = [here.item("void", swab=add["id"], reason="spilt") for add in first]
    later = START + timedelta(minutes=40)
    second = [
        there.item("add", later, tube="TUBE000002", person={"id_number": p}) for p in people[::-1]
    ]

    at_once(
        lambda: capture(here, voids),
        lambda: capture(there, [there.open("TUBE000002", pool_size=30), *second]),
    )

    with scoped(district(here)):
        assert set(Coverage.objects.values_list("first_at", flat=True)) == {later}
        assert Coverage.objects.count() == 15
    recount_and_compare(here)


@pytest.mark.parametrize("attempt", range(4))
def test_void_of_a_tube_against_people_added_to_it(desks: tuple[Desk, Desk], attempt: int) -> None:
    here, there = desks
    capture(here, [here.open("TUBE000001", pool_size=30)])
    adds = [there.add("TUBE000001", id_number()) for _ in range(20)]
    void = here.item("void", tube="TUBE000001", reason="leaked")

    at_once(lambda: capture(here, [void]), lambda: capture(there, adds))

    with scoped(district(here)):
        assert list(Swab.objects.values_list("valid", flat=True)) == [False] * 20
        assert not Coverage.objects.filter(first_at__isnull=False).exists()
    recount_and_compare(here)


@pytest.mark.parametrize("attempt", range(4))
def test_two_openings_of_one_code(desks: tuple[Desk, Desk], attempt: int) -> None:
    here, there = desks
    openings = [[desk.open(f"TUBE{n:06}") for n in range(30)] for desk in desks]

    results = at_once(lambda: capture(here, openings[0]), lambda: capture(there, openings[1][::-1]))

    verdicts = sorted(v.verdict for result in results for v in result)
    assert verdicts == ["conflict"] * 30 + ["created"] * 30
    assert Tube.objects.count() == 30
    assert Conflict.objects.filter(code="tube_code_used").count() == 30


def test_two_recounts_of_one_street_and_a_capture_between(desks: tuple[Desk, Desk]) -> None:
    here, _there = desks
    place = here.place
    capture(here, [here.open("TUBE000001", pool_size=30)])
    adds = [here.add("TUBE000001", id_number()) for _ in range(40)]

    def recounts() -> int:
        with scoped(district(here)):
            return sum(recount_streets(place.round.pk, [place.here.pk], at=NOW) for _ in range(12))

    def captures() -> None:
        for add in adds:
            capture(here, [add])

    one, other, _none = at_once(recounts, recounts, captures)

    recount_and_compare(here)
    # The version says how many recounts wrote: none ran over another, none was lost.
    assert RoundVersion.objects.get().version in (one + other, one + other + 1)


def test_overlapping_replays_from_four_threads(desks: tuple[Desk, Desk]) -> None:
    """Opposite orders over the same tubes, swabs and people: deadlocks are retried inside."""
    here, _there = desks
    people = [id_number() for _ in range(12)]
    events: list[Item] = []
    for number in range(8):
        code = f"TUBE{number:06}"
        adds = [here.add(code, person) for person in people]
        events += [here.open(code, pool_size=30), *adds, here.item("seal", tube=code)]
        events += [here.item("void", swab=adds[number]["id"], reason="spilt")]
        events += [here.item("move", swab=adds[-1]["id"], tube="MOVED00001", reason="wrong")]
    events += [here.open("MOVED00001"), here.item("void", tube="TUBE000003", reason="leaked")]

    def deliver(seed: int) -> int:
        order = random.Random(seed)
        mine = list(events)
        if seed > 1:
            order.shuffle(mine)
        elif seed == 1:
            mine.reverse()
        counts = 0
        for cut in range(0, len(mine), 17):
            counts += sum(v.verdict == "created" for v in capture(here, mine[cut : cut + 17]))
        return counts

    at_once(*(lambda seed=seed: deliver(seed) for seed in range(4)))
    # The worker takes up what waited while its tube was being opened elsewhere.
    with scoped(district(here)), patch.object(accept, "Scope", lambda **_: district(here)):
        accept.sweep_pending(by="test", at=NOW)

    with scoped(district(here)):
        assert PendingEvent.objects.count() == 0
        assert Swab.objects.count() == 8 * 12
        assert Tube.objects.count() == 9
        # Of the moves of one person into one tube the first stands; the others are conflicts.
        moves = TubeEvent.objects.filter(kind="move").count()
        assert moves + Conflict.objects.filter(code="already_in_tube").count() >= 8
        assert TubeEvent.objects.exclude(kind="move").count() == 8 + 8 + 1
    recount_and_compare(here)
