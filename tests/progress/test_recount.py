"""The recount: totals equal the facts, whatever happened, however often it ran."""

import uuid

import pytest

from campaigns.models import Mark
from core.scope import Scope, scoped
from reporting.progress.models import Cell, DriftFinding, RoundVersion, Total
from reporting.progress.queries import exceptions, overview
from reporting.progress.services.audit import audit_street, rebuild_street
from reporting.progress.services.recount import recount_marked
from sites.models import Conflict
from sites.services.tallies import record_tally
from tests.sites.make import NOW, START, Desk, id_number, make_desk, make_resident

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk() -> Desk:
    return make_desk()


def district(desk: Desk) -> Scope:
    return Scope(
        districts=frozenset({desk.place.district.pk}), permissions=frozenset({"see_board"})
    )


def recount(desk: Desk) -> int:
    """As the worker does it: the worker's role sees every row."""
    with scoped(district(desk)):
        return recount_marked(at=NOW)


def audit(desk: Desk) -> int:
    with scoped(district(desk)):
        return audit_street(desk.place.round.pk, desk.place.here.pk, by="test", at=NOW)


def street_total(desk: Desk) -> Total:
    return Total.objects.get(kind="street", key_id=desk.place.here.pk)


def test_capture_reaches_every_level(desk: Desk) -> None:
    _resident, number = make_resident(desk.place)
    desk.send(
        desk.open("TUBE000001"),
        desk.add("TUBE000001", number),
        desk.add("TUBE000001", id_number()),
        desk.item("seal", tube="TUBE000001"),
    )

    assert recount(desk) == 1

    total = street_total(desk)
    assert (total.swabs, total.off_register_swabs, total.tubes, total.sealed) == (2, 1, 1, 1)
    assert (total.persons, total.off_register_persons) == (1, 1)
    unit = Total.objects.get(kind="unit", key_id=desk.unit.pk)
    point = Total.objects.get(kind="point", key_id=desk.unit.point_id)
    assert (unit.swabs, point.swabs, unit.persons) == (2, 2, 0)
    assert Mark.objects.count() == 0
    assert RoundVersion.objects.get().version == 1


def test_void_and_move_are_counted_back(desk: Desk) -> None:
    _resident, number = make_resident(desk.place)
    added = desk.add("TUBE000001", number)
    desk.send(desk.open("TUBE000001"), added)
    recount(desk)

    desk.send(desk.item("void", tube="TUBE000001", reason="leaked"))
    recount(desk)

    total = street_total(desk)
    assert (total.swabs, total.voided, total.tubes, total.persons) == (0, 1, 0, 0)
    assert audit(desk) == 0


def test_nothing_marked_means_nothing_written(desk: Desk) -> None:
    desk.send(desk.open("TUBE000001"))
    recount(desk)

    assert recount(desk) == 0

    assert RoundVersion.objects.get().version == 1


def test_rebuild_gives_the_same_table(desk: Desk) -> None:
    for index in range(3):
        code = f"TUBE00000{index}"
        desk.send(desk.open(code), *(desk.add(code, id_number()) for _ in range(4)))
    recount(desk)
    before = sorted(Total.objects.values_list("kind", "key_id", "swabs", "tubes", "persons"))
    Cell.objects.all().delete()
    Total.objects.all().delete()

    with scoped(district(desk)):
        rebuild_street(desk.place.round.pk, desk.place.here.pk, by="test", at=NOW)
    recount(desk)

    after = sorted(Total.objects.values_list("kind", "key_id", "swabs", "tubes", "persons"))
    assert after == before


def test_audit_finds_drift_shows_it_and_repairs_it(desk: Desk) -> None:
    desk.send(desk.open("TUBE000001"), desk.add("TUBE000001", id_number()))
    recount(desk)
    Cell.objects.filter(kind="unit", width=1).update(swabs=7)

    found = audit(desk)

    assert found >= 1
    kinds = {item.kind for item in exceptions(district(desk), desk.place.round)}
    assert "drift" in kinds
    recount(desk)
    DriftFinding.objects.all().delete()
    assert audit(desk) == 0


def test_audit_leaves_out_what_is_marked(desk: Desk) -> None:
    desk.send(desk.open("TUBE000001"), desk.add("TUBE000001", id_number()))

    assert audit(desk) == 0


def tally(desk: Desk, swabs: int, reason: str = "") -> None:
    record_tally(
        tally_id=uuid.uuid4(),
        unit_id=desk.unit.pk,
        round_id=desk.place.round.pk,
        quarter=START,
        swabs=swabs,
        tubes=1,
        reason=reason,
        scope=district(desk),
        by="test",
        at=NOW,
    )


def test_tally_is_throughput_and_never_coverage(desk: Desk) -> None:
    tally(desk, 40)
    tally(desk, 42, reason="two sheets")

    recount(desk)

    total = street_total(desk)
    assert (total.tallied, total.swabs, total.persons) == (42, 0, 0)


def test_scanned_and_tallied_quarter_counts_the_scans_and_asks(desk: Desk) -> None:
    tally(desk, 40)
    desk.send(desk.open("TUBE000001"), desk.add("TUBE000001", id_number()))

    recount(desk)

    total = street_total(desk)
    assert (total.tallied, total.swabs) == (0, 1)
    assert Conflict.objects.get().code == "tally_and_scans"


def test_overview_sums_its_streets(desk: Desk) -> None:
    _resident, number = make_resident(desk.place)
    other = make_desk(desk.place, desk.place.there)
    desk.send(desk.open("TUBE000001"), desk.add("TUBE000001", number))
    sent = other.verdicts(other.open("TUBE000002"), other.add("TUBE000002", number))
    assert sent == ["created", "created"]
    recount(desk)

    board = overview(district(desk), desk.place.round)
    mine = overview(Scope(streets=frozenset({desk.place.here.pk})), desk.place.round)

    assert (board.figures.swabs, board.figures.persons, board.figures.second_swabs) == (2, 1, 1)
    assert board.figures.target == 90
    assert [row.figures.swabs for row in mine.streets] == [1]
    assert (mine.figures.swabs, mine.figures.second_swabs) == (1, None)


def test_audit_repairs_a_quarter_hour_that_is_not_the_sum_of_its_minutes(desk: Desk) -> None:
    desk.send(desk.open("TUBE000001"), desk.add("TUBE000001", id_number()))
    recount(desk)
    Cell.objects.filter(kind="unit", width=15).update(swabs=9)
    Total.objects.filter(kind="unit").update(swabs=9)

    assert audit(desk) > 0
    recount(desk)

    assert audit(desk) == 0
    assert street_total(desk).swabs == 1
