"""Home visits: every state and every refusal, phones that come late, and the neighbour's rows."""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection

from core.models import AuditEvent
from core.scope import Scope, scoped
from logistics.models import Visit, VisitState, VisitStep
from logistics.queries.visits import visits_of
from logistics.services.phone import Sent, take_phone_steps
from logistics.services.visit_plans import assign, give_to_trip, reorder, set_way
from logistics.services.visits import OUTCOMES, TRANSITIONS, let_stand, take_step
from sites.services.finding import Unknown
from tests.logistics.homes import make_visit, make_visit_team, planner, refused
from tests.personnel.make import District
from tests.personnel.people import floor_of, make_member
from tests.sites.make import NOW, make_round

pytestmark = pytest.mark.django_db
S = VisitState


@pytest.fixture
def place() -> Any:
    place = make_round()
    with floor_of(place.district):
        yield place


def give(place: District, *visits: Visit, team: Any = None, at: Any = NOW) -> Any:
    team = team or make_visit_team(place)
    assign(
        visit_ids=[visit.pk for visit in visits], team_id=team.pk, scope=planner(place.here),
        by="user:1", at=at,
    )  # fmt: skip
    return team


def step(visit: Visit, to: str, **over: Any) -> Visit:
    given = {"scope": None, "by": "user:1", "at": NOW + timedelta(minutes=5)} | over
    return take_step(visit_id=visit.pk, to=to, **given)


def fresh(visit: Visit) -> Visit:
    return Visit.objects.get(pk=visit.pk)


def in_state(place: District, state: VisitState) -> Visit:
    visit = make_visit(place)
    if state == S.MERGED:
        return _merged(place, visit)
    if state not in (S.ASKED, S.WITHDRAWN):
        give(place, visit)
    if state not in (S.ASKED, S.ASSIGNED):
        step(visit, state, scope=planner(place.here), reason="said so")
    return fresh(visit)


def _merged(place: District, visit: Visit) -> Visit:
    from logistics.services.visit_doubles import merge

    merge(
        visit_id=visit.pk, into_id=make_visit(place).pk, scope=planner(place.here), by="t", at=NOW
    )
    return fresh(visit)


def test_every_state_stands_in_the_table():
    assert set(TRANSITIONS) == set(VisitState)
    assert set().union(*TRANSITIONS.values()) == set(VisitState)


@pytest.mark.parametrize("before", list(VisitState))
@pytest.mark.parametrize("to", [*OUTCOMES, S.ASKED, S.WITHDRAWN])
def test_a_step_leads_where_the_table_says_and_nowhere_else(
    place: District, before: VisitState, to: VisitState
):
    visit = in_state(place, before)

    if to in TRANSITIONS[before] or to == before:
        assert step(visit, to, scope=planner(place.here), reason="why").state == to
        assert fresh(visit).state == to
    else:
        with refused("visit_step"):
            step(visit, to, scope=planner(place.here), reason="why")
        assert fresh(visit).state == before


def test_a_visit_is_given_in_the_order_of_the_buildings(place: District):
    far = make_visit(place, building="10号楼")
    near = make_visit(place, building="2号楼")
    team = give(place, far, near)
    later = make_visit(place, building="1号楼")
    give(place, later, near, team=team)

    listed = [line.pk for line in visits_of(team.members.first(), NOW)]
    assert listed == [near.pk, far.pk, later.pk]  # what it has keeps its place
    steps = VisitStep.objects.filter(visit=near, to_state="assigned")
    assert [(row.team_id, row.from_state) for row in steps] == [(team.pk, "asked")]


def test_two_that_are_reordered_change_places_and_the_ends_stay(place: District):
    first, second = make_visit(place, building="1"), make_visit(place, building="2")
    team = give(place, first, second)
    move = {"scope": planner(place.here), "by": "user:1", "at": NOW}

    reorder(visit_id=second.pk, up=True, **move)
    reorder(visit_id=second.pk, up=True, **move)

    assert [line.pk for line in visits_of(team.members.first(), NOW)] == [second.pk, first.pk]


