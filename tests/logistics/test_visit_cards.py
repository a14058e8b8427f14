"""What Today tells of visits: to planners, of their own street, while something is owed."""

from __future__ import annotations

from typing import Any

import pytest

from core import clock
from logistics.models import Visit
from personnel.roles import Role
from tests.boards.make import signed_in
from tests.logistics.homes import make_visit
from tests.personnel.make import make_user
from tests.personnel.people import floor_of
from tests.sites.make import NOW, make_round

pytestmark = pytest.mark.django_db


@pytest.fixture
def place() -> Any:
    place = make_round()
    clock.set_clock(NOW, rate=0.001)
    with floor_of(place.district):
        yield place


def today(place: Any, role: Role = Role.STREET_OFFICIAL) -> str:
    home = place.community_here if role == Role.COMMUNITY_WORKER else place.here
    user = make_user(role, home)
    return signed_in(user).get("/today/").content.decode()


def test_visits_without_a_team_are_told_to_who_plans_them(place: Any):
    make_visit(place, urgent=True)
    make_visit(place)
    make_visit(place, place.community_there)
    page = today(place)
    assert "2 home visits without a team" in page
    assert "1 of them is urgent" in page
    assert f"/visits/?round={place.round.pk}&amp;show=give" in page
    assert "without a team" not in today(place, Role.COMMUNITY_WORKER)


def test_a_refusal_is_told_until_somebody_has_settled_it(place: Any):
    visit = make_visit(place)
    Visit.objects.update(state="refused", state_at=NOW)
    assert "1 visit was refused or nobody was there" in today(place)
    visit.steps.create(from_state="refused", to_state="refused", at=NOW, by="t")
    assert "was refused" not in today(place)


def test_what_is_done_or_of_a_closed_round_is_not_told(place: Any):
    make_visit(place)
    Visit.objects.update(state="done")
    assert "show=give" not in today(place)
    Visit.objects.update(state="asked")
    place.round.state = "closed"
    place.round.save()
    assert "without a team" not in today(place)
