"""The pages of machine clients: made, changed, rotated, revoked; two persons for people."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from core.models import AuditEvent
from personnel.roles import Role
from reporting.outlets.models import ApiClient, PersonsGrant
from reporting.outlets.services.pulls import note_pull
from reporting.outlets.services.tokens import bearer_of
from tests.boards.make import signed_in
from tests.clients.make import ask_token, bearer, make_client, make_token
from tests.personnel.make import District, make_district, make_user

pytestmark = pytest.mark.django_db

SECRET = re.compile(r'id="client-secret"[^>]*>([\w-]{43,})<')


@pytest.fixture
def place() -> District:
    return make_district()


@pytest.fixture
def officer(place: District) -> Client:
    return signed_in(make_user(Role.REPORTING_OFFICER, place.district))


@pytest.fixture
def commander(place: District) -> Client:
    return signed_in(make_user(Role.COMMANDER, place.district))


def said(**more: Any) -> dict[str, Any]:
    return {
        "name": "city centre", "contact": "duty room 6321", "may_aggregate": "on",
        "whole_district": "1", "addresses": "", "per_minute": "120", **more,
    }  # fmt: skip


def act(http: Client, what: str, key: int, /, **data: Any) -> Any:
    return http.post(reverse(f"clients:{what}", args=[key]), data)


def test_a_client_is_made_and_its_secret_shown_once(officer: Client, place: District) -> None:
    made = officer.post(
        reverse("clients:new"),
        said(district=place.district.pk, whole_district="0", streets=[place.here.pk]),
    )

    client = ApiClient.objects.get()
    secret = SECRET.search(made.content.decode())
    assert made.status_code == 201
    assert "no-store" in made["Cache-Control"]
    assert secret is not None
    assert ask_token(client, secret[1]).status_code == 200
    assert (client.whole_district, list(client.streets.all())) == (False, [place.here])
    for page in ("clients:clients", "clients:client"):
        args = [client.pk] if page == "clients:client" else []
        assert secret[1] not in officer.get(reverse(page, args=args)).content.decode()
    audit = AuditEvent.objects.get(act="api_client_created")
    assert audit.district_id == place.district.pk
    assert "6321" not in str(audit.summary)


@pytest.mark.parametrize(
    "wrong, field",
    [
        ({"name": ""}, "name"),
        ({"contact": ""}, "contact"),
        ({"may_aggregate": ""}, "may_aggregate"),
        ({"per_minute": "0"}, "per_minute"),
        ({"per_minute": "6001"}, "per_minute"),
        ({"addresses": "10.1.0.1/16"}, "addresses"),
        ({"addresses": "everywhere"}, "addresses"),
        ({"addresses": "\n".join(f"10.0.0.{n}" for n in range(21))}, "addresses"),
        ({"whole_district": "0", "streets": ["999999"]}, "streets"),
        ({"whole_district": "0"}, "streets"),
        ({"whole_district": ""}, "whole_district"),
        ({"name": "a\x00b"}, "name"),
    ],
)
def test_what_does_not_fit_is_said_at_its_field(
    officer: Client, place: District, wrong: dict[str, Any], field: str
) -> None:
    answer = officer.post(reverse("clients:new"), said(district=place.district.pk) | wrong)

    assert answer.status_code == 422
    assert list(answer.context["form"].errors) == [field]
    assert not ApiClient.objects.exists()


def test_the_same_name_twice_is_refused_until_the_first_is_revoked(
    officer: Client, place: District
) -> None:
    officer.post(reverse("clients:new"), said(district=place.district.pk))
    twice = officer.post(reverse("clients:new"), said(district=place.district.pk))
    act(officer, "revoke", ApiClient.objects.get().pk, reason="moved")
    again = officer.post(reverse("clients:new"), said(district=place.district.pk))

    assert (twice.status_code, list(twice.context["form"].errors)) == (422, ["name"])
    assert again.status_code == 201


def test_a_change_is_told_and_an_idle_save_is_not(officer: Client, place: District) -> None:
    client, _secret = make_client(place.district, may_daily=False)
    token = make_token(client, scope="export:daily")

    answer = act(officer, "change", client.pk, **said(may_daily="on", addresses="10.1.2.3"))
    act(officer, "change", client.pk, **said(may_daily="on", addresses="10.1.2.3"))

    found = bearer_of(token, address="10.1.2.3", at=timezone.now())
    assert answer.status_code == 302
    assert found is not None
    assert found.principal.scope.permissions == {"export_daily"}
    (audit,) = AuditEvent.objects.filter(act="api_client_changed")
    assert audit.summary["changed"]["may_daily"] == [False, True]
    assert audit.summary["changed"]["addresses"] == ["", "10.1.2.3/32"]


def test_an_ended_street_does_not_widen_its_client(officer: Client, place: District) -> None:
    client, _secret = make_client(place.district, streets=(place.here,))
    old = place.here
    old.valid_to = timezone.localdate()
    old.save()

    page = officer.get(reverse("clients:client", args=[client.pk])).content.decode()
    answer = act(officer, "change", client.pk, **said(whole_district="0", per_minute="60"))
    both = act(officer, "change", client.pk, **said(streets=[old.pk]))
    kept = act(officer, "change", client.pk, **said(whole_district="0", streets=[old.pk]))

    assert f'value="{old.pk}"' in page
    assert (answer.status_code, both.status_code, kept.status_code) == (422, 422, 302)
    client.refresh_from_db()
    assert (client.whole_district, list(client.streets.all())) == (False, [old])
    fresh = officer.get(reverse("clients:new")).content.decode()
    assert f'value="{old.pk}"' not in fresh


def test_a_wider_area_is_in_the_trail(officer: Client, place: District) -> None:
    client, _secret = make_client(place.district, streets=(place.here,))

    act(officer, "change", client.pk, **said())

    (audit,) = AuditEvent.objects.filter(act="api_client_changed")
    assert audit.summary["changed"]["whole_district"] == [False, True]


def test_rotation_leaves_the_old_secret_for_a_while_and_it_ends_at_once(
    officer: Client, place: District
) -> None:
    client, old = make_client(place.district)

    made = act(officer, "rotate", client.pk, overlap="24")
    new = SECRET.search(made.content.decode())

    assert new is not None
    assert ask_token(client, old).status_code == ask_token(client, new[1]).status_code == 200
    token = make_token(client)
    assert act(officer, "end_old", client.pk).status_code == 302
    assert ask_token(client, old).status_code == 401
    assert bearer_of(token, address="", at=timezone.now()) is None
    assert ask_token(client, new[1]).status_code == 200


def test_a_secret_that_was_seen_ends_with_the_rotation(officer: Client, place: District) -> None:
    client, old = make_client(place.district)
    token = ask_token(client, old).json()["access_token"]

    act(officer, "rotate", client.pk, overlap="0")

    assert ask_token(client, old).status_code == 401
    assert bearer_of(token, address="", at=timezone.now()) is None


def test_a_revoked_client_stays_listed_with_its_reason(officer: Client, place: District) -> None:
    client, secret = make_client(place.district)
    token = make_token(client)

    assert act(officer, "revoke", client.pk).status_code == 422
    assert act(officer, "revoke", client.pk, reason="contract over").status_code == 302

    assert bearer_of(token, address="", at=timezone.now()) is None
    assert ask_token(client, secret).status_code == 401
    page = officer.get(reverse("clients:client", args=[client.pk])).content.decode()
    assert "contract over" in page
    assert reverse("clients:rotate", args=[client.pk]) not in page
    for name, data in (("rotate", {"overlap": "24"}), ("change", said()), ("end_old", {})):
        assert act(officer, name, client.pk, **data).status_code == 422


def test_people_need_a_second_person_of_another_account(
    officer: Client, commander: Client, place: District
) -> None:
    client, _secret = make_client(place.district)

    assert act(officer, "persons_ask", client.pk, reason="tracing").status_code == 302
    grant = PersonsGrant.objects.get()
    assert act(officer, "persons_decide", grant.pk, decision="grant").status_code == 403
    assert act(commander, "persons_decide", grant.pk, decision="grant").status_code == 302

    grant.refresh_from_db()
    assert grant.granted is True
    assert "granted" in officer.get(reverse("clients:client", args=[client.pk])).content.decode()
    assert act(officer, "persons_ask", client.pk, reason="again").status_code == 422
    assert act(commander, "persons_decide", grant.pk, decision="refuse").status_code == 422
    assert act(officer, "persons_withdraw", grant.pk).status_code == 302
    assert act(officer, "persons_withdraw", grant.pk).status_code == 422


def test_one_account_in_two_roles_is_one_person(place: District) -> None:
    client, _secret = make_client(place.district)
    at = timezone.now()

    with pytest.raises(IntegrityError, match="persons_grant_second_person"), transaction.atomic():
        PersonsGrant.objects.create(
            client=client, reason="x", asked_at=at, asked_by="user:7:administrator",
            granted=True, decided_at=at, decided_by="user:7:commander",
        )  # fmt: skip


def test_the_pages_say_what_was_pulled(officer: Client, place: District) -> None:
    client, _secret = make_client(place.district)
    found = bearer_of(make_token(client), address="", at=timezone.now())
    assert found is not None
    for rows in (12, 30):
        note_pull(found.principal, "api:rounds", rows, 200, timezone.now(), parameters=["limit"])
    note_pull(found.principal, "api:rounds", 0, 400, timezone.now())

    page = officer.get(reverse("clients:client", args=[client.pk]))
    listed = officer.get(reverse("clients:clients"))

    (day,) = page.context["days"]
    assert (day.endpoint, day.requests, day.rows, day.faults) == ("api:rounds", 3, 42, 1)
    assert listed.context["rows"][0]["client"].pulls_of_day == 2
    assert listed.context["rows"][0]["client"].living_tokens == 1


def test_a_client_that_is_refused_throughout_has_not_pulled(
    officer: Client, place: District
) -> None:
    client, _secret = make_client(place.district, may_daily=False)
    Client().get("/api/v1/daily-reports/", headers=bearer(make_token(client)))

    (row,) = officer.get(reverse("clients:clients")).context["rows"]
    (day,) = officer.get(reverse("clients:client", args=[client.pk])).context["days"]

    assert row["client"].last_pull_at is None
    assert (day.requests, day.faults) == (1, 1)


def test_another_districts_clients_do_not_exist_here(officer: Client) -> None:
    client, _secret = make_client(make_district().district)

    assert officer.get(reverse("clients:client", args=[client.pk])).status_code == 404
    assert act(officer, "revoke", client.pk, reason="x").status_code == 404
    assert not officer.get(reverse("clients:clients")).context["rows"]


def test_the_list_costs_the_same_for_one_client_and_for_many(
    officer: Client, place: District, django_assert_max_num_queries: Any
) -> None:
    for _client in range(3):
        make_client(place.district)
    officer.get(reverse("clients:clients"))

    with django_assert_max_num_queries(12):
        assert len(officer.get(reverse("clients:clients")).context["rows"]) == 3
