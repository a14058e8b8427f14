"""Who a visit was for is erased after the round; what is counted stays."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from campaigns.models import NormSetting
from campaigns.models.lifecycle import RoundStateChange
from core.scope import Scope
from logistics.models import Visit, VisitStep
from logistics.queries.visit_plan import tally_of
from logistics.services.visit_purge import purge_due
from logistics.services.visits import take_step
from tests.campaigns.make_register import worker
from tests.logistics.homes import make_visit, planner
from tests.personnel.people import floor_of
from tests.sites.make import NOW, id_number, make_round

pytestmark = pytest.mark.django_db


@pytest.fixture
def closed() -> Any:
    """A round that is closed, with a visit of which everything is known."""
    place = make_round()
    with floor_of(place.district):
        visit = make_visit(
            place, phone="13911112222", address="7-1-302", note="oxygen", building="7",
            number=id_number(),
        )  # fmt: skip
        take_step(visit_id=visit.pk, to="refused", reason="her daughter said no",
                  scope=planner(place.here), by="t", at=NOW)  # fmt: skip
        place.round.state = "closed"
        place.round.save()
        RoundStateChange.objects.create(
            round=place.round, from_state="closing", to_state="closed", at=NOW, by="t"
        )
        yield place


def purge(after: timedelta) -> int:
    return purge_due(by="system:worker", at=NOW + after)


def test_after_so_many_days_nothing_personal_is_left_and_the_counts_stay(closed: Any):
    scope = Scope(districts=frozenset({closed.district.pk}))
    before = tally_of(scope, closed.round.pk)

    assert purge(timedelta(days=14, seconds=-1)) == 0
    assert purge(timedelta(days=14)) == 1
    assert purge(timedelta(days=15)) == 0

    visit = Visit.objects.get()
    kept = [visit.name, visit.phone, visit.address, visit.note, visit.name_mask, visit.phone_mask,
            visit.building]  # fmt: skip
    assert kept == [""] * 7
    assert (visit.phone_print, visit.person_key) == (None, None)
    assert visit.purged_at == NOW + timedelta(days=14)
    assert set(VisitStep.objects.values_list("reason", flat=True)) == {""}
    assert tally_of(scope, closed.round.pk) == before


def test_a_district_says_how_long(closed: Any):
    NormSetting.objects.create(
        district=closed.district, code="visit_keep_days", value=3, reason="own rule", at=NOW,
        by="t",
    )  # fmt: skip
    assert purge(timedelta(days=3)) == 1


def test_a_round_that_still_runs_keeps_its_addresses(closed: Any):
    closed.round.state = "closing"
    closed.round.save()
    assert purge(timedelta(days=900)) == 0
    assert Visit.objects.get().address == "7-1-302"


@pytest.mark.django_db(databases=["default", "worker"], transaction=True)
def test_the_worker_may_erase_in_every_street(transactional_db: None):
    place = make_round()
    for home in (place.community_here, place.community_there):
        make_visit(place, home, address="7-1-302")
    place.round.state = "closed"
    place.round.save()
    with worker():
        assert purge(timedelta(days=20)) == 2
    with floor_of(place.district):
        assert {visit.address for visit in Visit.objects.all()} == {""}
