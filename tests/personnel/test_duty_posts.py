"""Posts around the clock show their empty hours; relief names who must go and who comes."""

from __future__ import annotations

import pytest

from core.inputs import Refused
from core.scope import scoped
from personnel.queries.posts import relief, uncovered
from personnel.services import duty
from personnel.services.attendance import is_noted, note_attendance
from personnel.services.places import add_place, place_of_unit
from tests.personnel.people import make_team
from tests.personnel.roster import NOW, Roster, after, make_roster
from tests.personnel.test_staffing import stand, stand_team

pytestmark = pytest.mark.django_db


@pytest.fixture
def roster() -> Roster:
    return make_roster()


def post(roster: Roster, street=None):
    return add_place(
        kind="command", name="指挥部值班室", street_id=street, around_the_clock=True,
        scope=roster.scope, by="t", at=NOW,
    )  # fmt: skip


def due(roster: Roster, hour: float, scope=None) -> list[tuple[str, str, bool]]:
    scope = scope or roster.scope
    with scoped(scope):
        return [(one.who, one.why, one.relieved) for one in relief(scope, at=after(hour)).rows]


def test_the_hours_nobody_is_at_a_post_are_listed_for_two_days(roster) -> None:
    place = post(roster)
    for start, end in ((0, 8), (10, 24), (23, 60)):
        stand(roster, place, start, end, role="duty_officer")
    stand(roster, place, 8, 10, role="duty_officer", state="cancelled")

    (hole,) = uncovered(roster.scope, at=after(1))

    assert (hole.place, hole.starts_at, hole.ends_at) == (place, after(8), after(10))
    assert [h.starts_at for h in uncovered(roster.scope, at=after(20))] == [after(60)]


def test_a_street_sees_its_own_posts_only(roster) -> None:
    post(roster)
    post(roster, roster.place.there.pk)
    mine = post(roster, roster.place.here.pk)

    assert [hole.place for hole in uncovered(roster.street_scope(), at=NOW)] == [mine]


def test_an_end_asks_for_relief_where_the_role_is_needed_afterwards(roster) -> None:
    point, unit = roster.at_point(), place_of_unit(unit_id=roster.unit.pk, scope=roster.scope)
    roster.need(point, 1, 1, 9, "usher")
    going = stand(roster, unit, 1, 5, state="present")
    stand(roster, point, 1, 9, role="head")
    stand(roster, point, 2, 5, role="police")  # nobody needed after
    name = going.member.name_mask

    assert due(roster, 4) == []
    assert due(roster, 4.75) == [(name, "ends", False)]
    stand(roster, point, 5, 9)
    assert due(roster, 4.75) == [(name, "ends", True)]


def test_time_in_protective_clothing_runs_from_the_arrival(roster) -> None:
    point = roster.at_point()
    roster.need(point, 1, 1, 9)
    roster.need(point, 4, 1, 9, "disinfector")
    late = stand(roster, point, 1, 9, role="sampler", state="present", arrived_at=after(2))
    team = make_team(roster.place.district, headcount=4)
    stand_team(roster, point, 1, 9, 4, team=team, state="present")
    team.duties.get().places.update(role=roster.role("disinfector"))

    assert due(roster, 4.75) == [(str(team), "ppe", False)]
    for _ in range(3):
        stand(roster, point, 4, 9, role="disinfector")
    assert due(roster, 4.75) == [(str(team), "ppe", False)]
    stand(roster, point, 4, 9, role="disinfector")
    assert due(roster, 4.75) == [(str(team), "ppe", True)]
    assert due(roster, 5.75) == [(late.member.name_mask, "ppe", False), (str(team), "ppe", True)]
    # Booked past the limit with words, the team takes turns on site.
    team.duties.update(reason="turns of four hours")
    assert due(roster, 5.75) == [(late.member.name_mask, "ppe", False)]


def test_who_stays_after_the_end_is_named_until_they_leave(roster) -> None:
    staying = stand(roster, roster.at_point(), 1, 4, state="present")
    stand(roster, roster.at_point(), 1, 4)

    assert due(roster, 5) == [(staying.member.name_mask, "over", True)]
    assert due(roster, 5, roster.street_scope(roster.place.there)) == []
    with scoped(roster.scope):
        duty.leave(duty_id=staying.pk, scope=roster.scope, by="t", at=after(5))
    assert due(roster, 5) == []


def test_noting_presence_is_switched_with_a_reason(roster) -> None:
    district = roster.place.district.pk
    asked = {"district_id": district, "by": "t", "at": NOW}

    assert is_noted(district)
    with pytest.raises(Refused):
        note_attendance(wanted=False, reason="", scope=roster.scope, **asked)
    with pytest.raises(Refused) as no:
        note_attendance(wanted=False, reason="so", scope=roster.street_scope(), **asked)
    assert no.value.status == 404
    note_attendance(wanted=False, reason="agreed with the staff", scope=roster.scope, **asked)
    assert not is_noted(district)
