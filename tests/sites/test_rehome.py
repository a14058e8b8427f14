"""The register or the target changes while a round runs: figures follow, and stay exact."""

from __future__ import annotations

from datetime import timedelta

import pytest

from campaigns.models import Exemption, Mark, Rehoming, Resident, RoundTarget, TargetVersion
from campaigns.services import rehoming
from core import clock
from core.scope import scoped
from sites.models import Coverage, Swab
from sites.services import rehome
from tests.progress.make import START, district, make_two_streets, recount, sample
from tests.sites.from_scratch import assert_rollups_equal_facts, stored_totals
from tests.sites.make import Desk, id_number, make_resident

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def desks() -> tuple[Desk, Desk]:
    return make_two_streets()


def judge(desk: Desk) -> int:
    """Two passes: the second is due later in real time."""
    with scoped(district(desk)):
        moved = rehome.rehome_due(by="system:worker", at=clock.now())
        assert rehome.rehome_due(by="system:worker", at=clock.now()) == 0
        Rehoming.objects.update(due_at=clock.now() - timedelta(days=3650))
        assert rehome.rehome_due(by="system:worker", at=clock.now()) == 0
        assert not Rehoming.objects.filter(done_at__isnull=True).exists()
    return moved


def ask(desk: Desk) -> None:
    with scoped(district(desk)):
        assert rehoming.ask(round=desk.place.round, by="user:1:planner", at=clock.now())


def test_somebody_who_moves_house_moves_to_another_cell(desks):
    here, _there = desks
    place = here.place
    sample(here, START, people=3)
    recount(here)
    with scoped(district(here)):
        Resident.objects.order_by("pk").update(
            community=place.community_there, street_id=place.there.pk
        )
    ask(here)

    assert judge(here) == 3

    recount(here)
    with scoped(district(here)):
        assert_rollups_equal_facts(place.round.pk)
        assert stored_totals(place.round.pk)["street", place.there.pk]["persons"] == 3
        assert stored_totals(place.round.pk)["street", place.here.pk]["persons"] == 0


def test_a_stranger_who_comes_onto_the_register_is_one_no_more(desks):
    here, _there = desks
    place = here.place
    number, other = id_number(), id_number()
    here.verdicts(
        here.open("TUBE000001"), here.add("TUBE000001", number), here.add("TUBE000001", other)
    )
    recount(here)
    with scoped(district(here)):
        person, _number = make_resident(place)
        found = Coverage.objects.order_by("person_key").first()
        Resident.objects.filter(pk=person.pk).update(person_key=found.person_key)
    ask(here)

    assert judge(here) == 1

    recount(here)
    with scoped(district(here)):
        assert_rollups_equal_facts(place.round.pk)
        totals = stored_totals(place.round.pk)
        assert totals["community", place.community_here.pk]["persons"] == 1
        assert totals["unit", here.unit.pk]["off_register_swabs"] == 1
        assert Swab.objects.filter(off_register=True).count() == 1


def test_somebody_struck_from_the_register_stands_where_they_were_swabbed(desks):
    here, _there = desks
    place = here.place
    _person, number = make_resident(place, place.community_there)
    here.verdicts(here.open("TUBE000001"), here.add("TUBE000001", number))
    recount(here)
    with scoped(district(here)):
        Resident.objects.all().delete()
    ask(here)

    assert judge(here) == 1

    recount(here)
    with scoped(district(here)):
        assert_rollups_equal_facts(place.round.pk)
        assert Coverage.objects.get().street_id == place.here.pk
        totals = stored_totals(place.round.pk)
        assert totals["off_register", place.here.pk]["off_register_persons"] == 1


def test_a_target_frozen_anew_judges_standing_again(desks):
    here, _there = desks
    place = here.place
    exempt, exempt_number = make_resident(place)
    _left, left_number = make_resident(place, place.community_there)
    here.verdicts(
        here.open("TUBE000001"),
        here.add("TUBE000001", exempt_number),
        here.add("TUBE000001", left_number),
    )
    recount(here)
    with scoped(district(here)):
        Exemption.objects.create(
            round=place.round, person_key=exempt.person_key, district_id=place.district.pk,
            street_id=place.here.pk, community=place.community_here, reason="medical",
            accepted_at=clock.now(), accepted_by="test",
        )  # fmt: skip
        old = TargetVersion.objects.get(round=place.round)
        old.is_current = False
        old.save()
        new = TargetVersion.objects.create(
            round=place.round, version=2, frozen_at=clock.now(), frozen_by="test"
        )
        RoundTarget.objects.create(
            version=new, round=place.round, community=place.community_here,
            street_id=place.here.pk, district_id=place.district.pk, registered=9, exempt=1,
            target=8,
        )  # fmt: skip
    ask(here)

    assert judge(here) == 2

    recount(here)
    with scoped(district(here)):
        assert_rollups_equal_facts(place.round.pk)
        assert set(Coverage.objects.values_list("standing", flat=True)) == {"exempt", "outside"}


def test_voided_people_are_judged_without_marking_a_cell_they_are_not_in(desks):
    here, _there = desks
    place = here.place
    _person, number = make_resident(place)
    add = here.add("TUBE000001", number)
    here.verdicts(here.open("TUBE000001"), add)
    here.verdicts(here.item("void", swab=add["id"], reason="spilt"))
    recount(here)
    with scoped(district(here)):
        Resident.objects.update(community=place.community_there, street_id=place.there.pk)
    ask(here)

    assert judge(here) == 1
    with scoped(district(here)):
        assert not Mark.objects.exists()
        assert Coverage.objects.get().community_id == place.community_there.pk


def test_a_round_that_takes_no_samples_is_not_asked_for(desks):
    here, _there = desks
    here.place.round.state = "closed"
    here.place.round.save()

    assert rehoming.ask(round=here.place.round, by="test", at=clock.now()) is None
