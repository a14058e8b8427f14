"""Conflicts by their page: who and what each choice does, filters, the neighbour's names."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from core import clock
from core.scope import Scope, scoped
from personnel.roles import Role
from reporting.progress.queries import exceptions
from sites.models import Conflict
from sites.services.conflicts import (
    raise_duplicates,
)
from tests.boards.make import signed_in
from tests.personnel.make import make_user
from tests.sites.make import NOW, START, Desk, make_desk, make_resident
from tests.sites.test_conflicts import swabbed_twice, swabs, the, whole

pytestmark = pytest.mark.django_db
Code = Conflict.Code


@pytest.fixture
def desk() -> Desk:
    return make_desk()


# --- the page ---------------------------------------------------------------------------------


def test_page_says_who_and_what_each_choice_does(desk: Desk) -> None:
    swabbed_twice(desk)
    client = signed_in(make_user(Role.COMMANDER, desk.place.district))

    html = client.get("/conflicts/?list=twice").content.decode()

    assert "张*" in html
    assert "THERE001" in html
    assert "HERE0001" in html
    assert 'value="void_later|0,0,-1,0,0"' in html
    assert not any(str(swab.person_key) in html for swab in swabs(desk))


def test_neighbours_person_has_no_name_here(desk: Desk) -> None:
    there = make_desk(desk.place, desk.place.there)
    _res, number = make_resident(desk.place, desk.place.community_there)
    there.send(
        there.open("THERE001"),
        there.item("add", START, tube="THERE001", person={"id_number": number}),
    )
    desk.send(desk.open("HERE0001"), desk.add("HERE0001", number))
    with scoped(whole(desk)):
        raise_duplicates(at=NOW)
    client = signed_in(make_user(Role.STREET_OFFICIAL, desk.place.here))

    html = client.get("/conflicts/?list=twice").content.decode()

    assert "registered in another street" in html
    assert "张*" not in html
    assert str(there.unit) not in html


def test_deciding_on_the_page_comes_back_to_the_same_list(desk: Desk) -> None:
    swabbed_twice(desk)
    client = signed_in(make_user(Role.STREET_OFFICIAL, desk.place.here))
    conflict = the(Code.DUPLICATE_PERSON)
    url = f"/conflicts/{conflict.pk}/decide/"

    refused = client.post(url, {"choice": "keep|0,0,0,0,0", "back": "/conflicts/?list=twice"})
    elsewhere = client.post(url, {"choice": "nonsense", "decision": "x"})
    done = client.post(
        url,
        {"choice": "void_later|0,0,-1,0,0", "decision": "", "back": "/conflicts/?list=twice"},
    )

    assert refused.status_code == 422
    assert "Say in a few words why" in refused.content.decode()
    assert elsewhere.status_code == 422
    assert done["Location"] == "/conflicts/?list=twice"
    conflict.refresh_from_db()
    assert conflict.decision == "[void_later]"


@pytest.mark.parametrize("query", ["?list=x", "?kind=x", "?nothing=1"])
def test_unknown_filters_are_refused(desk: Desk, query: str) -> None:
    client = signed_in(make_user(Role.COMMANDER, desk.place.district))

    assert client.get(f"/conflicts/{query}").status_code == 400


def test_query_count_does_not_grow_with_conflicts(desk: Desk) -> None:
    clock.set_clock(NOW, rate=0.001)
    client = signed_in(make_user(Role.COMMANDER, desk.place.district))
    _overfull(desk, 1)
    few = _queries(client)
    for number in range(2, 20):
        _overfull(desk, number)

    assert _queries(client) == few


def _overfull(desk: Desk, number: int) -> None:
    code = f"CODE{number:04}"
    people = [desk.add(code, make_resident(desk.place)[1]) for _ in range(2)]
    desk.send(desk.open(code, pool_size=1), *people)


def _queries(client) -> int:
    with CaptureQueriesContext(connection) as caught:
        assert client.get("/conflicts/").status_code == 200
    return len([query for query in caught if "core_clock" not in query["sql"]])


def test_overview_sends_people_swabbed_twice_to_their_own_list(desk: Desk) -> None:
    swabbed_twice(desk)
    scope = Scope(
        districts=frozenset({desk.place.district.pk}), permissions=frozenset({"see_conflicts"})
    )

    with scoped(scope):
        found = [item for item in exceptions(scope, desk.place.round) if item.kind == "duplicate"]

    assert [(item.count, item.url) for item in found] == [(1, "/conflicts/?list=twice")]
