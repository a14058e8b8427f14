"""Asking for visits: the person of the register, the same person twice, and likely doubles."""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import Any

import pytest

from campaigns.models import RoundTarget
from core.inputs import Conflict
from core.models import AuditEvent
from core.scope import Scope, scoped
from logistics.models import Visit, VisitState, VisitStep
from logistics.queries.visit_doubles import likely_doubles
from logistics.services.visit_doubles import keep_apart, merge
from logistics.services.visit_requests import AlreadyAsked, ask, join
from logistics.services.visit_teams import add_team, close_team, set_members
from logistics.services.visits import take_step
from sites.services.finding import Unknown
from tests.logistics.homes import make_visit, make_visit_team, planner, refused, words, worker
from tests.logistics.test_visits import fresh, give
from tests.personnel.people import floor_of, make_member
from tests.sites.make import NOW, id_number, make_resident, make_round

pytestmark = pytest.mark.django_db


@pytest.fixture
def place() -> Any:
    place = make_round()
    with floor_of(place.district):
        yield place


def asked(place: Any, scope: Scope | None = None, **over: Any) -> Visit:
    return ask(
        client_key=over.pop("client_key", uuid.uuid4()), round_id=place.round.pk,
        asked=words(**{"community_id": place.community_here.pk} | over),
        scope=scope or planner(place.here), by="user:1", at=NOW,
    )  # fmt: skip


def test_a_community_worker_asks_for_somebody_of_the_register(place: Any):
    resident, _number = make_resident(place)
    resident.building = "3号楼"
    resident.save()
    with scoped(worker(place.community_here)) as scope:
        visit = asked(place, scope, resident_id=resident.pk, name="", community_id=None)

    assert (visit.community, visit.building) == (place.community_here, "3号楼")
    assert (visit.name, visit.name_mask) == ("张三", "张*")
    assert (visit.phone, visit.phone_mask) == ("13800000000", "138****0000")
    assert visit.person_key == resident.person_key
    assert [step.to_state for step in visit.steps.all()] == ["asked"]


def test_a_typed_number_finds_the_person_without_showing_anybody(place: Any):
    resident, number = make_resident(place)
    assert asked(place, number=number).person_key == resident.person_key


def test_a_typed_number_opens_nobody_of_another_street(place: Any):
    resident, number = make_resident(place, place.community_there)
    with refused("name_missing"):
        asked(place, number=number, name="")
    visit = asked(place, number=number)
    assert visit.person_key == resident.person_key
    assert (visit.name, visit.phone, visit.building) == ("李桂芳", "", "")


def test_on_the_eve_of_a_round_its_targets_need_not_be_frozen(place: Any):
    RoundTarget.objects.all().delete()
    place.round.state = "ready"
    place.round.save()
    with scoped(worker(place.community_here)) as scope:
        assert asked(place, scope).state == "asked"
    place.round.state = "draft"
    place.round.save()
    with refused("round_unknown"):
        asked(place)


def test_what_is_outside_the_area_or_incomplete_is_refused(place: Any):
    foreign, _number = make_resident(place, place.community_there)
    with scoped(worker(place.community_here)) as scope:
        with pytest.raises(Unknown):
            asked(place, scope, resident_id=foreign.pk)
        with refused("community_unknown"):
            asked(place, scope, community_id=place.community_there.pk)
    with refused("name_missing"):
        asked(place, name="")
    with refused("visit_reason"):
        asked(place, reason="lazy")
    with refused("visit_window_ends_after_start"):
        asked(place, window_starts=NOW, window_ends=NOW - timedelta(hours=1))
    other = make_round()
    with refused("round_unknown"):
        ask(client_key=uuid.uuid4(), round_id=other.round.pk, asked=words(),
            scope=planner(place.here), by="t", at=NOW)  # fmt: skip
    place.round.state = "closed"
    place.round.save()
    with refused("round_closed"):
        asked(place)
    assert not Visit.objects.exists()


def test_the_same_form_twice_is_one_request(place: Any):
    key = uuid.uuid4()
    assert asked(place, client_key=key) == asked(place, client_key=key, name="王五")
    assert Visit.objects.count() == VisitStep.objects.count() == 1


