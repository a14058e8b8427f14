"""A client's id and secret become a token for 15 minutes, and nothing else does."""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta

import pytest
from django.test import Client
from django.utils import timezone
from oauth2_provider.models import AccessToken

from personnel.models import Attempt
from personnel.services import attempts
from reporting.outlets.models import ApiClient
from reporting.outlets.services import clients as services
from reporting.outlets.services.tokens import ISSUED, TRIES
from tests.clients.make import (
    TOKEN_URL,
    ask_token,
    basic,
    bearer,
    grant_persons,
    make_client,
    make_token,
)
from tests.personnel.make import District, make_district

pytestmark = pytest.mark.django_db

FORM = "application/x-www-form-urlencoded"
WHO = "/api/v1/rounds/"


@pytest.fixture
def place() -> District:
    return make_district()


def test_id_and_secret_become_a_token_of_fifteen_minutes(place: District) -> None:
    client, secret = make_client(place.district)

    answer = ask_token(client, secret)

    said = answer.json()
    assert answer.status_code == 200
    assert said["token_type"] == "Bearer"
    assert said["expires_in"] == 900
    assert said["scope"].split() == ["export:aggregate", "export:daily"]
    assert answer["Cache-Control"] == "no-store"
    assert not answer.cookies
    assert Client().get(WHO, headers=bearer(said["access_token"])).status_code == 200
    row = AccessToken.objects.get()
    assert timedelta(minutes=14) < row.expires - timezone.now() <= timedelta(minutes=15)


def test_neither_token_nor_secret_is_kept(place: District) -> None:
    client, secret = make_client(place.district)

    token = ask_token(client, secret).json()["access_token"]

    row, kept = AccessToken.objects.get(), ApiClient.objects.get()
    assert row.token == ""
    assert row.token_checksum == hashlib.sha256(token.encode()).hexdigest()
    assert kept.client_secret == hashlib.sha256(secret.encode()).hexdigest()
    assert len(token) >= 43
    assert len(secret) >= 43


def test_secret_in_the_body_works_too(place: District) -> None:
    client, secret = make_client(place.district)
    body = f"grant_type=client_credentials&client_id={client.client_id}&client_secret={secret}"

    assert Client().post(TOKEN_URL, body, content_type=FORM).status_code == 200


@pytest.mark.parametrize(
    "scope, status, error",
    [
        ("export:daily", 200, None),
        ("export:person", 400, "invalid_scope"),
        ("export:everything", 400, "invalid_scope"),
    ],
)
def test_scopes_are_those_of_the_client(place: District, scope: str, status: int, error) -> None:
    client, secret = make_client(place.district)

    answer = ask_token(client, secret, scope=scope)

    assert (answer.status_code, answer.json().get("error")) == (status, error)


def test_people_are_named_and_never_given_along(place: District) -> None:
    client, secret = make_client(place.district)
    grant_persons(client)

    usual = ask_token(client, secret).json()["scope"].split()
    asked = ask_token(client, secret, scope="export:person").json()["scope"].split()

    assert "export:person" not in usual
    assert asked == ["export:person"]


def test_wrong_secret_unknown_id_and_revoked_client_answer_alike(place: District) -> None:
    client, secret = make_client(place.district)
    revoked, its_secret = make_client(place.district)
    services.revoke_client(client=revoked, reason="left", by="user:1", at=timezone.now())

    answers = [
        ask_token(client, "wrong"),
        ask_token(ApiClient(client_id="nobody"), secret),
        ask_token(revoked, its_secret),
    ]

    assert {(one.status_code, one.content) for one in answers} == {
        (401, answers[0].content),
    }
    assert answers[0].json()["error"] == "invalid_client"


@pytest.mark.parametrize("grant", ["password", "authorization_code", "refresh_token", "", "x"])
def test_no_other_grant_is_on(place: District, grant: str) -> None:
    client, secret = make_client(place.district)

    answer = ask_token(client, secret, grant_type=grant)

    assert answer.status_code == 400
    assert answer.json()["error"] in {"unsupported_grant_type", "invalid_request"}
    assert not AccessToken.objects.exists()


GOOD = "grant_type=client_credentials"


@pytest.mark.parametrize(
    "body, kind",
    [
        (f"{GOOD}&client_id=%00&client_secret=a", FORM),
        (f"{GOOD}&client_id=%ff%fe&client_secret=a", FORM),
        (b"grant_type=client_credentials&client_id=\xff", FORM),
        (f"{GOOD}&scope=a&scope=b", FORM),
        (f"{GOOD}&{GOOD}", FORM),
        (f"{GOOD}&client_id={'a' * 5000}", FORM),
        ("&".join(f"a{n}=1" for n in range(1200)), FORM),
        ("{}", "application/json"),
        ("", FORM),
        (f"{GOOD}&scope=%ED%A0%80", FORM),
        ("%zz=%zz", FORM),
    ],
)
def test_broken_requests_are_400_by_the_rfc(place: District, body, kind: str) -> None:
    client, secret = make_client(place.district)

    answer = Client(raise_request_exception=False).post(
        TOKEN_URL, body, content_type=kind, headers=basic(client.client_id, secret)
    )

    assert answer.status_code == 400, answer.content
    assert answer.json()["error"] in {"invalid_request", "invalid_target", "invalid_scope"}


