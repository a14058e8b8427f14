from __future__ import annotations

from datetime import timedelta

import pytest
from django.contrib.auth.decorators import login_not_required
from django.contrib.sessions.models import Session
from django.core.exceptions import ValidationError
from django.db import connection
from django.http import HttpResponse, StreamingHttpResponse
from django.test import Client
from django.urls import path
from django.utils import timezone

from config.urls import urlpatterns as house
from core.audit import AuditEvent
from core.inputs import Refused
from core.scope import NOBODY, current_floor
from personnel.models import Posting
from personnel.queries import scope_of_actor, standing_of
from personnel.roles import POLICY, Permission, Role
from personnel.services import postings, users
from tests.personnel.make import PASSWORD, make_district, make_user


def floor_page(request):
    return HttpResponse("|".join(current_floor()) + "#" + request.scope.actor)


def floor_stream(request):
    return StreamingHttpResponse("|".join(current_floor()) for _line in range(2))


@login_not_required
def open_page(request):
    return HttpResponse("open")


@login_not_required
def asking_page(request):
    return HttpResponse(request.scope.actor + "|".join(current_floor()))


urlpatterns = [
    *house,
    path("t/floor/", floor_page, name="t_floor"),
    path("t/stream/", floor_stream),
    path("t/open/", open_page),
    path("t/asking/", asking_page),
]
pytestmark = [pytest.mark.django_db, pytest.mark.urls(__name__)]


@pytest.fixture
def place():
    return make_district()


def signed_in(user) -> Client:
    client = Client()
    assert (
        client.post("/sign-in/", {"username": user.username, "password": PASSWORD}).status_code
        == 302
    )
    return client


# --- the floor -------------------------------------------------------------------------------


def test_scope_opens_the_floor_for_the_view_and_closes_it(place):
    user = make_user(Role.STREET_OFFICIAL, place.here)

    response = signed_in(user).get("/t/floor/")

    assert response.content.decode() == f"|{place.here.pk}#user:{user.pk}:street_official"
    assert current_floor() == ("", "")


def test_scope_stays_open_while_a_stream_is_sent(place):
    client = signed_in(make_user(Role.COMMANDER, place.district))

    response = client.get("/t/stream/")
    body = b"".join(response.streaming_content).decode()

    assert body == f"{place.district.pk}|" * 2
    assert current_floor() == ("", "")


def test_scope_closes_when_a_stream_is_never_read(place):
    client = signed_in(make_user(Role.COMMANDER, place.district))

    client.get("/t/stream/").close()

    assert current_floor() == ("", "")


def test_scope_costs_nothing_where_nobody_asks(place, django_assert_num_queries):
    client = signed_in(make_user(Role.COMMANDER, place.district))

    with django_assert_num_queries(0):
        assert client.get("/t/open/").content == b"open"


def test_scope_opens_on_first_use_in_an_open_view(place):
    user = make_user(Role.STREET_OFFICIAL, place.here)

    assert signed_in(user).get("/t/asking/").content.decode() == (
        f"user:{user.pk}:street_official|{place.here.pk}"
    )
    assert Client().get("/t/asking/").content.decode() == "|"


def test_stranger_is_sent_to_sign_in(client):
    response = client.get("/t/floor/")

    assert response.status_code == 302
    assert response["Location"] == "/sign-in/?next=%2Ft%2Ffloor%2F"


# --- the end of a session ----------------------------------------------------------------------


def test_session_ends_at_the_next_request_when_the_posting_ends(place):
    user = make_user(Role.STREET_OFFICIAL, place.here)
    client = signed_in(user)
    assert client.get("/t/floor/").status_code == 200

    postings.end_posting(posting=user.postings.get(), by="test", at=timezone.now())
    response = client.get("/t/floor/")

    assert response.status_code == 302
    assert "ended=1" in response["Location"]
    assert not Session.objects.exists()
    assert 'role="status"' in client.get(response["Location"]).content.decode()


def test_session_ends_when_its_posting_runs_out_by_itself(place):
    user = make_user(Role.STREET_OFFICIAL, place.here, ends_at=timezone.now() + timedelta(hours=1))
    client = signed_in(user)
    Posting.objects.update(ends_at=timezone.now())

    assert client.get("/t/floor/").status_code == 302


def test_session_ends_when_the_account_is_switched_off(place):
    user = make_user(Role.STREET_OFFICIAL, place.here)
    client = signed_in(user)

    users.switch_off_user(user=user, by="test")
    response = client.get("/t/floor/", follow=True)

    assert response.redirect_chain[-1][0].startswith("/sign-in/")
    assert not Session.objects.exists()


def test_session_of_a_moved_person_sees_the_new_street_only(place):
    user = make_user(Role.STREET_OFFICIAL, place.here)
    client = signed_in(user)
    at = timezone.now()

    postings.post(user=user, role=Role.STREET_OFFICIAL, division=place.there, by="test", at=at)
    postings.end_posting(posting=user.postings.get(division=place.here), by="test", at=at)

    assert client.get("/t/floor/").content.decode().startswith(f"|{place.there.pk}#")


