"""One POST to a superior's machine: a judged address, five seconds in all, nothing followed.

`httpcore` is used for what it leaves out: it knows no proxies of the environment, no redirects, no
cookies and no credentials of the address.
"""

from __future__ import annotations

import socket
import ssl
import time
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import httpcore
from django.conf import settings

from core.inputs import Refused
from reporting.outlets.models import DeliveryAttempt
from reporting.outlets.services.upward_addresses import NameNotFound, address_of, judged_url

SECONDS = 5.0
"""From the first packet to the last: a receiver that drips is as dead as a silent one."""
MOST_ANSWER = 64 * 1024
PIECE = 16 * 1024
"""Bytes handed to the network at a time, after each of which the seconds are looked at."""
Outcome = DeliveryAttempt.Outcome


@dataclass(frozen=True)
class Answer:
    """How an attempt ended. `retry_after` is in seconds, `body` what was read of the answer."""

    outcome: str
    status: int | None = None
    milliseconds: int = 0
    retry_after: str = ""
    body: bytes = b""


@dataclass
class _Deadline:
    """What is left of the seconds of one attempt."""

    ends: float = field(default_factory=lambda: time.monotonic() + SECONDS)

    def left(self, asked: float | None = None) -> float:
        left = self.ends - time.monotonic()
        if left <= 0:
            raise httpcore.ReadTimeout
        return left if asked is None else min(left, asked)


class _Stream(httpcore.NetworkStream):
    """A connection every step of which has what is left of the attempt's seconds."""

    def __init__(self, inner: httpcore.NetworkStream, deadline: _Deadline) -> None:
        self._inner, self._deadline = inner, deadline

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._inner.read(max_bytes, self._deadline.left(timeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        for at in range(0, len(buffer), PIECE):
            self._inner.write(buffer[at : at + PIECE], self._deadline.left(timeout))

    def close(self) -> None:
        self._inner.close()

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore.NetworkStream:
        left = self._deadline.left(timeout)
        return _Stream(self._inner.start_tls(ssl_context, server_hostname, left), self._deadline)

    def get_extra_info(self, info: str) -> Any:
        return self._inner.get_extra_info(info)


class _Pinned(httpcore.NetworkBackend):
    """Connects to one address, whatever name is asked for: TLS and Host keep the name."""

    def __init__(self, address: str, deadline: _Deadline) -> None:
        self._address, self._deadline = address, deadline
        self._real = httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        left = self._deadline.left(timeout)
        stream = self._real.connect_tcp(
            self._address, port, left, local_address, socket_options=socket_options
        )
        return _Stream(stream, self._deadline)

    def connect_unix_socket(self, *args: Any, **kwargs: Any) -> httpcore.NetworkStream:
        raise httpcore.ConnectError("no sockets of this machine")


def post(url: str, headers: Mapping[str, str], body: bytes) -> Answer:
    """Hand a message over, and say how that ended; never raises for what the network does."""
    began = time.monotonic()
    answer = _tried(url, headers, body)
    spent = round((time.monotonic() - began) * 1000)
    return Answer(answer.outcome, answer.status, spent, answer.retry_after, answer.body)


def _tried(url: str, headers: Mapping[str, str], body: bytes) -> Answer:
    deadline, context = _Deadline(), _context()
    try:
        address = address_of(judged_url(url))
    except Refused:
        return Answer(Outcome.FORBIDDEN)
    except NameNotFound:
        return Answer(Outcome.NAME)
    try:
        return _sent(url, headers, body, _Pinned(address, deadline), context)
    except httpcore.TimeoutException:
        return Answer(Outcome.TIMEOUT)
    except ssl.SSLError:
        return Answer(Outcome.TLS)
    except httpcore.ConnectError as error:
        return Answer(Outcome.TLS if _of_tls(error) else Outcome.CLOSED)
    except (httpcore.NetworkError, httpcore.ProtocolError, OSError):
        return Answer(Outcome.CLOSED)


def _sent(
    url: str, headers: Mapping[str, str], body: bytes, backend: _Pinned, context: ssl.SSLContext
) -> Answer:
    timeout = dict.fromkeys(("connect", "read", "write", "pool"), SECONDS)
    with (
        httpcore.ConnectionPool(
            ssl_context=context, max_connections=1, retries=0, network_backend=backend
        ) as pool,
        pool.stream(
            "POST", url, headers=list(headers.items()), content=body,
            extensions={"timeout": timeout},
        ) as response,
    ):  # fmt: skip
        said = {name.lower(): value for name, value in response.headers}
        after = said.get(b"retry-after", b"")[:40].decode("ascii", "replace")
        return Answer(_outcome(response.status), response.status, 0, after, _body(response))


def _body(response: httpcore.Response) -> bytes:
    """What a receiver says, as far as it comes: its status was heard, and that decides."""
    given = b""
    with suppress(httpcore.TimeoutException, httpcore.NetworkError, httpcore.ProtocolError):
        for part in response.iter_stream():
            given += part[: MOST_ANSWER - len(given)]
            if len(given) >= MOST_ANSWER:
                break
    return given


def _context() -> ssl.SSLContext:
    """The machine's own list of authorities, and one more file where an installation has it."""
    context = ssl.create_default_context()
    if settings.PUSH_CA_FILE:
        context.load_verify_locations(settings.PUSH_CA_FILE)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context


def _of_tls(error: BaseException) -> bool:
    seen: BaseException | None = error
    while seen is not None:
        if isinstance(seen, ssl.SSLError):
            return True
        if isinstance(seen, socket.gaierror):
            return False
        seen = seen.__cause__ or seen.__context__
    return False


def _outcome(status: int) -> str:
    if 200 <= status < 300:
        return Outcome.TAKEN
    if status == 410:
        return Outcome.GONE
    if status in (408, 425, 429):
        return Outcome.BUSY
    if status >= 500:
        return Outcome.FAILING
    return Outcome.REDIRECT if 300 <= status < 400 else Outcome.REFUSED
