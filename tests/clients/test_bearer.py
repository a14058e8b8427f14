"""Who a token stands for: what it sees today, how often it may ask, and where it means nothing."""

from __future__ import annotations

import threading
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection, connections
from django.test import Client, RequestFactory
from django.utils import timezone
from django.utils.translation import override
from rest_framework.response import Response
from rest_framework.views import APIView

from core.actors import names_of
from core.request_id import begin, end
from core.scope import current_floor
from personnel.middleware import ScopeMiddleware
from personnel.roles import Role
from reporting.outlets.authentication import ClientAuthentication
from reporting.outlets.models import ApiClient, ClientPace, Pull
from reporting.outlets.services import clients as services
from reporting.outlets.services.pulls import note_pull
from reporting.outlets.services.tokens import bearer_of
from tests.clients.make import bearer, grant_persons, make_client, make_token, wanted
from tests.personnel.make import District, make_district, make_user

pytestmark = pytest.mark.django_db

API = "/api/v1/rounds/"
HERE = "10.0.0.1"


@pytest.fixture
def place() -> District:
    return make_district()


def held(token: str, *, address: str = HERE) -> Any:
    found = bearer_of(token, address=address, at=timezone.now())
    assert found is not None
    return found


def test_a_client_of_the_district_sees_it_and_may_what_its_scopes_say(place: District) -> None:
    client, _secret = make_client(place.district, may_daily=False)
    token = make_token(client, scope="export:aggregate export:daily export:person")

    scope = held(token).principal.scope

    assert (scope.districts, scope.streets) == ({place.district.pk}, frozenset())
    assert scope.permissions == {"export_aggregate"}
    assert scope.actor == f"client:{client.pk}"
    assert not scope.everything


def test_a_client_of_a_street_sees_the_street_and_never_the_district(place: District) -> None:
    client, _secret = make_client(place.district, streets=(place.here,))
    token = make_token(client)

    assert held(token).principal.scope.streets == {place.here.pk}
    client.streets.clear()
    assert held(token).principal.scope.sees_nothing


def test_people_only_while_a_second_person_allows_it(place: District) -> None:
    client, _secret = make_client(place.district)
    token = make_token(client, scope="export:person")
    assert held(token).principal.scope.permissions == frozenset()

    grant_persons(client)
    assert held(token).principal.scope.permissions == {"export_person"}

    grant = client.persons_grants.get()
    services.withdraw_persons(grant=grant, by="user:3:administrator", at=timezone.now())
    assert held(token).principal.scope.permissions == frozenset()


def test_a_change_and_a_revocation_count_at_the_next_request(place: District) -> None:
    client, _secret = make_client(place.district)
    token = make_token(client)
    assert Client().get(API, headers=bearer(token)).status_code == 200

    services.change_client(
        client=client, wanted=wanted(name=client.name, may_aggregate=False), by="user:1"
    )
    assert held(token).principal.scope.permissions == {"export_daily"}
    services.revoke_client(client=client, reason="left", by="user:1", at=timezone.now())

    answer = Client().get(API, headers=bearer(token))
    assert answer.status_code == 401
    assert answer.json()["code"] == "token_not_valid"
    assert "Bearer" in answer["WWW-Authenticate"]


def test_another_address_is_refused_and_costs_no_request(place: District) -> None:
    client, _secret = make_client(place.district, addresses=("10.1.0.0/16", "2001:db8::/32"))
    token = make_token(client)

    answer = Client(REMOTE_ADDR="10.2.0.1").get(API, headers=bearer(token))

    assert (answer.status_code, answer.json()["code"]) == (403, "address_not_allowed")
    assert not ClientPace.objects.exists()
    for address in ("10.1.255.3", "::ffff:10.1.0.9", "2001:db8::1"):
        assert Client(REMOTE_ADDR=address).get(API, headers=bearer(token)).status_code == 200
    assert not held(token, address="").address_fits


