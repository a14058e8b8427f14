"""Passwords: made, changed at the first sign-in, refused where people guess them first."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.contrib.sessions.models import Session
from django.core.exceptions import ValidationError

from personnel.passwords import check_password_fit, make_password_text
from personnel.roles import Role
from tests.personnel.make import PASSWORD, make_district, make_user
from tests.personnel.test_sessions import signed_in

pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.personnel.test_sessions")]


@pytest.fixture
def place():
    return make_district()


# --- passwords -------------------------------------------------------------------------------


def test_generated_password_must_be_changed_first(place):
    user = make_user(Role.COMMANDER, place.district, must_change_password=True)
    client = signed_in(user)
    assert client.get("/t/floor/")["Location"] == "/account/password/"

    response = client.post(
        "/account/password/",
        {"current": PASSWORD, "new": "seven-cranes-at-dawn", "again": "seven-cranes-at-dawn"},
    )

    assert response.status_code == 302
    assert client.get("/t/floor/").status_code == 200
    user.refresh_from_db()
    assert user.check_password("seven-cranes-at-dawn")


def test_password_change_ends_the_other_sessions_and_keeps_this_end(place):
    user = make_user(Role.COMMANDER, place.district)
    here, elsewhere = signed_in(user), signed_in(user)
    before = Session.objects.get(session_key=here.cookies["jinjian"].value).expire_date

    new = "seven-cranes-at-dawn"
    here.post("/account/password/", {"current": PASSWORD, "new": new, "again": new})

    assert here.get("/t/floor/").status_code == 200
    assert elsewhere.get("/t/floor/").status_code == 302
    after = Session.objects.get(session_key=here.cookies["jinjian"].value).expire_date
    assert abs(after - before) < timedelta(seconds=2)


@pytest.mark.parametrize(
    "current, new, again",
    [
        ("wrong", "seven-cranes-at-dawn", "seven-cranes-at-dawn"),
        (PASSWORD, "short-one-1", "short-one-1"),
        (PASSWORD, "seven-cranes-at-dawn", "seven-cranes-at-dusk"),
    ],
)
def test_password_change_is_refused(place, current, new, again):
    user = make_user(Role.COMMANDER, place.district)

    response = signed_in(user).post(
        "/account/password/", {"current": current, "new": new, "again": again}
    )

    assert response.status_code == 422
    user.refresh_from_db()
    assert user.check_password(PASSWORD)


def test_password_guessing_from_an_open_session_is_held_back(place):
    client = signed_in(make_user(Role.COMMANDER, place.district))
    body = {"current": "wrong", "new": "seven-cranes-at-dawn", "again": "seven-cranes-at-dawn"}
    for _try in range(5):
        assert client.post("/account/password/", body).status_code == 422

    assert client.post("/account/password/", body | {"current": PASSWORD}).status_code == 429


@pytest.mark.parametrize(
    "password",
    [
        "elevenchars",
        "111111111111",
        "woaini1314520",
        "5201314abcdef",
        "123456789012",
        "aaaabbbbcccc",
    ],
)
def test_password_that_people_guess_first_is_refused(password):
    with pytest.raises(ValidationError):
        check_password_fit(password)


def test_generated_password_is_fit():
    check_password_fit(make_password_text())
