"""One signed-in person who opens pages and sends forms, over one connection."""

from __future__ import annotations

from bench.load.bodies import get
from bench.load.screens import sign_in
from bench.load.wire import Answer, Wire

_HOST = "127.0.0.1"
FORM = "application/x-www-form-urlencoded"


class Visitor:
    """Raises LookupError, without a word of what was sent, at an answer that is not expected."""

    def __init__(self, port: int, username: str, password: str) -> None:
        self._wire = Wire(port)
        self._cookies = sign_in(port, username, password)
        self._token = dict(pair.split("=", 1) for pair in self._cookies.split("; "))["jinjian_csrf"]

    def open(self, path: str) -> Answer:
        """Open a page."""
        return _expected(self._wire.ask(get(_HOST, path, {"Cookie": self._cookies})), path, (200,))

    def send(
        self, path: str, body: bytes, kind: str = FORM, *, expect: tuple[int, ...] = (302,)
    ) -> Answer:
        """Send a form, or whatever else `kind` names."""
        head = (
            f"POST {path} HTTP/1.1\r\nHost: {_HOST}\r\nCookie: {self._cookies}\r\n"
            f"X-CSRFToken: {self._token}\r\nContent-Type: {kind}\r\n"
            f"Content-Length: {len(body)}\r\n\r\n"
        )
        return _expected(self._wire.ask(head.encode() + body), path, expect)


def _expected(answer: Answer, path: str, expect: tuple[int, ...]) -> Answer:
    if answer.status not in expect:
        raise LookupError(f"{path} was answered {answer.status}")
    return answer
