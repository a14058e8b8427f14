"""Messages to a superior's machine: signed, tried again with patience, given up with a reason."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from django.db import DatabaseError, transaction
from django.utils import timezone
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from core.audit import AuditEvent
from core.inputs import Conflict, Refused
from core.scope import Scope
from reporting.outlets.models import Delivery, Endpoint, Outlet, OutletRun, RunState
from reporting.outlets.services.deliveries import (
    add_endpoint,
    replay,
    rotate_secret,
    send_run,
    send_test,
    switch_endpoint,
)
from reporting.outlets.services.upward_post import Answer
from reporting.outlets.services.upward_pushing import (
    JITTER,
    LEASE,
    MOST_TRIES,
    WAITS,
    claim,
    pause,
    push_waiting,
    record,
    signed,
)
from reporting.outlets.services.upward_runs import make_run, open_run_now
from reporting.outlets.services.upward_steps import UpwardUnknown
from tests.upward.make import House, later
from tests.upward.receiver import Receiver, receiving


@pytest.fixture
def receiver(settings) -> Iterator[Receiver]:
    with receiving() as found:
        settings.PUSH_TEST_HOSTS = [found.host]
        yield found


@pytest.fixture
def endpoint(house: House, receiver: Receiver) -> tuple[Endpoint, str]:
    url = f"http://{receiver.host}/in"
    return add_endpoint(superior_id=house.superior.pk, url=url, **house.who)


@pytest.fixture
def run(house: House, endpoint: tuple[Endpoint, str]) -> OutletRun:
    """An issue that is made, and therefore on its way."""
    outlet = house.outlet(endpoint=endpoint[0], what="data_values")
    later(house, 2.1)
    opened = open_run_now(outlet_id=outlet.pk, **house.who)
    assert make_run(opened.pk, by="t", at=opened.as_of + timedelta(minutes=6))
    opened.refresh_from_db()
    return opened


def push(house: House) -> int:
    return push_waiting(at=house.at, seconds=5)


def due_now() -> None:
    Delivery.objects.update(next_at=timezone.now())


def test_an_issue_arrives_signed_whole_and_is_sent(house, receiver, endpoint, run) -> None:
    assert push(house) == 1

    [(headers, body)] = receiver.got
    said = Webhook(endpoint[1]).verify(body, headers)
    delivery = Delivery.objects.get()
    assert headers["webhook-id"] == str(delivery.pk)
    assert (said["type"], said["data"]["issue"]) == ("outlet.run", 1)
    assert said["data"]["file"]["sha256"] == run.file.sha256
    import base64

    assert base64.b64decode(said["data"]["file"]["base64"]) == bytes(run.file.data)
    run.refresh_from_db()
    assert (run.state, run.sent_to, run.sent_by) == (RunState.SENT, "127.0.0.1", "system:worker")
    assert (delivery.state, delivery.begun) == ("sent", 1)
    assert push(house) == 0
    with pytest.raises(WebhookVerificationError):
        Webhook(endpoint[1]).verify(body + b" ", headers)


def test_a_receipt_in_the_answer_acknowledges_the_issue(house, receiver, run) -> None:
    receiver.answers = [(202, {}, '{"receipt": "渝-2021-77"}'.encode())]

    push(house)

    run.refresh_from_db()
    assert (run.state, run.receipt) == (RunState.ACKNOWLEDGED, "渝-2021-77")


@pytest.mark.parametrize(
    "body", [b"", b"ok", b"[]", b'{"receipt": 5}', b'{"receipt": "a\\u0000b"}', b"\xff", b"null"]
)
def test_an_answer_without_a_receipt_is_none(house, receiver, run, body: bytes) -> None:
    receiver.answers = [(200, {}, body)]

    push(house)

    run.refresh_from_db()
    assert (run.state, run.receipt) == (RunState.SENT, "")


def test_a_failing_receiver_is_tried_again_under_the_same_id(house, receiver, run) -> None:
    receiver.answers = [503, 500, 200]

    for _ in range(3):
        due_now()
        assert push(house) == 1

    assert len({headers["webhook-id"] for headers, _body in receiver.got}) == 1
    assert len({body for _headers, body in receiver.got}) == 1
    delivery = Delivery.objects.get()
    attempts = delivery.attempts.order_by("number").values_list("number", "outcome", "status")
    assert list(attempts) == [(1, "failing", 503), (2, "failing", 500), (3, "taken", 200)]


def test_after_the_last_try_it_is_given_up_and_a_person_can_send_it_again(
    house, receiver, run
) -> None:
    receiver.answers = [500]
    for _ in range(MOST_TRIES):
        due_now()
        push(house)
    delivery = Delivery.objects.get()
    assert (delivery.state, delivery.begun, delivery.outcome) == ("dead", MOST_TRIES, "failing")
    due_now()
    assert push(house) == 0

    receiver.answers = [200]
    replay(delivery_id=delivery.pk, **house.who)
    assert push(house) == 1

    delivery.refresh_from_db()
    assert (delivery.state, delivery.begun, delivery.tries) == ("sent", MOST_TRIES + 1, 1)
    assert len({headers["webhook-id"] for headers, _body in receiver.got}) == 1


@pytest.mark.parametrize(("status", "outcome"), [(400, "refused"), (404, "refused"),
                                                 (302, "redirect")])  # fmt: skip
def test_what_will_not_change_by_itself_is_given_up_at_once(
    house, receiver, run, status, outcome
) -> None:
    receiver.answers = [status]

    push(house)

    delivery = Delivery.objects.get()
    assert (delivery.state, delivery.outcome, delivery.begun) == ("dead", outcome, 1)
    assert delivery.attempts.get().status == status
    run.refresh_from_db()
    assert run.state == RunState.MADE


def test_a_receiver_that_is_gone_is_switched_off(house, receiver, endpoint, run) -> None:
    receiver.answers = [410]
    push(house)
    endpoint[0].refresh_from_db()
    assert endpoint[0].disabled_why == "gone"
    with pytest.raises(Conflict):
        send_test(endpoint_id=endpoint[0].pk, **house.who)
    with pytest.raises(Conflict):
        send_run(run_id=run.pk, **house.who)

    switch_endpoint(endpoint_id=endpoint[0].pk, on=True, **house.who)
    receiver.answers = [200]
    send_run(run_id=run.pk, **house.who)
    assert push(house) == 1


def test_sent_again_it_is_another_message_with_the_same_bytes(house, receiver, run) -> None:
    push(house)
    house.board.capture("CJ0002", people=2)
    send_run(run_id=run.pk, **house.who)
    push(house)

    first, second = (json.loads(body)["data"]["file"] for _headers, body in receiver.got)
    assert first == second
    assert len({headers["webhook-id"] for headers, _body in receiver.got}) == 2


def test_killed_between_sending_and_noting_it_goes_again_under_its_id(house, receiver, run) -> None:
    """The receiver sees one id twice and keeps one; the attempt that was lost is written down."""
    from reporting.outlets.services.upward_post import post

    now = timezone.now()
    killed = claim(now, house.at)
    assert killed is not None
    post(killed.endpoint.url, signed(killed), bytes(killed.body))
    # Here the worker is gone: nothing was noted, and the lease runs on.
    assert claim(now + LEASE / 2, house.at) is None

    again = claim(now + LEASE, house.at)
    assert again is not None
    answer = post(again.endpoint.url, signed(again), bytes(again.body))
    assert record(again, answer, now=now + LEASE, at=house.at)
    assert not record(killed, answer, now=now + LEASE, at=house.at), "its lease is gone"

    assert len(receiver.got) == 2
    assert len({headers["webhook-id"] for headers, _body in receiver.got}) == 1
    attempts = Delivery.objects.get().attempts.order_by("number")
    assert [attempt.outcome for attempt in attempts] == ["lost", "taken"]


def test_a_message_that_kills_every_worker_is_given_up(house, receiver, run) -> None:
    now = timezone.now()
    for _ in range(MOST_TRIES):
        assert claim(now, house.at) is not None
        now += LEASE

    assert claim(now, house.at) is None
    assert Delivery.objects.get().state == "dead"
    assert AuditEvent.objects.filter(act="delivery.dead").count() == 1


def test_a_message_that_is_given_up_does_not_hold_up_the_next(house, endpoint, run) -> None:
    now = timezone.now()
    for _ in range(MOST_TRIES):
        claim(now, house.at)
        now += LEASE
    test = send_test(endpoint_id=endpoint[0].pk, **house.who)

    found = claim(now + LEASE, house.at)
    assert found is not None
    assert found.pk == test.pk


def test_a_button_pressed_twice_is_one_message(house, endpoint, run) -> None:
    first, second = uuid.uuid4(), uuid.uuid4()
    tests = [send_test(endpoint_id=endpoint[0].pk, key=first, **house.who) for _press in range(2)]
    again = [send_run(run_id=run.pk, key=second, **house.who) for _press in range(2)]

    assert ({each.pk for each in tests}, {each.pk for each in again}) == ({first}, {second})
    assert Delivery.objects.count() == 3  # with the one that the issue made itself


def test_what_is_made_while_an_address_is_off_goes_when_it_is_on_again(
    house, receiver, endpoint
) -> None:
    outlet = house.outlet(endpoint=endpoint[0], what="data_values")
    switch_endpoint(endpoint_id=endpoint[0].pk, on=False, **house.who)
    later(house, 2.1)
    opened = open_run_now(outlet_id=outlet.pk, **house.who)
    assert make_run(opened.pk, by="t", at=opened.as_of + timedelta(minutes=6))
    assert push(house) == 0

    switch_endpoint(endpoint_id=endpoint[0].pk, on=True, **house.who)

    assert push(house) == 1
    assert len(receiver.got) == 1


def test_a_secret_that_no_receiver_has_seen_is_replaced_and_the_known_one_goes_on(
    house, receiver, endpoint, run
) -> None:
    rotate_secret(endpoint_id=endpoint[0].pk, **house.who)
    _endpoint, new = rotate_secret(endpoint_id=endpoint[0].pk, **house.who)
    push(house)

    [(headers, body)] = receiver.got
    for secret in (new, endpoint[1]):
        assert Webhook(secret).verify(body, headers)["type"] == "outlet.run"


def test_a_new_secret_signs_beside_the_old_one_for_a_day(house, receiver, endpoint, run) -> None:
    _endpoint, new = rotate_secret(endpoint_id=endpoint[0].pk, **house.who)
    push(house)

    [(headers, body)] = receiver.got
    assert new != endpoint[1]
    for secret in (new, endpoint[1]):
        assert Webhook(secret).verify(body, headers)["type"] == "outlet.run"
    Endpoint.objects.update(old_until=timezone.now() - timedelta(seconds=1))
    send_test(endpoint_id=endpoint[0].pk, **house.who)
    push(house)
    headers, body = receiver.got[1]
    assert Webhook(new).verify(body, headers)["type"] == "test"
    with pytest.raises(WebhookVerificationError):
        Webhook(endpoint[1]).verify(body, headers)


def test_the_secret_is_stored_encrypted(endpoint) -> None:
    from core.statements import run as ask

    [(stored,)] = ask("SELECT secret FROM outlets_endpoint", [])
    assert endpoint[1].encode() not in bytes(stored)
    assert endpoint[1].startswith("whsec_")


def test_messages_and_attempts_are_never_changed(house, receiver, run) -> None:
    push(house)
    delivery = Delivery.objects.get()
    for change in (
        lambda: Delivery.objects.update(body=b"x"),
        lambda: Delivery.objects.all().delete(),
        lambda: delivery.attempts.update(outcome="lost"),
        lambda: delivery.attempts.all().delete(),
    ):
        with pytest.raises(DatabaseError), transaction.atomic():
            change()


@pytest.mark.parametrize("tries", range(1, MOST_TRIES + 3))
def test_waits_grow_and_spread(tries: int) -> None:
    now = timezone.now()
    usual = WAITS[min(tries, len(WAITS)) - 1]
    found = [pause(tries, "", now).total_seconds() for _ in range(50)]

    assert min(found) >= usual * (1 - JITTER)
    assert max(found) <= usual * (1 + JITTER)
    assert len(set(found)) > 1


def test_a_receiver_may_ask_for_patience_within_reason() -> None:
    now = datetime(2021, 11, 5, tzinfo=UTC)
    later_on = format_datetime(now + timedelta(minutes=20), usegmt=True)

    assert pause(1, "120", now) == timedelta(seconds=120)
    assert pause(1, later_on, now) == timedelta(minutes=20)
    assert pause(1, "99999999999", now) == timedelta(hours=6)
    for odd in ("-5", "soon", "1e9", "٣", "", "0", format_datetime(now - timedelta(days=1))):
        assert pause(1, odd, now) <= timedelta(seconds=5 * (1 + JITTER))


def test_an_address_inside_is_refused_when_it_is_entered(house: House) -> None:
    for url in ("https://127.0.0.1/", "http://city.example/", "https://a:b@city.example/"):
        with pytest.raises(Refused):
            add_endpoint(superior_id=house.superior.pk, url=url, **house.who)
    assert not Endpoint.objects.exists()


def test_an_address_that_is_not_allowed_any_more_gets_nothing(
    house, receiver, run, settings
) -> None:
    settings.PUSH_TEST_HOSTS = []

    push(house)

    assert (Delivery.objects.get().state, Delivery.objects.get().outcome) == ("dead", "forbidden")
    assert receiver.got == []


def test_another_districts_addresses_and_messages_do_not_exist(house, endpoint, run) -> None:
    stranger = {"scope": Scope(districts=frozenset({0})), "by": "x", "at": house.at}
    delivery = Delivery.objects.get()
    for act in (
        lambda: rotate_secret(endpoint_id=endpoint[0].pk, **stranger),
        lambda: replay(delivery_id=delivery.pk, **stranger),
        lambda: replay(delivery_id=uuid.uuid4(), **house.who),
        lambda: send_test(endpoint_id=endpoint[0].pk, **stranger),
        lambda: add_endpoint(superior_id=house.superior.pk, url="https://a.example/", **stranger),
        lambda: send_run(run_id=run.pk, **stranger),
    ):
        with pytest.raises(UpwardUnknown):
            act()


def test_a_message_on_its_way_is_not_sent_a_second_time_by_hand(house, run) -> None:
    claimed = claim(timezone.now(), house.at)
    assert claimed is not None

    with pytest.raises(Conflict):
        replay(delivery_id=claimed.pk, **house.who)

    record(claimed, Answer("timeout"), now=timezone.now(), at=house.at)
    assert replay(delivery_id=claimed.pk, **house.who).tries == 0
    assert Outlet.objects.count() == 1
