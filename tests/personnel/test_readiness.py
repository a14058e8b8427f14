"""Floors per street: counted from the list or stated, required per community, gaps."""

from datetime import date, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from core.clock import HERE
from core.inputs import Refused
from core.scope import Scope, scoped
from personnel.models import ReadinessFloor
from personnel.queries.readiness import readiness
from personnel.services.readiness import set_floor, state_counts
from personnel.services.terms import add_builtin_terms
from tests.personnel.make import make_district, make_division
from tests.personnel.people import make_kind, make_member, make_role

pytestmark = pytest.mark.django_db
NOW = datetime(2021, 11, 5, 9, tzinfo=HERE)


@pytest.fixture
def place():
    place = make_district()
    with scoped(Scope(districts=frozenset({place.district.pk}))):
        yield place


def whole(place):
    return Scope(districts=frozenset({place.district.pk}), actor="user:1:dispatcher")


def street_of(street):
    return Scope(streets=frozenset({street.pk}), actor="user:2:street_official")


def make_floor(place, code, **over):
    return ReadinessFloor.objects.create(
        district_id=place.district.pk, code=code, name=code, **{"required": 3} | over
    )


def row(found, street, floor):
    each = next(each for each in found if each.street.pk == street.pk)
    return next(row for row in each.rows if row.floor.pk == floor.pk)


def test_counted_by_qualification_each_person_once_while_it_holds(place):
    swab = make_kind(place.district, "swab")
    floor = make_floor(place, "samplers", qualification=swab)
    make_member(place.district, place.here, qualified=[swab])
    twice = make_member(place.district, place.here, qualified=[swab])
    twice.qualifications.create(
        kind=swab, obtained_on=date(2021, 5, 1), expires_on=date(2031, 1, 1), at=NOW, by="t"
    )
    expired = make_member(place.district, place.here)
    expired.qualifications.create(
        kind=swab, obtained_on=date(2020, 1, 1), expires_on=date(2021, 11, 4), at=NOW, by="t"
    )
    make_member(place.district, place.here, qualified=[swab], left_at=NOW)
    make_member(place.district, place.there, qualified=[swab])

    found = readiness(whole(place), at=NOW)
    here = row(found, place.here, floor)
    assert (here.required, here.actual, here.gap) == (3, 2, 1)
    assert row(found, place.there, floor).actual == 1


def test_counted_by_role(place):
    role = make_role(place.district, "disinfector")
    floor = make_floor(place, "disinfectors", role=role)
    make_member(place.district, place.here, roles=[role, make_role(place.district, "usher")])
    make_member(place.district, place.here, roles=[make_role(place.district, "usher")])

    assert row(readiness(whole(place), at=NOW), place.here, floor).actual == 1


def test_stated_numbers_the_newest_counts_and_what_nobody_said_is_missing(place):
    floor = make_floor(place, "rooms", required=50)
    assert row(readiness(whole(place), at=NOW), place.here, floor).gap == 50

    for minutes, actual in ((0, 20), (5, 45)):
        state_counts(
            street_id=place.here.pk,
            counts={floor.pk: actual},
            scope=street_of(place.here),
            by="user:2:street_official",
            at=NOW + timedelta(minutes=minutes),
        )
    later = NOW + timedelta(hours=1)
    here = row(readiness(whole(place), at=later), place.here, floor)
    assert (here.actual, here.gap, here.stated_at) == (45, 5, NOW + timedelta(minutes=5))
    assert row(readiness(whole(place), at=NOW), place.here, floor).actual == 20, "as of then"
    assert row(readiness(whole(place), at=later), place.there, floor).actual is None


def test_required_for_each_community_multiplies(place):
    floor = make_floor(place, "helpers", per="community")
    make_division("community", place.here)
    found = readiness(whole(place), at=NOW)
    assert row(found, place.here, floor).required == 6
    assert row(found, place.there, floor).required == 3


def test_a_street_neither_sees_nor_states_for_its_neighbour(place):
    floor = make_floor(place, "rooms")
    assert [each.street.pk for each in readiness(street_of(place.here), at=NOW)] == [place.here.pk]
    with pytest.raises(Refused) as refused:
        state_counts(
            street_id=place.there.pk, counts={floor.pk: 1}, scope=street_of(place.here), by="x",
            at=NOW,
        )  # fmt: skip
    assert refused.value.status == 404


def test_what_is_counted_cannot_be_stated(place):
    floor = make_floor(place, "samplers", qualification=make_kind(place.district))
    with pytest.raises(Refused) as refused:
        state_counts(
            street_id=place.here.pk, counts={floor.pk: 500}, scope=whole(place), by="x", at=NOW
        )
    assert refused.value.code == "counted"


def test_a_floor_is_changed_by_the_district_alone(place):
    floor = make_floor(place, "rooms")
    values = {"floor_id": floor.pk, "required": 60, "reference": "plan 4", "by": "x", "at": NOW}
    with pytest.raises(Refused) as refused:
        set_floor(scope=street_of(place.here), **values)
    assert refused.value.status == 404
    assert set_floor(scope=whole(place), **values).required == 60


def test_the_published_floors_stand_and_cost_the_same_for_many_streets(place):
    add_builtin_terms(district_id=place.district.pk, by="t", at=NOW)
    found = readiness(whole(place), at=NOW)
    required = {row.floor.code: row.required for row in found[0].rows}
    assert required["samplers"] == 110
    assert required["isolation_rooms"] == 50
    with CaptureQueriesContext(
        connection,
    ) as few:
        readiness(whole(place), at=NOW)
    for _more in range(8):
        make_division("street", place.district)
    with CaptureQueriesContext(connection) as many:
        assert len(readiness(whole(place), at=NOW)) == 10
    assert len(many) == len(few)
