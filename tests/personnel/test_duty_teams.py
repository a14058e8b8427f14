"""A team is booked with its parts and listed members, and takes all of them along."""

from __future__ import annotations

import uuid

import pytest

from core.inputs import Conflict, Refused
from core.scope import scoped
from personnel.models import Duty, TeamDuty, TeamPlace
from personnel.services import duty, team_duty
from personnel.services.team_duty import Part
from tests.personnel.people import make_team
from tests.personnel.roster import NOW, Roster, after, make_roster

pytestmark = pytest.mark.django_db


@pytest.fixture
def roster() -> Roster:
    return make_roster()


def book(roster: Roster, team, parts, start: float = 1, end: float = 4, **more) -> TeamDuty:
    scope = more.pop("scope", roster.scope)
    with scoped(scope):
        return team_duty.book_team(
            client_key=more.pop("key", uuid.uuid4()), team_id=team.pk, parts=parts,
            starts_at=after(start), ends_at=after(end), scope=scope, by="test", at=NOW, **more,
        )  # fmt: skip


def act(roster: Roster, name: str, one: TeamDuty, at: float, **more) -> TeamDuty:
    with scoped(roster.scope):
        return getattr(team_duty, name)(
            team_duty_id=one.pk, scope=roster.scope, by="test", at=after(at), **more
        )


def samplers(roster: Roster, people: int, unit=None) -> Part:
    return Part(roster.at_point(unit).pk, roster.role("sampler").pk, people)


def test_members_stand_at_the_part_of_their_role_and_others_in_the_street(roster) -> None:
    team = make_team(roster.place.district, headcount=10)
    sampler = roster.member(None, "sampler", team=team)
    spare = roster.member(None, "sampler", team=team)
    usher = roster.member(None, "usher", team=team)

    booked = book(roster, team, [samplers(roster, 1), samplers(roster, 2, roster.unit_there)],
                  street_id=roster.place.here.pk)  # fmt: skip

    stands = {d.member_id: (d.place.kind, d.role.code) for d in booked.member_duties.all()}
    assert stands[sampler.pk] == stands[spare.pk] == ("point", "sampler")
    assert stands[usher.pk] == ("street", "usher")
    assert len({d.place_id for d in booked.member_duties.filter(role__code="sampler")}) == 2
    assert booked.headcount == 3
    assert TeamPlace.objects.filter(duty=booked).count() == 2


def test_the_same_key_books_once(roster) -> None:
    team, key = make_team(roster.place.district), uuid.uuid4()
    parts = [samplers(roster, 5)]

    assert book(roster, team, parts, key=key) == book(roster, team, parts, key=key)
    with pytest.raises(Conflict) as no:
        book(roster, make_team(roster.place.district), parts, key=key)
    assert no.value.code == "key_reused"


def test_a_member_who_is_booked_refuses_the_whole_by_name(roster) -> None:
    team = make_team(roster.place.district)
    free = roster.member(None, "sampler", team=team)
    busy = roster.member(None, "sampler", team=team, name="李四光")
    roster.book(busy, roster.at_point(), 3, 5)

    with pytest.raises(Conflict) as no:
        book(roster, team, [samplers(roster, 5)])

    assert (no.value.code, busy.name_mask in no.value.text) == ("taken", True)
    assert "11-05 01:00" in no.value.text
    assert free.name_mask not in no.value.text or free.name_mask == busy.name_mask
    assert not TeamDuty.objects.exists()
    assert Duty.objects.count() == 1


def test_a_booked_team_is_taken_until_when(roster) -> None:
    team = make_team(roster.place.district)
    book(roster, team, [samplers(roster, 5)])

    with pytest.raises(Conflict) as no:
        book(roster, team, [samplers(roster, 5, roster.unit_there)], 2, 3)

    assert no.value.code == "taken"
    assert roster.unit.point.name in no.value.text
    assert "11-05 00:00" in no.value.text


def test_a_team_is_not_booked_beyond_its_people_its_stay_and_its_fitness(roster) -> None:
    district = roster.place.district
    team = make_team(district, headcount=4, arrives_at=after(2), returns_at=after(20))
    for parts, start, end, code in (
        ([samplers(roster, 5)], 3, 5, "team_too_small"),
        ([], 3, 5, "parts_missing"),
        ([samplers(roster, 4)], 1, 3, "team_not_here"),
        ([samplers(roster, 4)], 19, 21, "team_not_here"),
        ([samplers(roster, 4)], 3, 8, "limit_ppe"),
    ):
        with pytest.raises(Refused) as no:
            book(roster, team, parts, start, end)
        assert no.value.code == code
    roster.member(None, "sampler", team=team, qualified=())
    with pytest.raises(Refused) as no:
        book(roster, team, [samplers(roster, 4)], 3, 5)
    assert no.value.code == "not_certified"


def test_the_team_takes_its_members_along(roster) -> None:
    team = make_team(roster.place.district)
    member = roster.member(None, "sampler", team=team)
    ill = roster.member(None, "sampler", team=team)
    booked = book(roster, team, [samplers(roster, 5)])
    with scoped(roster.scope):
        duty.cancel(duty_id=ill.duties.get().pk, reason="ill", scope=roster.scope, by="t", at=NOW)

    act(roster, "arrive_team", booked, 1)
    assert {d.member_id: d.state for d in Duty.objects.all()} == {
        member.pk: "present", ill.pk: "cancelled",
    }  # fmt: skip
    left = act(roster, "leave_team", booked, 2)

    assert (left.state, left.ends_at) == ("done", after(2))
    assert member.duties.get().ends_at == after(2)
    assert book(roster, team, [samplers(roster, 5)], 12, 14).pk


def test_cancelling_sets_team_and_members_free(roster) -> None:
    team = make_team(roster.place.district)
    member = roster.member(None, "sampler", team=team)
    booked = book(roster, team, [samplers(roster, 5)])

    act(roster, "cancel_team", booked, 0, reason="other need")

    assert member.duties.get().state == "cancelled"
    assert book(roster, team, [samplers(roster, 5)]).pk
    with pytest.raises(Conflict) as no:
        act(roster, "arrive_team", booked, 1)
    assert no.value.code == "duty_over"


def test_a_street_does_not_book_the_districts_teams(roster) -> None:
    team = make_team(roster.place.district)
    with pytest.raises(Refused) as no:
        book(roster, team, [samplers(roster, 5)], scope=roster.street_scope())
    assert no.value.status == 404


def test_a_team_that_goes_before_the_beginning_is_free_with_its_members(roster) -> None:
    team = make_team(roster.place.district)
    roster.member(None, "sampler", team=team)
    one = book(roster, team, [samplers(roster, 2)])
    act(roster, "arrive_team", one, 0.5)
    act(roster, "leave_team", one, 0.7)
    assert act(roster, "leave_team", one, 0.8).state == "cancelled"

    assert set(one.member_duties.values_list("state", "arrived_at")) == {("cancelled", after(0.5))}
    assert book(roster, team, [samplers(roster, 2)]).state == "booked"


def test_a_key_does_not_bring_back_a_cancelled_team(roster) -> None:
    team, key = make_team(roster.place.district), uuid.uuid4()
    one = book(roster, team, [samplers(roster, 2)], key=key)
    act(roster, "cancel_team", one, 0, reason="rain")

    with pytest.raises(Conflict) as no:
        book(roster, team, [samplers(roster, 2)], key=key)
    assert no.value.code == "duty_over"
