"""The preview of a role says what the policy and the checks of pages and API say."""

from __future__ import annotations

import pytest
from django.test import Client

from personnel.roles import POLICY, Permission, Role
from reporting.outlets.queries.role_words import GROUPS
from reporting.outlets.views.roles import role_view
from tests.boards.make import signed_in
from tests.personnel.make import District, make_district, make_user

pytestmark = pytest.mark.django_db
URL = "/clients/roles/"


@pytest.fixture
def place() -> District:
    return make_district()


@pytest.fixture
def admin(place: District) -> Client:
    return signed_in(make_user(Role.ADMINISTRATOR, place.district))


def test_every_right_has_its_words_once() -> None:
    said = [right for _title, rights in GROUPS for right in rights]

    assert sorted(said) == sorted(Permission)


@pytest.mark.parametrize("role", list(Role))
def test_what_is_shown_is_what_the_role_holds(role: Role, place: District) -> None:
    where = place.district if "district" in POLICY[role].levels else place.here

    view = role_view(role, where)

    held = {str(word) for _title, rights in view.groups for word, has in rights if has}
    words = {right: str(word) for _title, rights in GROUPS for right, word in rights.items()}
    assert held == {words[right] for right in POLICY[role].permissions}


def test_a_person_of_the_role_opens_every_page_that_is_listed(place: District) -> None:
    person = signed_in(make_user(Role.REPORTING_OFFICER, place.district))

    pages = role_view(Role.REPORTING_OFFICER, place.district).pages

    assert [url for _word, url in pages if person.get(url).status_code != 200] == []
    assert "/clients/" in {url for _word, url in pages}


def test_the_page_answers_and_refuses_a_place_where_the_role_is_not_held(
    admin: Client, place: District
) -> None:
    empty = admin.get(URL)
    shown = admin.get(URL, {"role": "planner", "division": place.district.pk})
    wrong = admin.get(URL, {"role": "planner", "division": place.here.pk})
    elsewhere = admin.get(URL, {"role": "planner", "division": make_district().district.pk})

    assert (empty.status_code, shown.status_code) == (200, 200)
    assert b"/rounds/" in shown.content
    assert (wrong.status_code, elsewhere.status_code) == (422, 422)
    assert admin.get(URL, {"rolle": "planner"}).status_code == 400
