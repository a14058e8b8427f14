"""Cells of visits, people on site and vehicles start from what the system knows, if it does."""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import Any

import pytest

from logistics.models import Trip, Visit
from reporting.daily.models import Source
from reporting.daily.queries.sources import known_of
from tests.logistics.homes import make_visit
from tests.logistics.wheels import make_vehicle
from tests.personnel.make import make_unit
from tests.personnel.people import floor_of, make_member, make_role
from tests.sites.make import NOW, make_round

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


@pytest.fixture
def place() -> Any:
    place = make_round()
    with floor_of(place.district):
        yield place


def known(place: Any, at: Any = NOW) -> Any:
    return known_of(place.round, place.here.pk, at=at, cutoff=NOW + 9 * HOUR)


def visits(place: Any, at: Any = NOW) -> tuple[int | None, int | None]:
    found, home = known(place, at), place.community_here.pk
    return found.of(home, Source.HOME_REQUESTS), found.of(home, Source.HOME_DONE)


def test_a_street_that_uses_no_visits_is_not_told_nought(place: Any):
    make_visit(place, place.community_there)
    assert visits(place) == (None, None)
    for source in (Source.STAFF, Source.VEHICLES):
        assert known(place).of(None, source) is None


def test_visits_are_those_of_the_moment(place: Any):
    made = [make_visit(place, at=NOW - 3 * HOUR) for _ in range(4)]
    make_visit(place, at=NOW)
    done = Visit.objects.filter(pk__in=[v.pk for v in made[:2]])
    done.update(state="done", state_at=NOW - HOUR)
    Visit.objects.filter(pk=made[2].pk).update(state="withdrawn", state_at=NOW - HOUR)

    assert visits(place, NOW - 2 * HOUR) == (4, 0)
    assert visits(place, NOW - HOUR) == (3, 2)
    assert visits(place, NOW) == (4, 2)
    assert known(place).of(None, Source.HOME_DONE) == 2  # the street is its communities' sum


def test_people_on_site_are_those_of_the_points_that_stand_here(place: Any):
    from personnel.models import Duty, DutyPlace

    point = make_unit(place).point
    post = DutyPlace.objects.create(
        district_id=place.district.pk, street_id=place.here.pk, kind="point", point=point
    )
    role = make_role(place.district)
    for state in ("present", "booked"):
        Duty.objects.create(
            client_key=uuid.uuid4(), member=make_member(place.district, place.here), place=post,
            role=role, district_id=place.district.pk, street_id=place.here.pk, round=place.round,
            starts_at=NOW - HOUR, ends_at=NOW + HOUR, state=state,
            arrived_at=NOW if state == "present" else None, at=NOW, by="t",
        )  # fmt: skip
    assert known(place).of(place.community_here.pk, Source.STAFF) == 1


def test_a_vehicle_is_counted_once_however_often_it_went(place: Any):
    cars = [make_vehicle(place) for _ in range(2)]
    starts = [(cars[0], -4, "done"), (cars[0], -2, "planned"), (cars[1], -1, "cancelled"),
              (cars[1], 2, "planned")]  # fmt: skip
    for car, hours, state in starts:
        Trip.objects.create(
            client_key=uuid.uuid4(), district_id=place.district.pk, street_id=place.here.pk,
            round=place.round, kind="staff", vehicle=car, starts_at=NOW + hours * HOUR,
            ends_at=NOW + (hours + 1) * HOUR, seats=45, room=0, state=state, at=NOW, by="t",
        )  # fmt: skip
    assert known(place).of(None, Source.VEHICLES) == 1
