"""One POST: to the address that was judged, with the name kept, within five seconds."""

from __future__ import annotations

import time

import pytest

from reporting.outlets.services import upward_addresses, upward_post
from reporting.outlets.services.upward_post import MOST_ANSWER, post
from tests.upward.receiver import certificate, receiving, slow_receiver


def test_a_message_arrives_whole_with_its_headers(settings) -> None:
    with receiving() as receiver:
        settings.PUSH_TEST_HOSTS = [receiver.host]
        receiver.answers = [(200, {}, b'{"receipt": "R-7"}')]

        answer = post(f"http://{receiver.host}/in", {"Host": receiver.host, "x-a": "1"}, b"body")

    assert (answer.outcome, answer.status, answer.body) == ("taken", 200, b'{"receipt": "R-7"}')
    assert answer.milliseconds >= 0
    [(headers, body)] = receiver.got
    assert (headers["host"], headers["x-a"], body) == (receiver.host, "1", b"body")


@pytest.mark.parametrize(
    ("status", "outcome"),
    [(200, "taken"), (204, "taken"), (301, "redirect"), (302, "redirect"), (400, "refused"),
     (401, "refused"), (404, "refused"), (410, "gone"), (429, "busy"), (500, "failing"),
     (503, "failing")],
)  # fmt: skip
def test_what_a_status_means(settings, status: int, outcome: str) -> None:
    with receiving() as receiver, receiving() as elsewhere:
        settings.PUSH_TEST_HOSTS = [receiver.host, elsewhere.host]
        receiver.answers = [(status, {"Location": f"http://{elsewhere.host}/"}, b"")]

        assert post(f"http://{receiver.host}/", {"Host": receiver.host}, b"").outcome == outcome

    assert elsewhere.got == [], "nothing is followed"


def test_no_proxy_of_the_environment_is_used(settings, monkeypatch) -> None:
    with receiving() as receiver, receiving() as proxy:
        settings.PUSH_TEST_HOSTS = [receiver.host]
        for name in ("http_proxy", "HTTP_PROXY", "ALL_PROXY", "all_proxy"):
            monkeypatch.setenv(name, f"http://{proxy.host}")

        assert post(f"http://{receiver.host}/", {"Host": receiver.host}, b"").status == 200

    assert len(receiver.got) == 1
    assert proxy.got == []


def test_an_answer_that_drips_is_left_after_the_seconds_and_its_status_counts(
    settings, monkeypatch
) -> None:
    monkeypatch.setattr(upward_post, "SECONDS", 0.6)
    with receiving() as receiver:
        settings.PUSH_TEST_HOSTS = [receiver.host]
        receiver.drip = 0.1
        began = time.monotonic()

        answer = post(f"http://{receiver.host}/", {"Host": receiver.host}, b"")

        assert (answer.outcome, answer.status) == ("taken", 200)
        assert time.monotonic() - began < 2


@pytest.mark.parametrize("says", [b"", b"H"])
def test_a_receiver_that_reads_or_answers_too_slowly_is_given_up_after_the_seconds(
    settings, monkeypatch, says: bytes
) -> None:
    """It takes the connection and a little now and then, for ever."""
    monkeypatch.setattr(upward_post, "SECONDS", 0.6)
    with slow_receiver(says) as host:
        settings.PUSH_TEST_HOSTS = [host]
        began = time.monotonic()

        answer = post(f"http://{host}/", {"Host": host}, b"x" * 16_000_000)

        assert answer.outcome == "timeout"
        assert time.monotonic() - began < 2


def test_no_more_of_an_answer_is_read_than_is_wanted(settings) -> None:
    with receiving() as receiver:
        settings.PUSH_TEST_HOSTS = [receiver.host]
        receiver.answers = [(200, {}, b"x" * (4 * MOST_ANSWER))]

        answer = post(f"http://{receiver.host}/", {"Host": receiver.host}, b"")

    assert (answer.outcome, len(answer.body)) == ("taken", MOST_ANSWER)


def test_nobody_listens(settings) -> None:
    with receiving() as receiver:
        host = receiver.host
    settings.PUSH_TEST_HOSTS = [host]

    assert post(f"http://{host}/", {"Host": host}, b"").outcome == "closed"


def pinned(monkeypatch: pytest.MonkeyPatch, port: int) -> None:
    """Let the name receiver.example be this machine, as if it were a public one."""
    monkeypatch.setattr(upward_addresses, "PORTS", (443, 8443, port))
    monkeypatch.setattr(upward_post, "address_of", lambda target: "127.0.0.1")


def test_tls_is_for_the_name_though_the_connection_goes_to_the_address(
    settings, monkeypatch
) -> None:
    with certificate("receiver.example") as (context, file), receiving(context) as receiver:
        settings.PUSH_CA_FILE = file
        pinned(monkeypatch, receiver.port)
        name = f"receiver.example:{receiver.port}"

        answer = post(f"https://{name}/", {"Host": name}, b"{}")

        assert (answer.outcome, answer.status) == ("taken", 200)
        assert receiver.got[0][0]["host"] == name


def test_a_certificate_of_another_name_or_unknown_authority_is_not_accepted(
    settings, monkeypatch
) -> None:
    with certificate("other.example") as (context, file), receiving(context) as receiver:
        pinned(monkeypatch, receiver.port)
        url = f"https://receiver.example:{receiver.port}/"

        settings.PUSH_CA_FILE = file
        assert post(url, {"Host": "receiver.example"}, b"{}").outcome == "tls"
        settings.PUSH_CA_FILE = ""
        assert post(url, {"Host": "receiver.example"}, b"{}").outcome == "tls"

    assert receiver.got == []


def test_a_name_that_turns_inside_is_not_connected_to(monkeypatch) -> None:
    """Judged again before every attempt: a name may have another answer by then."""
    with receiving() as receiver:
        monkeypatch.setattr(upward_addresses, "PORTS", (receiver.port,))
        answer = post(f"https://localhost:{receiver.port}/", {"Host": "localhost"}, b"")

    assert answer.outcome == "forbidden"
    assert receiver.got == []