def test_a_forwarded_address_proves_nothing_without_a_proxy(place: District) -> None:
    client, _secret = make_client(place.district, addresses=("10.1.0.0/16",))
    lying = {**bearer(make_token(client)), "X-Forwarded-For": "10.1.0.1"}

    assert Client(REMOTE_ADDR="10.2.0.1").get(API, headers=lying).status_code == 403


def test_one_request_too_many_waits_for_the_minute(place: District) -> None:
    client, _secret = make_client(place.district, per_minute=2)
    token = make_token(client)
    for _request in range(2):
        assert Client().get(API, headers=bearer(token)).status_code == 200

    answer = Client().get(API, headers=bearer(token))

    assert answer.status_code == 429
    assert answer.json()["code"] == "throttled"
    assert 1 <= int(answer["Retry-After"]) <= 61
    ClientPace.objects.update(began_at=timezone.now() - timedelta(seconds=59.5))
    late = Client().get(API, headers=bearer(token))
    assert (late.status_code, late["Retry-After"]) == (429, "2")
    ClientPace.objects.update(began_at=timezone.now() - timedelta(minutes=1))
    assert Client().get(API, headers=bearer(token)).status_code == 200


@pytest.mark.django_db(transaction=True)
def test_requests_that_come_together_are_all_counted() -> None:
    place = make_district()
    client, _secret = make_client(place.district, per_minute=20)
    token, waits = make_token(client), []

    def ask() -> None:
        for _request in range(5):
            found = bearer_of(token, address=HERE, at=timezone.now())
            waits.append(found.retry_after if found else None)
        connections.close_all()

    threads = [threading.Thread(target=ask) for _thread in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert ClientPace.objects.get().taken == 30
    assert sum(wait == 0 for wait in waits) == 20


def test_the_floor_of_persons_stays_shut_for_a_client_that_may_read_them(place: District) -> None:
    client, _secret = make_client(place.district, streets=(place.here,))
    grant_persons(client)
    seen: list[Any] = []

    class Look(APIView):
        authentication_classes = (ClientAuthentication,)

        def get(self, request: Any) -> Response:
            with connection.cursor() as cursor:
                cursor.execute("SELECT current_setting('app.streets', true)")
                seen.extend([current_floor(), cursor.fetchone()[0] or ""])
            return Response(request._request.scope.actor)

    token = make_token(client, scope="export:aggregate export:person")
    answer = ScopeMiddleware(Look.as_view())(RequestFactory().get("/x/", headers=bearer(token)))

    assert seen == [("", ""), ""]
    assert answer.data == f"client:{client.pk}"
    assert current_floor() == ("", "")


def test_a_token_opens_no_page_and_a_cookie_beside_it_means_nothing(place: District) -> None:
    client, _secret = make_client(place.district)
    token = make_token(client)
    http = Client()
    assert http.get("/home/", headers=bearer(token)).status_code == 302
    assert not http.cookies.get("jinjian")

    http.force_login(make_user(Role.COMMANDER, place.district))
    as_client = http.get("/api/v1/progress/", headers=bearer("x" * 43))
    assert as_client.status_code == 401


@pytest.mark.parametrize("header", ["Bearer", "Bearer a b", "Bearer " + "x" * 300, "bearer \u00e9"])
def test_broken_headers_are_401(header: str) -> None:
    answer = Client(raise_request_exception=False).get(API, headers={"Authorization": header})

    assert answer.status_code == 401


def test_each_pull_is_one_row_that_nobody_changes(place: District) -> None:
    client, _secret = make_client(place.district)
    principal = held(make_token(client)).principal
    begin("0123456789abcdef")
    try:
        note_pull(
            principal, "api:rounds", 12, 200, timezone.now(), parameters=["limit", "a" * 90],
            size=345,
        )  # fmt: skip
    finally:
        end()

    pull = Pull.objects.get()
    assert (pull.client_id, pull.endpoint, pull.rows, pull.bytes, pull.status) == (
        client.pk, "api:rounds", 12, 345, 200,
    )  # fmt: skip
    assert pull.parameters == ["a" * 40, "limit"]
    assert pull.request_id == "0123456789abcdef"
    with connection.cursor() as cursor:
        for right in ("UPDATE", "DELETE"):
            cursor.execute("SELECT has_table_privilege('outlets_pull', %s)", [right])
            assert cursor.fetchone() == (False,)


def test_people_and_devices_leave_no_pull(place: District) -> None:
    note_pull(make_user(Role.PLANNER, place.district), "api:rounds", 1, 200, timezone.now())

    assert not Pull.objects.exists()


def test_a_refused_pull_is_one_row_too(place: District) -> None:
    client, _secret = make_client(place.district)
    token = make_token(client, scope="export:aggregate")
    http = Client()
    answers = [
        http.get(API, {"li" + "x" * 90: "1", "\u0001": ""}, headers=bearer(token)),
        http.get("/api/v1/daily-reports/", headers=bearer(token)),
        http.get(f"{API}999999/", headers=bearer(token)),
        http.post(API, headers=bearer(token)),
        http.get(API, {"format": "csv"}, headers=bearer(token)),
        http.get("/api/v1/progress/", {"round": "x"}, headers=bearer(token)),
    ]

    pulls = list(Pull.objects.order_by("pk"))
    assert [pull.status for pull in pulls] == [one.status_code for one in answers]
    assert [pull.status for pull in pulls] == [400, 403, 404, 405, 200, 400]
    assert {pull.client_id for pull in pulls} == {client.pk}
    assert [pull.endpoint for pull in pulls][1] == "api:daily-reports"
    assert pulls[0].parameters == ["\u0001", "li" + "x" * 38]


def test_what_no_pace_counts_leaves_one_row_a_minute(place: District) -> None:
    client, _secret = make_client(place.district, per_minute=1, addresses=("10.1.0.0/16",))
    token = make_token(client)
    home, abroad = Client(REMOTE_ADDR="10.1.0.1"), Client(REMOTE_ADDR="10.2.0.1")
    for http in (home, home, home, home, abroad, abroad, abroad):
        http.get(API, headers=bearer(token))

    assert sorted(Pull.objects.values_list("status", flat=True)) == [200, 403, 429]


def test_unknown_tokens_and_people_leave_no_refusal(place: District) -> None:
    http = Client()
    http.get(API, headers=bearer("x" * 43))
    http.force_login(make_user(Role.TRAINER, place.district))
    http.get(API)

    assert not Pull.objects.exists()


@pytest.mark.parametrize("address", ["/api/v1/capture/", "/api/v1/tallies/"])
def test_a_token_means_nothing_where_devices_write(place: District, address: str) -> None:
    client, _secret = make_client(place.district)

    answer = Client().post(
        address, "{}", content_type="application/json", headers=bearer(make_token(client))
    )

    assert answer.status_code == 401
    assert not Pull.objects.exists()


def test_the_list_of_clients_is_the_districts_alone(place: District) -> None:
    other = make_district()
    mine, _secret = make_client(place.district)
    make_client(other.district)
    scope = held(make_token(mine)).principal.scope

    assert list(ApiClient.objects.within(scope)) == [mine]


def test_a_pull_costs_two_statements_beside_its_own(
    place: District, django_assert_num_queries: Any
) -> None:
    """Who it is with how often it asked, and what it pulled."""
    client, _secret = make_client(place.district)
    token = make_token(client)

    class Empty(APIView):
        authentication_classes = (ClientAuthentication,)

        def get(self, request: Any) -> Response:
            note_pull(request.user, "api:rounds", 0, 200, timezone.now())
            return Response()

    ask = ScopeMiddleware(Empty.as_view())
    with django_assert_num_queries(2):
        assert ask(RequestFactory().get("/x/", headers=bearer(token))).status_code == 200


def test_the_trail_names_clients_readably() -> None:
    with override("en"):
        assert names_of(["client:3"]) == {"client:3": "API client 3"}
