"""Two at once at one point, with real connections: no open unit behind a closed gate."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from campaigns.models import Resident
from core import clock
from core.inputs import Refused
from core.scope import scoped
from personnel.services import roll
from sites.models import BuildingCall, SamplingUnit
from sites.models.points import State
from sites.services.callup import build_queue
from sites.services.points import change_point_state
from sites.services.units import change_unit_state, set_unit_counts
from tests.sites.make import NOW, make_resident, make_round
from tests.sites.point_world import make_point, opened, scope_of
from tests.sites.test_races import at_once

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _fresh_process() -> Iterator[None]:
    yield
    roll.forget()
    clock.forget()


def test_a_unit_never_opens_at_a_point_that_closes_meanwhile():
    place = make_round()
    who = {"scope": scope_of(place), "by": "test", "at": NOW}
    for _ in range(6):
        point = opened(make_point(place, units=3))
        point.units.update(state=State.PAUSED)
        units = list(point.units.values_list("pk", flat=True))

        def close(point_id: int = point.pk) -> None:
            change_point_state(point_id=point_id, to=State.CLOSED, reason="rain", **who)

        def open_all(units: list[int] = units) -> None:
            for unit_id in units:
                try:
                    change_unit_state(unit_id=unit_id, to=State.OPEN, reason="", **who)
                except Refused as refused:
                    assert refused.code == "point_not_open"  # noqa: PT017

        at_once(close, open_all)

        assert not SamplingUnit.objects.filter(point=point, state=State.OPEN).exists()


def test_a_unit_never_opens_at_a_point_that_pauses_meanwhile():
    """A unit that was planned is not among those that a pause takes along."""
    place = make_round()
    who = {"scope": scope_of(place), "by": "test", "at": NOW}
    for _ in range(8):
        point = opened(make_point(place, units=3))
        point.units.update(state=State.PLANNED)
        units = list(point.units.values_list("pk", flat=True))

        def pause(point_id: int = point.pk) -> None:
            change_point_state(point_id=point_id, to=State.PAUSED, reason="rain", **who)

        def open_all(units: list[int] = units) -> None:
            for unit_id in units:
                try:
                    change_unit_state(unit_id=unit_id, to=State.OPEN, reason="", **who)
                except Refused as refused:
                    assert refused.code == "point_not_open"  # noqa: PT017

        at_once(pause, open_all)

        assert not SamplingUnit.objects.filter(point=point, state=State.OPEN).exists()


def test_two_who_add_units_at_once_give_each_number_once():
    place = make_round()
    point = make_point(place, units=1)

    def add() -> None:
        set_unit_counts(
            point_id=point.pk, wanted={"general": 6}, scope=scope_of(place), by="test", at=NOW
        )

    at_once(add, add)

    assert sorted(point.units.values_list("number", flat=True)) == [1, 2, 3, 4, 5, 6]


def test_two_who_line_up_at_once_line_each_building_up_once():
    place = make_round()
    point = make_point(place)
    scope = scope_of(place)
    for number in range(4):
        resident, _number = make_resident(place)
        with scoped(scope):
            Resident.objects.filter(pk=resident.pk).update(building=f"{number}号楼")

    def line_up() -> None:
        with scoped(scope):
            build_queue(point_id=point.pk, scope=scope, by="test", at=NOW)

    at_once(line_up, line_up)

    assert sorted(BuildingCall.objects.values_list("position", flat=True)) == [1, 2, 3, 4]


def test_two_points_of_one_community_line_each_building_up_once():
    place = make_round()
    one, two = make_point(place), make_point(place)
    two.serves.set([one.community])
    scope = scope_of(place)
    for number in range(4):
        resident, _number = make_resident(place)
        with scoped(scope):
            Resident.objects.filter(pk=resident.pk).update(building=f"{number}号楼")

    def line_up(point_id: int) -> int:
        with scoped(scope):
            return build_queue(point_id=point_id, scope=scope, by="test", at=NOW).added

    added = at_once(lambda: line_up(one.pk), lambda: line_up(two.pk))

    assert sorted(added) == [0, 4]
