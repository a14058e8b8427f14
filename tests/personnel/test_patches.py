"""Exactly one person answers for a building; nobody's buildings come first (S029)."""

import threading
from datetime import datetime, timedelta

import pytest
from django.db import IntegrityError, connection, connections, transaction
from django.test.utils import CaptureQueriesContext

from core.clock import HERE
from core.inputs import Refused
from core.models import AuditEvent
from core.scope import Scope, scoped
from personnel.models import PatchAssignment
from personnel.queries.patches import (
    buildings_of,
    communities_covered,
    owners_for,
    owners_of,
    streets_covered,
)
from personnel.roles import Role
from personnel.services.patches import assign, end
from tests.personnel.make import make_district, make_division, make_user
from tests.personnel.people import make_member

pytestmark = pytest.mark.django_db
NOW = datetime(2021, 11, 5, 9, tzinfo=HERE)


@pytest.fixture
def place():
    place = make_district()
    with scoped(whole(place)):
        yield place


def whole(place):
    return Scope(districts=frozenset({place.district.pk}), actor="user:1:planner")


def street_of(street):
    return Scope(streets=frozenset({street.pk}), actor="user:2:street_official")


def make_building(community):
    building = make_division("building", community)
    building.community_id = community.pk
    building.save()
    return building


def give(place, buildings, owner, *, minutes=0, scope=None, **over):
    return assign(
        building_ids=[each.pk for each in buildings],
        owner_id=owner.pk,
        scope=scope or whole(place),
        by="t",
        at=NOW + timedelta(minutes=minutes),
        **over,
    )


def owner_of(place, building, minutes=60):
    held = owners_of([building], whole(place), at=NOW + timedelta(minutes=minutes))
    return held[building.pk].owner if building.pk in held else None


def test_many_at_once_and_a_second_time_changes_nothing(place):
    buildings = [make_building(place.community_here) for _ in range(3)]
    owner = make_member(place.district, place.here)

    assert give(place, buildings, owner).done == 3
    again = give(place, buildings, owner, minutes=5)
    assert (again.done, again.unchanged) == (0, 3)
    assert PatchAssignment.objects.count() == 3


def test_somebody_elses_building_is_left_and_named_until_it_is_handed_over(place):
    one, two = (make_building(place.community_here) for _ in range(2))
    first, second = (make_member(place.district, place.here) for _ in range(2))
    give(place, [one], first)

    given = give(place, [one, two], second, minutes=10)
    assert given.done == 1
    assert [(t.building, t.owner, t.since) for t in given.taken] == [(one, first, NOW)]
    assert owner_of(place, one) == first

    handed = give(place, [one], second, minutes=20, hand_over=True)
    assert (handed.done, handed.taken) == (1, [])
    assert owner_of(place, one, 15) == first
    assert owner_of(place, one, 25) == second
    before = PatchAssignment.objects.get(owner=first)
    assert before.ends_at == NOW + timedelta(minutes=20)


def test_handing_over_in_the_moment_of_giving_leaves_one_row(place):
    building = make_building(place.community_here)
    first, second = (make_member(place.district, place.here) for _ in range(2))
    give(place, [building], first)
    give(place, [building], second, hand_over=True)
    assert PatchAssignment.objects.get().owner == second


def test_two_owners_at_a_time_are_refused_by_the_database(place):
    building = make_building(place.community_here)
    first, second = (make_member(place.district, place.here) for _ in range(2))
    give(place, [building], first)
    with pytest.raises(IntegrityError, match="patch_one_owner"), transaction.atomic():
        PatchAssignment.objects.create(
            building=building, district_id=place.district.pk, street_id=place.here.pk,
            community_id=place.community_here.pk, owner=second, starts_at=NOW, at=NOW, by="t",
        )  # fmt: skip


def test_ending_frees_the_building(place):
    building = make_building(place.community_here)
    give(place, [building], make_member(place.district, place.here))
    ended = end(
        building_ids=[building.pk], scope=whole(place), by="t", at=NOW + timedelta(minutes=5)
    )
    assert ended == 1
    assert owner_of(place, building, 4) is not None
    assert owner_of(place, building, 6) is None
    assert AuditEvent.objects.filter(act__in=["patch.assign", "patch.end"]).count() == 2


