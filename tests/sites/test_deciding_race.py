"""Two decisions about one person at once: each does what it announced, and one swab stays."""

from __future__ import annotations

from datetime import timedelta

import pytest

from core.scope import Scope, scoped
from sites.models import Conflict, Swab
from sites.services.conflicts import decide_conflict, raise_duplicates
from tests.sites.make import NOW, START, Desk, make_desk, make_resident
from tests.sites.test_races import at_once

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def desk() -> Desk:
    return make_desk()


def test_two_decisions_about_one_person_void_two_swabs(desk: Desk) -> None:
    scope = Scope(districts=frozenset({desk.place.district.pk}))
    people = [make_resident(desk.place)[1] for _ in range(3)]
    for tube in range(3):
        code, at = f"CODE000{tube}", START + timedelta(minutes=tube)
        adds = [desk.item("add", at, tube=code, person={"id_number": each}) for each in people]
        desk.send(desk.open(code), *adds)
    with scoped(scope):
        assert raise_duplicates(at=NOW) == 6
        keys = set(Swab.objects.values_list("person_key", flat=True))
        found = {swab.id: swab.person_key for swab in Swab.objects.all()}

    for key in keys:
        mine = [c.pk for c in Conflict.objects.open() if found[c.event_id] == key]

        def decide(conflict_id: int) -> None:
            with scoped(scope):
                decide_conflict(
                    conflict_id=conflict_id,
                    decision="",
                    choice="void_earlier",
                    scope=scope,
                    by="test",
                    at=NOW,
                )

        at_once(lambda mine=mine: decide(mine[0]), lambda mine=mine: decide(mine[1]))

        with scoped(scope):
            assert Swab.objects.filter(person_key=key, valid=True).count() == 1