def test_the_same_person_twice_is_told_and_added(place: Any):
    _resident, number = make_resident(place)
    first = asked(place, number=number, note="third floor")
    with pytest.raises(AlreadyAsked) as told:
        asked(place, number=number)
    assert told.value.visit_id == first.pk
    more = words(number=number, note="no lift", urgent=True, window_starts=NOW, phone="13911112222")
    joined = join(visit_id=first.pk, asked=more, scope=planner(place.here), by="u", at=NOW)

    assert fresh(first).note == "third floor\nno lift"
    assert (joined.urgent, joined.window_starts) == (True, NOW)
    assert joined.phone == "13800000000"  # what is known is not overwritten
    with pytest.raises(Unknown):
        join(visit_id=first.pk, asked=more, scope=planner(place.there), by="u", at=NOW)


def test_nothing_is_added_to_another_persons_request_or_to_one_that_is_over(place: Any):
    number = id_number()
    first = asked(place, number=number, note="third floor")
    go = {"visit_id": first.pk, "scope": planner(place.here), "by": "u", "at": NOW}
    with refused("visit_another"):
        join(asked=words(number=id_number(), note="no lift"), **go)
    with refused("visit_another"):
        join(asked=words(note="no lift"), **go)
    same = words(number=number, note="no lift")
    for over in ({"state": "withdrawn"}, {"state": "asked", "purged_at": NOW}):
        Visit.objects.filter(pk=first.pk).update(**over)
        with refused("visit_over"):
            join(asked=same, **go)
    assert fresh(first).note == "third floor"


def test_somebody_asked_for_in_a_street_out_of_sight_is_not_asked_for_again(place: Any):
    _resident, number = make_resident(place, place.community_there)
    make_visit(place, place.community_there, number=number)
    with scoped(planner(place.here)) as scope, pytest.raises(AlreadyAsked) as told:
        asked(place, scope, number=number)
    assert told.value.visit_id is None


def test_a_withdrawn_request_stands_in_nobodys_way(place: Any):
    _resident, number = make_resident(place)
    first = asked(place, number=number)
    take_step(visit_id=first.pk, to="withdrawn", reason="came alone", scope=planner(place.here),
              by="t", at=NOW)  # fmt: skip
    second = asked(place, number=number)
    with refused("visit_once_per_round"):
        take_step(visit_id=first.pk, to="asked", scope=planner(place.here), by="t", at=NOW)
    assert (fresh(first).state, fresh(second).state) == ("withdrawn", "asked")


def test_likely_doubles_are_listed_until_somebody_decides(place: Any):
    one = make_visit(place, phone="13911112222")
    same_phone = make_visit(place, name="王五", phone="13911112222")
    at_home = make_visit(place, name="赵六", building="5")
    same_door = make_visit(place, name="赵小", building="5")
    make_visit(place, name="赵六", building="6")
    make_visit(place, name="赵六")  # no building: a mask alone says nothing
    make_visit(place, place.community_there, name="外人", phone="13911112222")
    scope = planner(place.here)

    pairs = [{d.first.pk, d.second.pk} for d in likely_doubles(scope, place.round.pk)]
    assert pairs == [{one.pk, same_phone.pk}, {at_home.pk, same_door.pk}]

    keep_apart(visit_id=one.pk, other_id=same_phone.pk, scope=scope, by="t", at=NOW)
    merge(visit_id=same_door.pk, into_id=at_home.pk, scope=scope, by="t", at=NOW)
    assert likely_doubles(scope, place.round.pk) == []


def test_two_people_whose_documents_differ_are_no_doubles(place: Any):
    make_visit(place, phone="13911112222", number=id_number())
    make_visit(place, phone="13911112222", number=id_number())
    assert likely_doubles(planner(place.here), place.round.pk) == []


