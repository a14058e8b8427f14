"""Everybody is here, everybody has gone: a point lead's two taps."""

from __future__ import annotations

from datetime import timedelta

import pytest

from core.models import AuditEvent
from core.scope import scoped
from personnel.models import Duty
from personnel.services.attendance import arrive_everybody, leave_everybody
from personnel.services.places import place_of_unit
from sites.services.finding import Unknown
from tests.personnel.people import make_team
from tests.personnel.roster import Roster, after, make_roster
from tests.personnel.test_duty_teams import book as book_team
from tests.personnel.test_duty_teams import samplers


@pytest.fixture
def roster(db) -> Roster:
    return make_roster()


def states() -> list[str]:
    return list(Duty.objects.order_by("pk").values_list("state", flat=True))


def test_everybody_booked_for_now_is_here_at_the_point_and_its_units(roster: Roster) -> None:
    point = roster.at_point()
    unit = place_of_unit(unit_id=roster.unit.pk, scope=roster.scope)
    roster.book(roster.member(), point, 1, 4)
    roster.book(roster.member(), unit, 1, 4, role="registrar")
    roster.book(roster.member(), point, 5, 8)  # later
    roster.book(roster.member(), roster.at_point(roster.unit_there), 1, 4)  # elsewhere
    scope = roster.street_scope()
    with scoped(scope):
        assert arrive_everybody(place_id=point.pk, scope=scope, by="t", at=after(0.5)) == 2
        assert arrive_everybody(place_id=point.pk, scope=scope, by="t", at=after(0.6)) == 0
    assert states() == ["present", "present", "booked", "booked"]
    assert set(Duty.objects.filter(state="present").values_list("arrived_at", flat=True)) == {
        after(0.5)
    }
    assert AuditEvent.objects.get(act="duty.arrive_all").summary == {"people": 2}


def test_whose_duty_is_over_has_left_and_nobody_else(roster: Roster) -> None:
    point = roster.at_point()
    roster.book(roster.member(), point, 1, 4)
    roster.book(roster.member(), point, 1, 5)
    with scoped(roster.scope):
        arrive_everybody(place_id=point.pk, scope=roster.scope, by="t", at=after(1))
        late = after(4) + timedelta(minutes=9)
        assert leave_everybody(place_id=point.pk, scope=roster.scope, by="t", at=late) == 1
    first = Duty.objects.order_by("pk").first()
    assert (first.state, first.left_at, first.ends_at) == ("done", after(4), after(4))


def test_a_neighbours_point_is_nobodys(roster: Roster) -> None:
    scope = roster.street_scope(roster.place.there)
    with scoped(scope), pytest.raises(Unknown):
        arrive_everybody(place_id=roster.at_point().pk, scope=scope, by="t", at=after(1))


def test_a_team_comes_along_where_all_of_it_stands(roster: Roster) -> None:
    whole, spread = (make_team(roster.place.district) for _ in range(2))
    roster.member(None, "sampler", team=whole)
    here = samplers(roster, 4)
    one = book_team(roster, whole, [here])
    other = book_team(roster, spread, [here, samplers(roster, 1, roster.unit_there)])
    who = {"place_id": roster.at_point().pk, "scope": roster.scope, "by": "t"}
    with scoped(roster.scope):
        assert arrive_everybody(**who, at=after(1)) == 4
        one.refresh_from_db()
        other.refresh_from_db()
        assert (one.state, one.arrived_at, other.state) == ("present", after(1), "booked")
        assert leave_everybody(**who, at=after(4)) == 4
    one.refresh_from_db()
    assert (one.state, one.ends_at) == ("done", after(4))