def test_what_cannot_be_given_is_refused_and_nothing_is_given(place: District):
    ready, done = make_visit(place), in_state(place, S.DONE)
    with refused("visit_over"):
        give(place, ready, done)
    fetched = make_visit(place, way="fetch")
    with refused("visit_fetch"):
        give(place, ready, fetched)
    with refused("visit_none"):
        give(place)
    foreign = make_visit_team(place, place.there)
    with pytest.raises(Unknown):
        give(place, ready, team=foreign)
    everywhere = Scope(districts=frozenset({place.district.pk}), actor="test")
    with refused("visit_team_street"):
        assign(visit_ids=[ready.pk], team_id=foreign.pk, scope=everywhere, by="t", at=NOW)
    assert fresh(ready).state == S.ASKED


def test_a_visit_of_the_neighbour_street_is_not_there(place: District):
    foreign = make_visit(place, place.community_there)
    scope = planner(place.here)
    with pytest.raises(Unknown):
        step(foreign, S.WITHDRAWN, scope=scope, reason="why")
    with pytest.raises(Unknown):
        give(place, make_visit(place), foreign)
    with pytest.raises(Unknown):
        set_way(visit_id=foreign.pk, way="fetch", scope=scope, by="t", at=NOW)
    with pytest.raises(Unknown):
        give_to_trip(visit_ids=[foreign.pk], trip_id=1, scope=scope, by="t", at=NOW)
    assert fresh(foreign).state == S.ASKED


def test_the_floor_hides_the_visits_of_another_street(place: District):
    make_visit(place, place.community_there)
    mine = make_visit(place)
    with scoped(planner(place.here)), connection.cursor() as cursor:
        cursor.execute("SELECT id FROM logistics_visit")
        assert cursor.fetchall() == [(mine.pk,)]
    with scoped(Scope()):
        assert not Visit.objects.exists()


def test_nobody_of_another_team_notes_anything(place: District):
    visit = in_state(place, S.ASSIGNED)
    stranger = make_visit_team(place).members.first()
    with pytest.raises(Unknown):
        step(visit, S.DONE, member=stranger)
    with pytest.raises(Unknown):
        step(visit, S.DONE, member=make_member(place.district))
    with pytest.raises(Unknown):
        step(visit, S.DONE)  # neither member nor scope


def test_a_team_notes_outcomes_and_plans_nothing(place: District):
    visit = make_visit(place)
    member = give(place, visit).members.first()
    for to in ("asked", "withdrawn", "assigned", "merged", "", "nonsense"):
        with refused("visit_step_unknown"):
            step(visit, to, member=member)


def test_the_same_step_of_a_phone_twice_is_one(place: District):
    visit, other = make_visit(place), make_visit(place)
    member = give(place, visit, other).members.first()
    key = uuid.uuid4()
    for _ in range(2):
        step(visit, S.ABSENT, member=member, client_key=key, device_at=NOW)
    step(visit, S.DONE, member=member, client_key=uuid.uuid4(), device_at=NOW)
    # replayed after all: what came later stays
    assert step(visit, S.ABSENT, member=member, client_key=key, device_at=NOW).state == S.DONE
    assert VisitStep.objects.filter(visit=visit, to_state="absent").count() == 1
    with refused("visit_step_key"):
        step(other, S.ABSENT, member=member, client_key=key)


def test_a_phones_older_step_is_kept_and_changes_nothing(place: District):
    visit = make_visit(place)
    member = give(place, visit).members.first()
    step(visit, S.DONE, member=member, client_key=uuid.uuid4(),
         device_at=NOW + timedelta(minutes=4))  # fmt: skip
    late = step(visit, S.ABSENT, member=member, client_key=uuid.uuid4(),
                device_at=NOW + timedelta(minutes=1))  # fmt: skip
    assert late.state == fresh(visit).state == S.DONE
    assert VisitStep.objects.filter(visit=visit, to_state="absent", from_state="").exists()


def test_a_phone_is_told_each_time_that_its_older_step_does_not_hold(place: District):
    visit = make_visit(place)
    member = give(place, visit).members.first()
    done, late = (
        Sent(uuid.uuid4(), "visit", visit.pk, act, device_at=NOW + timedelta(minutes=minutes))
        for act, minutes in ((S.DONE, 4), (S.ABSENT, 1))
    )

    answered = [
        take_phone_steps([one], member=member, by="t", at=NOW + timedelta(minutes=5))[0]
        for one in (done, late, late)
    ]

    assert [one.verdict for one in answered] == ["created", "conflict", "conflict"]
    assert answered[1] == answered[2]
    assert answered[1].words


