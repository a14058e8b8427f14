"""Capture through the public API: every verdict, every order, harmless repeats."""

import pytest
from django.db import connection

from core.scope import Scope, scoped
from sites.models import Conflict, Coverage, PendingEvent, Swab, Tube
from tests.sites.make import Desk, exempt, id_number, make_desk, make_resident, make_round

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk() -> Desk:
    return make_desk()


def facts(desk: Desk) -> tuple[int, int, int]:
    """(tubes, valid swabs, covered persons) as the whole district sees them."""
    with scoped(Scope(districts=frozenset({desk.place.district.pk}))):
        return (
            Tube.objects.count(),
            Swab.objects.filter(valid=True).count(),
            Coverage.objects.filter(first_at__isnull=False).count(),
        )


def test_a_tube_with_its_people_becomes_facts(desk: Desk) -> None:
    _resident, number = make_resident(desk.place)
    items = [
        desk.open("TUBE000001"),
        desk.add("TUBE000001", number),
        desk.item("seal", tube="TUBE000001"),
    ]

    assert desk.verdicts(*items) == ["created", "created", "created"]

    assert facts(desk) == (1, 1, 1)
    tube = Tube.objects.get()
    assert (tube.state, str(tube.pk)) == ("sealed", items[0]["id"])


def test_repeating_a_batch_changes_nothing(desk: Desk) -> None:
    _resident, number = make_resident(desk.place)
    opened, added = desk.open("TUBE000001"), desk.add("TUBE000001", number)
    sealed = desk.item("seal", tube="TUBE000001")
    void = desk.item("void", swab=added["id"], reason="wrong person")
    desk.send(opened, added, sealed, void)

    assert desk.verdicts(void, sealed, added, opened) == ["duplicate"] * 4

    assert facts(desk) == (1, 0, 0)


def test_standing_follows_register_and_target(desk: Desk) -> None:
    place = desk.place
    _in_target, target = make_resident(place)
    spared, spared_number = make_resident(place)
    exempt(place, spared)
    _elsewhere, outside = make_resident(place, place.community_there)
    desk.send(
        desk.open("TUBE000001"),
        *(desk.add("TUBE000001", n) for n in (target, spared_number, outside, id_number())),
    )

    with scoped(Scope(districts=frozenset({place.district.pk}))):
        standings = sorted(Coverage.objects.values_list("standing", "street_id", "community_id"))

    assert standings == sorted(
        [
            ("target", place.here.pk, place.community_here.pk),
            ("exempt", place.here.pk, place.community_here.pk),
            ("outside", place.there.pk, place.community_there.pk),
            ("off_register", place.here.pk, None),
        ]
    )


def test_person_in_two_tubes_is_two_swabs_and_one_person(desk: Desk) -> None:
    _resident, number = make_resident(desk.place)
    desk.send(
        desk.open("TUBE000001"),
        desk.add("TUBE000001", number),
        desk.open("TUBE000002"),
        desk.add("TUBE000002", number),
    )

    assert facts(desk) == (2, 2, 1)


def test_same_scan_with_a_new_id_is_a_duplicate(desk: Desk) -> None:
    number = id_number()
    desk.send(desk.open("TUBE000001"), desk.add("TUBE000001", number))

    assert desk.verdicts(desk.add("TUBE000001", number)) == ["duplicate"]

    assert facts(desk)[1] == 1


def test_events_before_their_tube_wait_and_are_applied(desk: Desk) -> None:
    _resident, number = make_resident(desk.place)
    opened, added = desk.open("TUBE000001"), desk.add("TUBE000001", number)
    moved = desk.item("move", swab=added["id"], tube="TUBE000002", reason="wrong tube")
    voided = desk.item("void", tube="TUBE000002", reason="broken")

    assert desk.verdicts(moved, voided, added) == ["pending"] * 3
    assert desk.verdicts(added) == ["pending"]
    assert desk.verdicts(desk.open("TUBE000002"), opened) == ["created", "created"]

    assert PendingEvent.objects.count() == 0
    assert facts(desk) == (2, 0, 0)
    assert desk.verdicts(added, moved, voided) == ["duplicate"] * 3


def test_who_waited_for_a_tube_voided_as_it_opens_counts_nowhere(desk: Desk) -> None:
    """Their swab is added after the void, which came with the opening in one batch."""
    _resident, number = make_resident(desk.place)
    added, opened = desk.add("TUBE000001", number), desk.open("TUBE000001")
    voided = desk.item("void", tube="TUBE000001", reason="leaked")

    assert desk.verdicts(added) == ["pending"]
    assert desk.verdicts(opened, voided) == ["created", "created"]

    assert PendingEvent.objects.count() == 0
    assert facts(desk) == (1, 0, 0)