@pytest.mark.parametrize(
    "header",
    [
        "Basic",
        "Basic !!!",
        "Basic 单",
        "Basic //8=",
        "Basic OiUwMA==",
        "Basic JTAwOmE=",
        "x" * 3000,
    ],
)
def test_broken_headers_are_no_fault_of_ours(header: str) -> None:
    answer = Client(raise_request_exception=False).post(
        TOKEN_URL, GOOD, content_type=FORM, headers={"Authorization": header}
    )

    assert answer.status_code in (400, 401), answer.content
    assert answer.json()["error"] in {"invalid_request", "invalid_client"}


def test_parameters_of_extensions_are_passed_over(place: District) -> None:
    client, secret = make_client(place.district)

    assert ask_token(client, secret, resource="http://[", user="1").status_code == 200


def test_query_string_and_other_methods_are_refused(place: District) -> None:
    client, secret = make_client(place.district)

    with_query = Client().post(
        f"{TOKEN_URL}?a=1", GOOD, content_type=FORM, headers=basic(client.client_id, secret)
    )

    assert with_query.status_code == 400
    assert Client().get(TOKEN_URL).status_code == 405


def test_wrong_tries_lock_the_address_and_success_counts_nothing(place: District) -> None:
    client, secret = make_client(place.district)
    for _try in range(TRIES.tries):
        assert ask_token(client, secret).status_code == 200
    Attempt.objects.filter(kind=ISSUED.kind).delete()
    for _try in range(TRIES.tries):
        assert ask_token(client, "wrong").status_code == 401

    locked = ask_token(client, secret)

    assert locked.status_code == 429
    assert int(locked["Retry-After"]) > 0
    assert locked.json()["error"] == "slow_down"


def test_tokens_without_number_are_refused(place: District) -> None:
    client, secret = make_client(place.district)
    for _token in range(ISSUED.tries):
        assert ask_token(client, secret).status_code == 200

    answer = ask_token(client, secret)

    assert answer.status_code == 429
    assert int(answer["Retry-After"]) > 0
    assert AccessToken.objects.count() == ISSUED.tries


def test_an_eager_client_does_not_lock_its_address(place: District) -> None:
    client, secret = make_client(place.district)
    other, its_secret = make_client(place.district)
    ask_token(client, secret)
    blocked = timezone.now() + timedelta(minutes=5)
    Attempt.objects.filter(kind=ISSUED.kind).update(tries=ISSUED.tries, blocked_until=blocked)
    for _try in range(TRIES.tries + 1):
        assert ask_token(client, secret).status_code == 429

    assert ask_token(other, its_secret).status_code == 200


def test_a_token_on_its_way_does_not_outlive_the_end_of_its_secret(
    place: District, monkeypatch: pytest.MonkeyPatch
) -> None:
    client, old = make_client(place.district)
    services.rotate_secret(client=client, by="user:1", at=timezone.now())
    take = attempts.take

    def ended_meanwhile(limit: attempts.Limit, *subject: str, at: datetime) -> str:
        if limit is ISSUED:
            services.end_old_secret(client=client, by="user:1")
        return take(limit, *subject, at=at)

    monkeypatch.setattr(attempts, "take", ended_meanwhile)
    answer = ask_token(client, old)

    assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client")
    assert not AccessToken.objects.exists()


def test_secret_outside_of_the_clients_addresses_opens_nothing(place: District) -> None:
    client, secret = make_client(place.district, addresses=("10.1.0.0/16",))

    inside = ask_token(client, secret, http=Client(REMOTE_ADDR="10.1.2.3"))
    outside = ask_token(client, secret, http=Client(REMOTE_ADDR="10.2.2.3"))

    assert (inside.status_code, outside.status_code) == (200, 401)


def test_old_secret_works_until_its_end(place: District) -> None:
    client, old = make_client(place.district)

    new = services.rotate_secret(client=client, by="user:1", at=timezone.now())

    assert ask_token(client, old).status_code == ask_token(client, new).status_code == 200
    ApiClient.objects.update(previous_until=timezone.now())
    assert ask_token(client, old).status_code == 401
    assert ask_token(client, new).status_code == 200


def test_a_token_that_has_ended_opens_nothing(place: District) -> None:
    client, _secret = make_client(place.district)
    token = make_token(client, lives=timedelta(seconds=-1))

    answer = Client().get(WHO, headers=bearer(token))

    assert answer.status_code == 401
    assert answer.json()["code"] == "token_not_valid"