def test_the_team_that_had_the_visit_is_heard_after_it_went_to_another(place: District):
    visit = make_visit(place)
    member = give(place, visit).members.first()
    give(place, visit, team=make_visit_team(place), at=NOW + timedelta(minutes=1))

    done = step(visit, S.DONE, member=member, device_at=NOW)

    assert done.state == S.DONE
    assert done.state_at == NOW  # when it was, not when the phone was heard


def test_a_phone_that_noted_a_merged_request_notes_the_one_that_stayed(place: District):
    visit, other = make_visit(place), make_visit(place)
    member = give(place, visit).members.first()
    from logistics.services.visit_doubles import merge

    merge(visit_id=visit.pk, into_id=other.pk, scope=planner(place.here), by="t", at=NOW)
    give(place, other)

    assert step(visit, S.DONE, member=member, client_key=uuid.uuid4()).pk == other.pk
    assert fresh(other).state == S.DONE


def test_the_time_of_a_phone_that_is_wrong_stays_within_the_visit(place: District):
    visit = make_visit(place)
    member = give(place, visit).members.first()
    early = step(visit, S.ABSENT, member=member, device_at=NOW - timedelta(days=900))
    assert early.state_at == visit.at
    ahead = step(visit, S.DONE, member=member, device_at=NOW + timedelta(days=900))
    assert ahead.state_at == NOW + timedelta(minutes=5)


def test_withdrawing_and_undoing_a_done_visit_need_a_reason(place: District):
    scope = planner(place.here)
    with refused("reason_missing"):
        step(make_visit(place), S.WITHDRAWN, scope=scope)
    with refused("reason_missing"):
        step(in_state(place, S.DONE), S.ABSENT, scope=scope, reason="  ")


def test_taken_back_a_visit_waits_for_another_team(place: District):
    visit = step(in_state(place, S.ASSIGNED), S.ASKED, scope=planner(place.here))
    assert (visit.team, visit.position, visit.state) == (None, None, S.ASKED)


def test_a_refusal_that_stands_is_noted_once_and_stays_counted(place: District):
    visit = in_state(place, S.REFUSED)
    stand = {"visit_id": visit.pk, "scope": planner(place.here), "by": "user:1", "at": NOW}
    with refused("reason_missing"):
        let_stand(reason="", **stand | {"at": NOW + timedelta(hours=1)})
    for _ in range(2):
        let_stand(reason="talked to her twice", **stand | {"at": NOW + timedelta(hours=1)})
    assert fresh(visit).state == S.REFUSED
    assert VisitStep.objects.filter(visit=visit, from_state="refused").count() == 1
    with refused("visit_not_refused"):
        let_stand(reason="why", **stand | {"visit_id": in_state(place, S.ABSENT).pk})


def test_who_is_fetched_instead_waits_for_a_car(place: District):
    visit = in_state(place, S.ASSIGNED)
    changed = set_way(visit_id=visit.pk, way="fetch", scope=planner(place.here), by="t", at=NOW)
    assert (changed.state, changed.team, changed.way) == (S.ASKED, None, "fetch")
    with refused("visit_way"):
        set_way(visit_id=visit.pk, way="fly", scope=planner(place.here), by="t", at=NOW)
    with refused("visit_over"):
        set_way(visit_id=in_state(place, S.DONE).pk, way="fetch", scope=planner(place.here),
                by="t", at=NOW)  # fmt: skip


def test_reasons_and_the_trail_hold_no_number_of_a_person(place: District):
    visit = in_state(place, S.ASSIGNED)
    step(visit, S.REFUSED, scope=planner(place.here), reason="call 13812345678 李桂芳")
    assert "13812345678" not in VisitStep.objects.get(visit=visit, to_state="refused").reason
    written = str(list(AuditEvent.objects.values_list("summary", "act")))
    assert "visit.step" in written
    assert "李" not in written
    assert "13812345678" not in written


def test_visits_of_shows_waiting_ones_and_what_was_noted_today(place: District):
    waiting, noted, yesterday = make_visit(place), make_visit(place), make_visit(place)
    elsewhere = make_visit(place)
    team = give(place, waiting, noted, yesterday)
    give(place, elsewhere)
    step(noted, S.ABSENT, scope=planner(place.here))
    Visit.objects.filter(pk=yesterday.pk).update(state="done", state_at=NOW - timedelta(days=1))
    member = team.members.first()

    assert {line.pk for line in visits_of(member, NOW)} == {waiting.pk, noted.pk}
    place.round.state = "closed"
    place.round.save()
    assert visits_of(member, NOW) == []