def test_void_and_move_in_either_order_end_alike(desk: Desk) -> None:
    _one, first = make_resident(desk.place)
    _two, second = make_resident(desk.place)
    adds = desk.add("TUBE000001", first), desk.add("TUBE000003", second)
    desk.send(*(desk.open(f"TUBE00000{n}") for n in (1, 2, 3, 4)), *adds)

    desk.send(desk.item("void", tube="TUBE000001", reason="leaked"))
    desk.send(desk.item("move", swab=adds[0]["id"], tube="TUBE000002", reason="was there"))
    desk.send(desk.item("move", swab=adds[1]["id"], tube="TUBE000004", reason="was there"))
    desk.send(desk.item("void", tube="TUBE000003", reason="leaked"))

    with scoped(Scope(districts=frozenset({desk.place.district.pk}))):
        assert list(Swab.objects.values_list("valid", flat=True)) == [True, True]
    assert facts(desk)[2] == 2


def test_two_swabs_of_one_tube_move_to_different_tubes(desk: Desk) -> None:
    adds = [desk.add("TUBE000001", id_number()) for _ in range(2)]
    opens = [desk.open(f"TUBE00000{n}") for n in (1, 2, 3)]
    desk.send(*opens, *adds)

    desk.send(
        *(
            desk.item("move", swab=add["id"], tube=f"TUBE00000{n}", reason="wrong tube")
            for n, add in enumerate(adds, 2)
        )
    )

    with scoped(Scope(districts=frozenset({desk.place.district.pk}))):
        now = dict(Swab.objects.values_list("pk", "tube_now_id"))
    assert {str(k): str(v) for k, v in now.items()} == {
        add["id"]: tube["id"] for add, tube in zip(adds, opens[1:], strict=True)
    }


def test_a_move_in_conflict_stays_in_conflict_when_it_is_sent_again(desk: Desk) -> None:
    """The person's other swab made it a conflict; that swab's void must not let a retry pass."""
    _resident, number = make_resident(desk.place)
    first, second = desk.add("TUBE000001", number), desk.add("TUBE000002", number)
    desk.send(desk.open("TUBE000001"), desk.open("TUBE000002"), first, second)
    move = desk.item("move", swab=first["id"], tube="TUBE000002", reason="wrong tube")

    before = desk.verdicts(move)
    desk.send(desk.item("void", swab=second["id"], reason="spilt"))
    after = desk.verdicts(move)

    assert [*before, *after] == ["conflict", "conflict"]


def test_voiding_the_first_swab_leaves_the_second_to_cover(desk: Desk) -> None:
    _resident, number = make_resident(desk.place)
    first, second = desk.add("TUBE000001", number), desk.add("TUBE000002", number)
    desk.send(desk.open("TUBE000001"), desk.open("TUBE000002"), first, second)

    desk.send(desk.item("void", swab=first["id"], reason="spilt"))

    with scoped(Scope(districts=frozenset({desk.place.district.pk}))):
        assert Coverage.objects.get().first_at.isoformat() == second["at"]
    desk.send(desk.item("void", swab=second["id"], reason="spilt"))
    assert facts(desk) == (2, 0, 0)


def test_reused_ids_and_codes_are_conflicts(desk: Desk) -> None:
    first = desk.open("TUBE000001")
    desk.send(first, desk.add("TUBE000001", id_number()))
    other = make_desk(desk.place)

    assert desk.verdicts({**first, "tube": "TUBE000009"}) == ["conflict"]
    answer = other.send(other.open("TUBE000001"))
    assert answer[0].get("code") == "tube_code_used", answer
    added = desk.add("TUBE000001", id_number())
    desk.send(added)
    assert desk.send({**added, "person": {"id_number": id_number()}})[0]["code"] == "id_reused"

    codes = sorted(Conflict.objects.values_list("code", flat=True))
    assert codes == ["id_reused", "id_reused", "tube_code_used"]


def test_tube_code_of_another_round_is_a_conflict(desk: Desk) -> None:
    desk.send(desk.open("TUBE000001"))
    place = desk.place
    place.round.pk, place.round.number = None, 2
    place.round.save()
    with connection.cursor() as cursor:
        cursor.execute("SELECT sites_prepare_round(%s)", [place.round.pk])

    results = desk.send(desk.open("TUBE000001"), desk.add("TUBE000001", id_number()))

    assert [r["code"] for r in results] == ["tube_other_round"] * 2


def test_overfull_tube_is_accepted_and_flagged_once(desk: Desk) -> None:
    desk.send(desk.open("TUBE000001", pool_size=1))

    verdicts = desk.verdicts(*(desk.add("TUBE000001", id_number()) for _ in range(3)))
    desk.send(desk.add("TUBE000001", id_number()))

    assert verdicts == ["created"] * 3
    assert list(Conflict.objects.values_list("code", flat=True)) == ["overfull"]


