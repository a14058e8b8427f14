"""What the load sends is what the capture API reads, each id and person once."""

import json
from datetime import UTC, datetime
from uuid import UUID

import pytest

from bench.load import people
from bench.load.bodies import Press, backlog_sizes, cut
from bench.load.district import Desk, District
from core.inputs import id_document
from sites.services.capture.items import Add, Open, Seal, read_item

AT = datetime(2022, 9, 1, 2, 0, tzinfo=UTC)


@pytest.fixture
def press():
    desks = [Desk(n, n, n, 100 + n % 2, 1, n, f"token{n}") for n in range(4)]
    return Press(District(1, 5, [100, 101], [], desks, 1_000, 4), next_person=1)


def read(shot):
    head, _gap, body = shot.request.partition(b"\r\n\r\n")
    assert f"Content-Length: {len(body)}".encode() in head
    return head, json.loads(body)["items"]


def test_a_tube_is_opened_filled_and_sealed(press):
    head, items = read(press.shot(press.district.desks[0], AT))

    assert b"Authorization: Device token0" in head
    events = [read_item(item) for item in items]
    assert [type(event) for event in events] == [Open, *[Add] * 10, Seal]
    assert {event.round for event in events} == {5}
    assert {event.tube for event in events} == {events[0].tube}
    assert all(event.at == AT for event in events)


def test_every_id_is_new_and_the_shot_names_its_swabs(press):
    shots = press.shots(40, AT, 10.0, [10, 3])
    ids, swabs = [], []
    for shot in shots:
        _head, items = read(shot)
        assert len(items) == shot.items == 12 + 5
        assert [item["id"] for item in items if item["kind"] == "add"] == list(shot.swabs)
        ids += [item["id"] for item in items]
        swabs += shot.swabs
    assert len(set(ids)) == len(ids)
    assert {UUID(text).version for text in ids} == {7}
    assert len(swabs) == 40 * 13


def test_same_seed_same_requests(press):
    other = Press(press.district, next_person=1)
    assert press.shots(5, AT, 1.0) == other.shots(5, AT, 1.0)


def test_people_are_mostly_residents_of_the_desks_own_community(press):
    desk = press.district.desks[2]
    numbers = [people.document(n) for n in range(1_000) if people.home(n, 4) == desk.home]
    own = [
        item
        for _ in range(20)
        for item in map(json.loads, press.tube(desk, AT)[0])
        if item["kind"] == "add" and item["person"].get("id_number") in numbers
    ]
    assert 120 < len(own) < 200


def test_documents_are_well_formed_and_strangers_are_nobody_on_the_register():
    residents = {people.document(n) for n in range(2_000)}
    strangers = {people.stranger(n) for n in range(2_000)}
    assert len(residents) == len(strangers) == 2_000
    assert not residents & strangers
    for number in [*list(residents)[:50], *list(strangers)[:50]]:
        assert id_document("resident", number) == number


def test_residents_of_a_community_come_once_before_the_first_comes_again():
    queue = [people.resident_of(3, k, 4, 10) for k in range(5)]
    assert queue == [3, 7, 3, 7, 3]
    assert all(people.home(n, 4) == 3 for n in queue)


@pytest.mark.parametrize("items", [3, 12, 13, 25, 26, 100, 1000])
def test_a_backlog_has_exactly_as_many_events_as_it_should(items):
    sizes = backlog_sizes(items)
    assert sum(size + 2 for size in sizes) == items
    assert all(1 <= size <= 10 for size in sizes)


def test_a_backlog_of_fewer_events_than_a_tube_has_is_refused():
    with pytest.raises(ValueError, match="at least 3"):
        backlog_sizes(2)


def test_a_tube_cut_in_two_keeps_every_event_once(press):
    desk = press.district.desks[1]
    items, swabs = press.tube(desk, AT)

    halves = cut(press, desk, items, swabs)

    sent = [item for half in halves for item in read(half)[1]]
    assert sorted(item["id"] for item in sent) == sorted(json.loads(i)["id"] for i in items)
    assert sorted(s for half in halves for s in half.swabs) == sorted(swabs)


def test_desks_take_turns(press):
    served = [desk.unit for desk in press.some_desks(8)]
    assert sorted(served[:4]) == sorted(served[4:]) == [0, 1, 2, 3]
