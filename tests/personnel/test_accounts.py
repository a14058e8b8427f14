"""Accounts and devices as an administrator runs them, with a neighbour district beside."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from core import clock
from core.audit import AuditEvent
from personnel import hashers
from personnel.models import Device, Posting, User
from personnel.roles import Role
from personnel.services import devices, roll
from tests.personnel.make import (
    District,
    make_device_token,
    make_district,
    make_unit,
    make_user,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def place() -> District:
    return make_district()


@pytest.fixture
def admin(place: District) -> User:
    return make_user(Role.ADMINISTRATOR, place.district)


@pytest.fixture
def client(admin: User) -> Client:
    client = Client()
    client.force_login(admin)
    return client


def url(name: str, *ids: int) -> str:
    return reverse(f"personnel:{name}", args=ids)


def wish(place: District, **changes: object) -> dict[str, object]:
    return {
        "display_name": "Chen Wei",
        "username": "cw-017",
        "language": "en",
        "role": "street_official",
        "division": place.here.pk,
        "community": "",
        "until": "",
    } | changes


def test_a_new_account_signs_in_with_the_password_shown_once(client, place) -> None:
    answer = client.post(url("account_new"), wish(place))

    assert answer.status_code == 201
    assert "no-store" in answer.headers["Cache-Control"]
    (password,) = re.findall(r"data-password>\s*(\S+)\s*<", answer.content.decode())
    person = User.objects.get(username="cw-017")
    assert password not in client.get(url("account", person.pk)).content.decode()
    fresh = Client()
    fresh.post("/sign-in/", {"username": "cw-017", "password": password})
    assert fresh.get("/").headers["Location"] == url("password_change")
    posting = person.postings.get()
    assert (posting.role, posting.division, posting.ends_at) == (
        "street_official",
        place.here,
        None,
    )
    acts = set(AuditEvent.objects.filter(by__startswith="user:").values_list("act", flat=True))
    assert {"user_created", "posted"} <= acts


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"username": "taken"}, "username"),
        ({"username": ""}, "username"),
        ({"role": "commander"}, "division"),
        ({"role": "community_worker"}, "community"),
        ({"role": "registrar_of_all"}, "role"),
        ({"community": "NOWHERE"}, "community"),
        ({"until": "2020-01-01"}, "until"),
        ({"division": 0}, "division"),
    ],
)
def test_a_wrong_wish_is_refused_beside_its_field_and_kept(client, place, changes, field) -> None:
    User.objects.create(username="taken", display_name="x", password="!")

    answer = client.post(url("account_new"), wish(place) | changes)

    assert answer.status_code == 422
    assert list(answer.context["form"].errors) == [field]
    assert "Chen Wei" in answer.content.decode()
    assert not User.objects.filter(username="cw-017").exists()


def test_a_community_is_named_by_its_code_and_a_last_day_ends_at_midnight(client, place) -> None:
    today = clock.day_of(timezone.now())

    client.post(
        url("account_new"),
        wish(place, role="community_worker", community=place.community_there.code, until=today),
    )

    posting = Posting.objects.get(user__username="cw-017")
    assert posting.division == place.community_there
    assert posting.ends_at == clock.end_of_day(today)


def test_places_and_accounts_of_the_neighbour_district_do_not_exist(client, place) -> None:
    other = make_district()
    stranger = make_user(Role.COMMANDER, other.district)

    for name in ("account_state", "account_password", "posting_add"):
        assert client.post(url(name, stranger.pk), wish(place)).status_code == 404
    assert client.get(url("account", stranger.pk)).status_code == 404
    posting = stranger.postings.get()
    assert client.post(url("posting_end", stranger.pk, posting.pk)).status_code == 404
    listed = client.get(url("accounts")).content.decode()
    assert stranger.username not in listed
    for changes in (
        {"division": other.here.pk},
        {"role": "community_worker", "community": other.community_here.code},
    ):
        assert client.post(url("account_new"), wish(place) | changes).status_code == 422
    # A posting of the neighbour's, named under somebody of one's own.
    mine = make_user(Role.PLANNER, place.district)
    assert client.post(url("posting_end", mine.pk, posting.pk)).status_code == 404
    assert Posting.objects.get(pk=posting.pk).ends_at is None


def test_who_also_works_next_door_keeps_the_password_given_there(client, place) -> None:
    other = make_district()
    shared = make_user(Role.STREET_OFFICIAL, place.here)
    before = shared.password
    Posting.objects.create(
        user=shared, role=Role.COMMANDER, division=other.district, starts_at=timezone.now()
    )

    reset = client.post(url("account_password", shared.pk))
    off = client.post(url("account_state", shared.pk), {"active": "0"})

    assert (reset.status_code, off.status_code) == (409, 409)
    shared.refresh_from_db()
    assert (shared.password, shared.is_active) == (before, True)
    assert other.district.name not in client.get(url("account", shared.pk)).content.decode()
    # What was given here can be ended here.
    here = shared.postings.get(division=place.here)
    assert client.post(url("posting_end", shared.pk, here.pk)).status_code == 302


def test_nobody_raises_or_shuts_out_themself(client, admin, place) -> None:
    own = admin.postings.get()

    raised = client.post(url("posting_add", admin.pk), wish(place, role="planner"))
    answers = [
        client.post(url("posting_end", admin.pk, own.pk)),
        client.post(url("account_password", admin.pk)),
        client.post(url("account_state", admin.pk), {"active": "0"}),
    ]

    assert raised.status_code == 422
    assert [answer.status_code for answer in answers] == [409, 409, 409]
    assert list(admin.postings.values_list("role", "ends_at")) == [("administrator", None)]
    assert "notice-crit" in answers[0].content.decode()


def test_a_new_password_and_switching_off_end_the_sessions(client, place) -> None:
    person = make_user(Role.STREET_OFFICIAL, place.here)
    theirs = Client()
    theirs.force_login(person)
    assert theirs.get(url("devices")).status_code == 200

    shown = client.post(url("account_password", person.pk))

    assert shown.status_code == 200
    assert "no-store" in shown.headers["Cache-Control"]
    assert theirs.get(url("devices")).status_code == 302
    person.refresh_from_db()
    assert person.must_change_password
    theirs.force_login(person)
    client.post(url("account_state", person.pk), {"active": "0"})
    assert theirs.get(url("devices")).headers["Location"].startswith("/sign-in/")
    client.post(url("account_state", person.pk), {"active": "1"})
    person.refresh_from_db()
    assert person.is_active
    acts = AuditEvent.objects.filter(object_type="user", object_id=person.pk)
    assert sorted(acts.values_list("act", flat=True)) == [
        "password_reset",
        "user_switched_off",
        "user_switched_on",
    ]


def test_the_same_role_twice_is_told_beside_the_form(client, place) -> None:
    person = make_user(Role.STREET_OFFICIAL, place.here)

    answer = client.post(url("posting_add", person.pk), wish(place))

    assert answer.status_code == 422
    assert list(answer.context["form"].errors) == ["__all__"]


def test_a_busy_house_says_when_to_try_again(client, place, monkeypatch) -> None:
    monkeypatch.setattr(hashers, "WAIT_SECONDS", 0.01)
    person = make_user(Role.PLANNER, place.district)
    for _slot in range(4):
        hashers.SLOTS.acquire()
    try:
        answers = [
            client.post(url("account_new"), wish(place)),
            client.post(url("account_password", person.pk)),
        ]
    finally:
        for _slot in range(4):
            hashers.SLOTS.release()

    assert [(a.status_code, a.headers["Retry-After"]) for a in answers] == [(503, "2")] * 2
    assert not User.objects.filter(username="cw-017").exists()


def test_the_lists_ask_as_often_for_thirty_as_for_one(client, place) -> None:
    def count() -> list[int]:
        counts = []
        for name in ("accounts", "devices"):
            with CaptureQueriesContext(connection) as asked:
                assert client.get(url(name)).status_code == 200
            counts.append(len(asked))
        return counts

    make_device_token(make_unit(place))
    make_user(Role.POINT_LEAD, place.here)
    few = count()
    for _n in range(29):
        make_device_token(make_unit(place, street=place.there))
        make_user(Role.POINT_LEAD, place.there)

    assert count() == few


def test_filters_choose_and_unknown_ones_are_refused(client, place) -> None:
    here = make_user(Role.STREET_OFFICIAL, place.here)
    there = make_user(Role.POINT_LEAD, place.there)
    off = make_user(Role.POINT_LEAD, place.there)
    User.objects.filter(pk=off.pk).update(is_active=False)

    def names(**query: object) -> set[str]:
        page = client.get(url("accounts"), query).context["page"]
        return {user.username for user in page} & {u.username for u in (here, there, off)}

    assert names() == {here.username, there.username, off.username}
    assert names(role="point_lead") == {there.username}
    assert names(division=place.here.pk) == {here.username}
    assert names(state="off") == {off.username}
    assert client.get(url("accounts"), {"q": "x"}).status_code == 400


def test_a_street_sees_and_ends_its_own_devices_only(place) -> None:
    mine, _token = make_device_token(make_unit(place))
    theirs, token = make_device_token(make_unit(place, street=place.there))
    official = Client()
    official.force_login(make_user(Role.STREET_OFFICIAL, place.here))

    shown = [row["device"].pk for row in official.get(url("devices")).context["rows"]]
    assert shown == [mine]
    assert official.post(url("device_revoke", theirs)).status_code == 404
    assert official.post(url("device_revoke", mine)).status_code == 302

    assert official.get(url("devices")).context["rows"] == []
    (ended,) = official.get(url("devices"), {"state": "ended"}).context["rows"]
    assert (ended["device"].pk, ended["state"][0], ended["ends"]) == (mine, "stale", False)
    assert roll.authenticate(token, at=timezone.now()) is not None


def test_silent_devices_come_first_and_are_named(client, place) -> None:
    at = timezone.now()
    heard, _token = make_device_token(make_unit(place))
    silent, _token = make_device_token(make_unit(place))
    Device.objects.filter(pk=heard).update(last_seen_at=at)
    Device.objects.filter(pk=silent).update(last_seen_at=at - timedelta(hours=2))
    devices.issue_code(unit=make_unit(place), label="new", by="test", at=at)

    def rows(**query: str) -> list[tuple[int, str]]:
        found = client.get(url("devices"), query).context["rows"]
        return [(row["device"].pk, row["state"][0]) for row in found]

    assert rows() == [(silent, "warn"), (heard, "ok")]
    assert rows(state="silent") == [(silent, "warn")]
    assert [kind for _pk, kind in rows(state="waiting")] == ["info"]