def test_neighbours_buildings_and_people_are_out_of_reach(place):
    mine, theirs = make_building(place.community_here), make_building(place.community_there)
    owner, stranger = (
        make_member(place.district, place.here),
        make_member(place.district, place.there),
    )
    scope = street_of(place.here)
    with pytest.raises(Refused) as refused:
        give(place, [mine, theirs], owner, scope=scope)
    assert refused.value.status == 404
    with pytest.raises(Refused) as refused:
        give(place, [mine], stranger, scope=scope)
    assert refused.value.code == "owner_unknown"
    # The district sees both, but a person answers where that person works.
    with pytest.raises(Refused) as refused:
        give(place, [mine], stranger)
    assert refused.value.code == "owner_elsewhere"
    with pytest.raises(Refused) as refused:
        give(place, [], owner)
    assert refused.value.code == "nothing_ticked"
    assert not PatchAssignment.objects.exists()


def test_an_owner_who_moved_to_another_street_still_answers_unnamed(place):
    building = make_building(place.community_here)
    moved, new = (make_member(place.district, place.here) for _ in range(2))
    give(place, [building], moved)
    moved.street_id = place.there.pk
    moved.save()

    scope = street_of(place.here)
    with scoped(scope):
        held = owners_of([building], scope, at=NOW)
        assert held[building.pk].owner is None
        given = give(place, [building], new, minutes=5, scope=scope)
    assert [taken.owner for taken in given.taken] == [None]


def test_buildings_without_anybody_come_first_and_are_counted(place):
    owned, alone = (make_building(place.community_here) for _ in range(2))
    make_building(place.community_there)
    give(place, [owned], make_member(place.district, place.here))
    later = NOW + timedelta(minutes=1)

    found = buildings_of(whole(place), place.here, at=later)
    assert list(found) == [alone, owned]
    assert list(buildings_of(whole(place), place.here, at=later, only_missing=True)) == [alone]
    rows = communities_covered(whole(place), place.here, at=later)
    assert [(row.buildings, row.owned, row.missing) for row in rows] == [(2, 1, 1)]
    streets = {row.division: row.missing for row in streets_covered(whole(place), at=later)}
    assert streets == {place.here: 1, place.there: 1}
    assert [row.division for row in streets_covered(street_of(place.here), at=later)] == [
        place.here
    ]


def test_people_to_choose_from_work_in_the_street_and_show_their_load(place):
    busy, idle = (make_member(place.district, place.here) for _ in range(2))
    make_member(place.district, place.there)
    make_member(place.district, place.here, left_at=NOW)
    give(place, [make_building(place.community_here) for _ in range(2)], busy)

    found = owners_for(whole(place), place.here, at=NOW)
    assert [(each, each.buildings) for each in found] == [(busy, 2), (idle, 0)]


def test_the_page_asks_as_often_for_many_buildings_as_for_few(place, client):
    client.force_login(make_user(Role.STREET_OFFICIAL, place.here))

    def asked():
        with CaptureQueriesContext(connection) as queries:
            assert client.get(f"/patches/{place.here.pk}/").status_code == 200
        # The clock is read once a second, whatever is asked.
        return sum("core_clock" not in query["sql"] for query in queries.captured_queries)

    give(place, [make_building(place.community_here)], make_member(place.district, place.here))
    asked()
    few = asked()
    for _ in range(20):
        owner = make_member(place.district, place.here)
        give(place, [make_building(place.community_here)], owner)
    assert asked() == few


@pytest.mark.django_db(transaction=True)
def test_of_two_officials_at_once_one_gets_the_building_and_the_other_is_told():
    place = make_district()
    building = make_building(place.community_here)
    owners = [make_member(place.district, place.here) for _ in range(8)]
    answers, start = [], threading.Barrier(len(owners))

    def run(owner):
        start.wait()
        try:
            with scoped(whole(place)):
                answers.append(give(place, [building], owner))
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=(owner,)) for owner in owners]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(given.done for given in answers) == [0] * 7 + [1]
    assert all(given.taken for given in answers if not given.done)
    assert PatchAssignment.objects.count() == 1