def test_merging_keeps_what_only_the_other_knew(place: Any):
    number = id_number()
    stays = make_visit(place, note="a")
    goes = make_visit(place, number=number, phone="13911112222", note="b", urgent=True,
                      building="7", address="7-1-302")  # fmt: skip
    earlier = make_visit(place)
    scope = planner(place.here)
    merge(visit_id=earlier.pk, into_id=goes.pk, scope=scope, by="t", at=NOW)

    for _ in range(2):
        merge(visit_id=goes.pk, into_id=stays.pk, scope=scope, by="t", at=NOW)

    stays, goes = fresh(stays), fresh(goes)
    assert (stays.note, stays.urgent, stays.building) == ("a\nb", True, "7")
    assert (stays.phone, stays.address) == ("13911112222", "7-1-302")
    assert (goes.state, goes.merged_into) == ("merged", stays)
    assert stays.person_key is not None
    assert fresh(earlier).merged_into == stays
    assert AuditEvent.objects.filter(act="visit.merge").count() == 2


def test_what_is_not_one_person_is_not_merged(place: Any):
    one, other = make_visit(place, number=id_number()), make_visit(place, number=id_number())
    plain, scope = make_visit(place), planner(place.here)
    go = {"scope": scope, "by": "t", "at": NOW}
    with refused("visit_two_people"):
        merge(visit_id=one.pk, into_id=other.pk, **go)
    with refused("visit_same"):
        merge(visit_id=one.pk, into_id=one.pk, **go)
    with refused("visit_same"):
        keep_apart(visit_id=one.pk, other_id=one.pk, **go)
    foreign = make_visit(place, place.community_there)
    with pytest.raises(Unknown):
        merge(visit_id=foreign.pk, into_id=one.pk, **go)
    give(place, one)
    take_step(visit_id=one.pk, to="done", **go)
    with refused("visit_done_stays"):
        merge(visit_id=one.pk, into_id=plain.pk, **go)
    take_step(visit_id=other.pk, to="withdrawn", reason="moved", **go)
    with refused("visit_over"):
        merge(visit_id=plain.pk, into_id=other.pk, **go)
    assert not Visit.objects.filter(state=VisitState.MERGED).exists()


def test_a_team_has_members_of_ones_own_area(place: Any):
    mine, foreign = (
        make_member(place.district, place.here),
        make_member(place.district, place.there),
    )
    go = {"street_id": place.here.pk, "scope": planner(place.here), "by": "t", "at": NOW}
    with scoped(planner(place.here)):
        with refused("member_unknown"):
            add_team(name="A", member_ids=[mine.pk, foreign.pk], **go)
        with refused("team_empty"):
            add_team(name="A", member_ids=[], **go)
        with refused("street_unknown"):
            add_team(name="A", member_ids=[mine.pk], **go | {"street_id": place.there.pk})
        team = add_team(name="A", member_ids=[mine.pk], **go)
        assert add_team(name="A", member_ids=[mine.pk], **go) == team
        other = make_member(place.district, place.here)
        with pytest.raises(Conflict) as taken:
            add_team(name="A", member_ids=[other.pk], **go)
    assert taken.value.code == "visit_team_name_once"


def test_members_out_of_sight_stay_in_their_team(place: Any):
    lent, mine = make_member(place.district, place.there), make_member(place.district, place.here)
    team = make_visit_team(place, members=[lent, mine])
    new = make_member(place.district, place.here)
    with scoped(planner(place.here)) as scope:
        set_members(team_id=team.pk, member_ids=[new.pk], scope=scope, by="t", at=NOW)
    assert set(team.members.values_list("pk", flat=True)) == {lent.pk, new.pk}


def test_what_a_closed_team_has_not_done_waits_for_another(place: Any):
    visit, done = make_visit(place), make_visit(place)
    team = give(place, visit, done)
    take_step(visit_id=done.pk, to="done", scope=planner(place.here), by="t", at=NOW)
    for _ in range(2):
        close_team(team_id=team.pk, scope=planner(place.here), by="t", at=NOW)
    assert (fresh(visit).state, fresh(visit).team) == ("asked", None)
    assert fresh(done).team == team
    with refused("visit_team_closed"):
        give(place, visit, team=team)
    with pytest.raises(Unknown):
        close_team(team_id=team.pk, scope=planner(place.there), by="t", at=NOW)
