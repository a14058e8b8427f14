"""Many dispatchers press "Order" for one thing at the same moment; one may have it."""

from __future__ import annotations

import re
import threading
import uuid
from dataclasses import dataclass, field
from urllib.parse import urlencode

from bench.load.wire import Wire

_HOST = "127.0.0.1"
#: Who has it is told with the day and hour until when.
_UNTIL = re.compile(rb"field-error\">[^<]*\d\d-\d\d \d\d:\d\d")


@dataclass
class Race:
    """What became of the callers: how many got it, were told who has it, or met anything else."""

    won: int = 0
    told: int = 0
    other: list[str] = field(default_factory=list)


def race(port: int, cookies: str, form: dict[str, str], *, callers: int) -> Race:
    """Send one form with `callers` keys of their own, each on its own connection, all at once."""
    token = dict(pair.split("=", 1) for pair in cookies.split("; "))["jinjian_csrf"]
    found, lock, ready = Race(), threading.Lock(), threading.Barrier(callers)

    def call() -> None:
        wire = Wire(port, timeout=120)
        ready.wait()
        try:
            answer = wire.ask(_request(cookies, token, form))
            status, told = answer.status, bool(_UNTIL.search(answer.body))
        except OSError as problem:
            status, told = 0, False
            with lock:
                found.other.append(type(problem).__name__)
        wire.close()
        with lock:
            found.won += status == 302
            found.told += status == 422 and told
            if status not in (0, 302) and not (status == 422 and told):
                found.other.append(str(status))

    threads = [threading.Thread(target=call) for _each in range(callers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return found


def _request(cookies: str, token: str, form: dict[str, str]) -> bytes:
    body = urlencode(form | {"client_key": str(uuid.uuid4()), "csrfmiddlewaretoken": token})
    head = (
        f"POST /dispatch/assign/ HTTP/1.1\r\nHost: {_HOST}\r\nCookie: {cookies}\r\n"
        "Content-Type: application/x-www-form-urlencoded\r\n"
        f"Content-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body.encode()