def test_who_waited_for_a_tube_is_counted_with_who_came_with_it(desk: Desk) -> None:
    """The tube takes two: overfull, though each half fits. One who waited is of another unit."""
    neighbour = make_desk(desk.place)
    neighbour.send(neighbour.add("TUBE000001", id_number()))
    desk.send(desk.add("TUBE000001", id_number()))

    desk.send(desk.open("TUBE000001", pool_size=2), desk.add("TUBE000001", id_number()))

    flags = Conflict.objects.order_by("code").values_list("code", "unit_id")
    assert list(flags) == [("other_unit", neighbour.unit.pk), ("overfull", desk.unit.pk)]


def test_one_bad_item_refuses_only_itself(desk: Desk) -> None:
    good = id_number()
    bad_id = desk.add("TUBE000001", good[:-1] + ("0" if good[-1] != "0" else "1"))
    bad_kind = {**desk.open("X"), "kind": "paint"}
    naive = {**desk.open("TUBE000002"), "at": "2021-11-04T12:00:00"}
    wrong_round = {**desk.open("TUBE000003"), "round": 999_999}
    extra = {**desk.open("TUBE000004"), "colour": "red"}

    results = desk.send(desk.open("TUBE000001"), bad_id, bad_kind, naive, wrong_round, extra, 7)

    assert [r["verdict"] for r in results] == ["created"] + ["refused"] * 6
    assert results[1]["path"] == "person.id_number"
    assert results[4]["code"] == "round_not_taking"
    assert all(r["message"] for r in results[1:])
    assert results[6]["id"] is None


def test_odd_clock_is_kept_and_not_believed(desk: Desk) -> None:
    number = id_number()
    desk.send(
        desk.open("TUBE000001"), {**desk.add("TUBE000001", number), "at": "1970-01-01T00:00:00Z"}
    )

    with scoped(Scope(districts=frozenset({desk.place.district.pk}))):
        swab = Swab.objects.get()

    assert swab.at == swab.received_at
    assert swab.device_at.year == 1970


def test_roster_and_no_document_people(desk: Desk) -> None:
    resident, _number = make_resident(desk.place)
    child = {"no_document": "0190b5a0-0000-7000-8000-000000000001", "name": "小明"}

    verdicts = desk.verdicts(
        desk.open("TUBE000001"),
        desk.item("add", tube="TUBE000001", person={"roster_id": str(resident.pk)}),
        desk.item("add", tube="TUBE000001", person=child),
        desk.item("add", tube="TUBE000001", person={"roster_id": child["no_document"]}),
    )

    assert verdicts == ["created", "created", "created", "pending"]
    with scoped(Scope(districts=frozenset({desk.place.district.pk}))):
        assert sorted(Coverage.objects.values_list("standing", flat=True)) == [
            "off_register",
            "target",
        ]


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 400),
        (b"{", 400),
        (b"[]", 400),
        (b'{"items": []}', 400),
        (b'{"items": [{}], "more": 1}', 400),
        (b'{"items": [{"id": 1, "id": 2}]}', 400),
        (b'{"items": ["\\u0000"]}', 400),
        (b'{"items": ["\\ud800"]}', 400),
        (b'{"items": ["\xff"]}', 400),
        (b'{"items": ' + b"[" * 5000 + b"]" * 5000 + b"}", 400),
        (b'{"items": [' + b"1," * 1000 + b"1]}", 400),
        (b'{"items": ["' + b"x" * 1_000_001 + b'"]}', 400),
        (b'{"items": [NaN]}', 400),
    ],
)
def test_unreadable_envelopes_are_refused_whole(desk: Desk, body: bytes, status: int) -> None:
    response = desk.post(body)

    assert response.status_code == status
    assert response.headers["Content-Type"] == "application/problem+json"
    assert response.json()["code"]
    assert facts(desk) == (0, 0, 0)


def test_without_a_good_token_nothing_is_taken(desk: Desk) -> None:
    desk.token = "x" * 43

    assert desk.post({"items": [desk.open("TUBE000001")]}).status_code == 401

    assert facts(desk) == (0, 0, 0)


def test_a_device_sees_no_persons_of_other_streets() -> None:
    place = make_round()
    here, there = make_desk(place), make_desk(place, place.there)
    there.send(there.open("TUBE000002"), there.add("TUBE000002", id_number()))

    with scoped(Scope(streets=frozenset({place.here.pk}))):
        assert Swab.objects.count() == 0
    assert here.unit.street_id != there.unit.street_id
    assert Swab.objects.count() == 0
