"""The whole OpenAPI document, tried by every role, device and client: no server error, no breach.

What is told here is told of one process and one transaction; `./dev fuzz api` tries ten times as
many calls against a running installation.
"""

from __future__ import annotations

import copy
import gzip
import os
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.core.cache import cache
from django.db import transaction
from schemathesis import Response

from bench.load.contract import Tally, cases, known_of, operations, prepared, sent
from personnel.services import roll
from tests.test_permission_matrix import Caller, World, callers, world

__all__ = ["callers", "world"]
CALLS = int(os.environ.get("FUZZ_CALLS", "2000"))
DRAWN = int(os.environ.get("FUZZ_DRAWN", "16"))
# What a cookie's holder, device or client can be; strangers are tried as well.
pytestmark = pytest.mark.usefixtures("_open")


@pytest.fixture
def _open(django_db_blocker):
    with django_db_blocker.unblock():
        yield


def test_no_call_breaks_the_server_or_the_document(world: World, callers: list[Caller]):
    for caller in callers:
        caller.client.raise_request_exception = False
    commander = next(each for each in callers if each.name == "commander")
    document = commander.client.get("/api/v1/schema/").json()
    tried = operations(document)
    known = _known(world, commander)
    tally = Tally()
    each = -(-CALLS // len(tried))
    for number, operation in enumerate(tried):
        # To make a call up costs more than to send it: each goes out by several callers.
        drawn = cases(operation, min(each, DRAWN), known, number)
        for case, turn in sent(drawn, len(callers), each, number):
            request = prepared(case)
            if request is not None:
                response = _ask(callers[turn], request)
                tally.note(callers[turn].name, case, request, response)

    print(f"calls={tally.calls} answered={dict(sorted(tally.answered.items()))}")
    assert not tally.faults, "\n".join(tally.summary[:60])
    assert (tally.server_errors, tally.violations) == (0, 0)
    assert tally.calls >= CALLS
    assert tally.answered.get(200, 0) > CALLS / 10, "hardly any call was one that is answered"
    assert len(tally.met) == len(tried) * len(callers), "somebody was never asked something"


def _known(world: World, commander: Caller) -> dict[str, list[str]]:
    def get(address: str) -> Any:
        answer = commander.client.get(address)
        return answer.json() if answer.status_code == 200 else None

    round_ = world.place.round
    return known_of(
        get, rounds=[round_.pk], streets=[world.street(side).pk for side in ("here", "there")],
        moments=[round_.starts_at + timedelta(hours=1)],
    )  # fmt: skip


def _ask(caller: Caller, request: Any) -> Response:
    """One call in a savepoint that is undone, so that none changes the next one."""
    for forget in (roll.forget, cache.clear):
        forget()
    parts = urlsplit(request.url)
    headers = {name: value for name, value in request.headers.items() if name != "Content-Length"}
    kind = headers.pop("Content-Type", "")
    cookies = copy.deepcopy(caller.client.cookies)
    with transaction.atomic():
        answer = caller.client.generic(
            request.method,
            parts.path + (f"?{parts.query}" if parts.query else ""),
            request.body or b"",
            content_type=kind or "application/octet-stream",
            headers={**headers, **caller.headers},
        )
        content = b"".join(answer.streaming_content) if answer.streaming else answer.content
        transaction.set_rollback(True)
    caller.client.cookies = cookies
    return Response(
        status_code=answer.status_code,
        headers={name.lower(): [value] for name, value in answer.headers.items()},
        content=_unzipped(answer, content),
        request=request,
        elapsed=0.0,
        verify=False,
        encoding="utf-8",
    )


def _unzipped(answer: Any, content: bytes) -> bytes:
    if answer.headers.get("Content-Encoding") == "gzip":
        return gzip.decompress(content)
    return content