def test_session_that_ended_moves_the_whole_page_out_of_a_fragment(place):
    user = make_user(Role.STREET_OFFICIAL, place.here)
    client = signed_in(user)
    Posting.objects.update(ends_at=timezone.now())

    response = client.get("/t/floor/", headers={"HX-Request": "true"})

    assert response.status_code == 204
    assert response["HX-Redirect"].startswith("/sign-in/")


# --- roles -----------------------------------------------------------------------------------


def test_every_role_has_a_policy_and_device_rights_stay_with_devices():
    assert set(POLICY) == set(Role)
    assert all(Permission.CAPTURE not in policy.permissions for policy in POLICY.values())


def test_two_roles_never_mix(place):
    other = make_district()
    user = make_user(Role.COMMANDER, place.district)
    postings.post(
        user=user, role=Role.STREET_OFFICIAL, division=other.here, by="test", at=timezone.now()
    )
    client = signed_in(user)

    first = client.get("/t/floor/").content.decode()
    client.post("/account/role/", {"role": "street_official"})
    second = client.get("/t/floor/").content.decode()

    assert first == f"{place.district.pk}|#user:{user.pk}:commander"
    assert second == f"|{other.here.pk}#user:{user.pk}:street_official"
    assert client.post("/account/role/", {"role": "auditor"}).status_code == 400


def test_posting_at_a_level_its_role_cannot_have(place):
    user = make_user()
    with pytest.raises(Refused) as refused:
        postings.post(
            user=user, role=Role.COMMANDER, division=place.here, by="t", at=timezone.now()
        )
    assert refused.value.code == "posting_level"

    Posting.objects.create(
        user=user, role=Role.COMMANDER, division=place.here, starts_at=timezone.now()
    )
    assert standing_of(user.pk, at=timezone.now()).scope.sees_nothing


def test_posting_twice_is_refused_in_words(place):
    user = make_user(Role.STREET_OFFICIAL, place.here)

    with pytest.raises(ValidationError, match="already holds"):
        postings.post(
            user=user,
            role=Role.STREET_OFFICIAL,
            division=place.here,
            by="test",
            at=timezone.now(),
        )


def test_posting_that_never_began_is_withdrawn(place):
    user = make_user()
    at = timezone.now()
    planned = postings.post(
        user=user,
        role=Role.STREET_OFFICIAL,
        division=place.here,
        by="test",
        at=at + timedelta(days=1),
    )
    assert standing_of(user.pk, at=at) is None

    postings.end_posting(posting=planned, by="test", at=at)

    assert not Posting.objects.exists()
    assert AuditEvent.objects.filter(act="posting_withdrawn").count() == 1


def test_posting_keeps_its_history(place):
    user = make_user(Role.STREET_OFFICIAL, place.here)
    postings.end_posting(posting=user.postings.get(), by="test", at=timezone.now())

    with connection.cursor() as cursor:
        cursor.execute("SELECT pgh_label, ends_at IS NULL FROM personnel_postingevent ORDER BY 1")
        assert cursor.fetchall() == [("insert", True), ("update", False)]


def test_community_worker_sees_the_community_and_the_floor_its_street(place):
    user = make_user(Role.COMMUNITY_WORKER, place.community_here)

    scope = standing_of(user.pk, at=timezone.now()).scope

    assert scope.communities == {place.community_here.pk}
    assert not scope.streets
    assert scope.floor_streets == {place.here.pk}


def test_ticket_of_a_person_ends_with_the_posting(place):
    user = make_user(Role.STREET_OFFICIAL, place.here)
    actor = standing_of(user.pk, at=timezone.now()).scope.actor
    assert scope_of_actor(actor, at=timezone.now()).streets == {place.here.pk}

    Posting.objects.update(ends_at=timezone.now())

    assert scope_of_actor(actor, at=timezone.now()) is None


@pytest.mark.parametrize(
    "actor",
    ["", "user:", "user:x", "user:１", "user:1:", "wall:", "nobody:1", "device:" + "9" * 30],
)
def test_ticket_of_nobody_gives_nothing(actor):
    assert scope_of_actor(actor, at=timezone.now()) is None


def test_nobody_sees_nothing(client):
    assert client.get("/t/asking/").content == b"|"
    assert NOBODY.sees_nothing


# --- language --------------------------------------------------------------------------------


def test_language_switch_works_for_strangers(client):
    assert 'lang="zh-hans"' in client.get("/sign-in/").content.decode()

    response = client.post("/language/", {"language": "en", "next": "/sign-in/"})

    assert response["Location"] == "/sign-in/"
    assert 'lang="en"' in client.get("/sign-in/").content.decode()


def test_language_switch_is_remembered_for_a_person(place):
    user = make_user(Role.COMMANDER, place.district)
    client = signed_in(user)

    client.post("/language/", {"language": "zh-hans"})

    user.refresh_from_db()
    assert user.language == "zh-hans"
    assert client.cookies["jinjian_language"].value == "zh-hans"


@pytest.mark.parametrize("language", ["", "de", "en\x00", "x" * 5000])
def test_language_switch_refuses_others(client, language):
    assert client.post("/language/", {"language": language}).status_code == 400


def test_language_switch_stays_on_this_site(client):
    response = client.post("/language/", {"language": "en", "next": "https://evil.example/"})

    assert response["Location"] == "/home/"
