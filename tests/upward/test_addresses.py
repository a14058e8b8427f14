"""Where we may send to: public https addresses of single machines, and nothing of this house."""

from __future__ import annotations

import socket

import pytest

from core.inputs import Refused
from reporting.outlets.services import upward_addresses
from reporting.outlets.services.upward_addresses import (
    NameNotFound,
    Target,
    address_of,
    allowed,
    judged_url,
)

DENIED = [
    "0.0.0.0",
    "0.1.2.3",
    "10.0.0.1",
    "10.255.255.255",
    "100.64.0.1",
    "100.100.100.200",
    "100.127.255.255",
    "127.0.0.1",
    "127.255.255.254",
    "168.63.129.16",
    "169.254.0.1",
    "169.254.169.254",
    "172.16.0.1",
    "172.31.255.255",
    "192.0.0.1",
    "192.0.0.192",
    "192.0.2.1",
    "192.88.99.1",
    "192.168.0.1",
    "192.168.255.255",
    "198.18.0.1",
    "198.19.255.255",
    "198.51.100.7",
    "203.0.113.9",
    "224.0.0.1",
    "239.255.255.255",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "::127.0.0.1",
    "::ffff:127.0.0.1",
    "::ffff:10.0.0.1",
    "::ffff:8.8.8.8",
    "64:ff9b::7f00:1",
    "64:ff9b::a00:1",
    "64:ff9b:1::1",
    "100::1",
    "2001::1",
    "2001:db8::1",
    "2002:7f00:1::1",
    "2002:a00:1::",
    "3fff::1",
    "5f00::1",
    "fc00::1",
    "fd00:ec2::254",
    "fdff::1",
    "fe80::1",
    "fe80::1%eth0",
    "fec0::1",
    "ff02::1",
    "2606:4700::1%eth0",
    "nonsense",
    "1.2.3",
    "0x7f000001",
    "2130706433",
    "017700000001",
    "127.1",
]
PUBLIC = [
    "8.8.8.8",
    "1.1.1.1",
    "114.114.114.114",
    "100.63.255.255",
    "100.128.0.1",
    "172.15.0.1",
    "172.32.0.1",
    "192.169.0.1",
    "223.5.5.5",
    "11.0.0.1",
    "126.255.255.255",
    "128.0.0.1",
    "2400:3200::1",
    "2606:4700:4700::1111",
    "2001:4860:4860::8888",
]


@pytest.mark.parametrize("address", DENIED)
def test_no_address_of_a_house_is_allowed(address: str) -> None:
    assert not allowed(address)


@pytest.mark.parametrize("address", PUBLIC)
def test_public_addresses_are_allowed(address: str) -> None:
    assert allowed(address)


@pytest.mark.parametrize(
    ("url", "code"),
    [
        ("http://example.org/x", "push_https"), ("ftp://example.org/", "push_https"),
        ("file:///etc/passwd", "push_url"), ("gopher://example.org/", "push_https"),
        ("https://example.org:22/", "push_port"), ("https://example.org:80/", "push_port"),
        ("https://example.org:99999/", "push_url"), ("https://user:pw@example.org/",
                                                     "push_credentials"),
        ("https://example.org@127.0.0.1/", "push_credentials"), ("https://@127.0.0.1/",
                                                                 "push_credentials"),
        ("https://127.0.0.1/", "push_forbidden"), ("https://[::1]/", "push_forbidden"),
        ("https://[::ffff:10.0.0.1]/", "push_forbidden"), ("https:///x", "push_url"),
        ("https://[fe80::1%25eth0]/", "push_url"), ("https://exa mple.org/", "push_url"),
        ("https://example.org/\n", "push_url"), ("https://例子.org/", "push_url"),
        ("https://example.org\\@127.0.0.1/", "push_url"), ("https://example.org/#a", "push_url"),
        ("https://" + "a" * 300 + ".org/", "push_url"), ("//example.org/", "push_https"),
        ("https://[::1/", "push_url"), ("", "push_url"),
    ],
)  # fmt: skip
def test_an_address_that_is_none_of_a_receiver_is_refused(url: str, code: str) -> None:
    with pytest.raises(Refused) as refused:
        judged_url(url)

    assert refused.value.code == code
    assert refused.value.text


@pytest.mark.parametrize(
    ("url", "target"),
    [
        ("https://example.org/hook?a=1", Target("https", "example.org", 443)),
        ("https://EXAMPLE.org:8443/", Target("https", "example.org", 8443)),
        ("https://8.8.8.8/", Target("https", "8.8.8.8", 443)),
        ("https://example.org./", Target("https", "example.org", 443)),
    ],
)
def test_an_address_of_a_receiver_is_taken_apart(url: str, target: Target) -> None:
    assert judged_url(url) == target


def test_test_hosts_are_named_with_their_port_and_no_others_pass(settings) -> None:
    settings.PUSH_TEST_HOSTS = ["127.0.0.1:9999"]

    assert judged_url("http://127.0.0.1:9999/x").test
    for other in ("http://127.0.0.1:9998/x", "http://127.0.0.1/x", "http://localhost:9999/"):
        with pytest.raises(Refused):
            judged_url(other)


def answers(monkeypatch: pytest.MonkeyPatch, *found: str) -> list[tuple[object, ...]]:
    asked: list[tuple[object, ...]] = []

    def resolve(*args: object, **kwargs: object) -> list[tuple[object, ...]]:
        asked.append(args)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (each, 443)) for each in found]

    monkeypatch.setattr(upward_addresses.socket, "getaddrinfo", resolve)
    return asked


TARGET = Target("https", "receiver.example", 443)


def test_a_name_is_resolved_once_and_its_address_is_the_one_to_connect_to(monkeypatch) -> None:
    asked = answers(monkeypatch, "8.8.8.8", "1.1.1.1")

    assert address_of(TARGET) == "8.8.8.8"
    assert len(asked) == 1


@pytest.mark.parametrize("inside", ["10.0.0.1", "127.0.0.1", "::ffff:169.254.169.254"])
def test_one_inside_answer_among_public_ones_refuses_the_name(monkeypatch, inside) -> None:
    answers(monkeypatch, "8.8.8.8", inside)

    with pytest.raises(Refused) as refused:
        address_of(TARGET)

    assert refused.value.code == "push_forbidden"


def test_numbers_that_only_a_resolver_understands_are_judged_as_what_they_are() -> None:
    """0x7f.1 and 2130706433 are no written addresses, but the resolver makes 127.0.0.1 of them."""
    for host in ("2130706433", "0x7f000001", "127.1", "localhost"):
        with pytest.raises(Refused) as refused:
            address_of(judged_url(f"https://{host}/"))
        assert refused.value.code == "push_forbidden"


def test_a_name_without_any_answer_is_told_apart(monkeypatch) -> None:
    def nothing(*args: object, **kwargs: object) -> list[tuple[object, ...]]:
        raise socket.gaierror

    monkeypatch.setattr(upward_addresses.socket, "getaddrinfo", nothing)

    with pytest.raises(NameNotFound):
        address_of(TARGET)
