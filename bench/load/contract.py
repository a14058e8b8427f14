"""Calls made up from the OpenAPI document, good and bad ones, and what is wrong with an answer.

The same plan serves the tests (in one process) and `./dev fuzz api` (a running installation).
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import Case, GenerationMode
from schemathesis.checks import CheckFunction, not_a_server_error
from schemathesis.core.failures import FailureGroup
from schemathesis.core.result import Ok
from schemathesis.schemas import APIOperation
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

CHECKS: list[CheckFunction] = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
#: Of the calls that have parameters, so many keep to the document; the others break it.
GOOD = 0.6
#: So many of the good ones name things that are there, instead of made-up ones.
REAL = 0.7
BASE = "http://testserver"
Known = Mapping[str, Sequence[str]]


@dataclass(frozen=True)
class Fault:
    """An answer that is a server error or does not keep to the document."""

    caller: str
    call: str
    status: int
    words: str

    def __str__(self) -> str:
        return f"{self.caller}: {self.call} -> {self.status}: {self.words}"


@dataclass
class Tally:
    """What came of the calls so far. `answered` counts by status."""

    calls: int = 0
    server_errors: int = 0
    violations: int = 0
    faults: list[Fault] = field(default_factory=list)
    answered: dict[int, int] = field(default_factory=dict)
    met: set[tuple[str, str]] = field(default_factory=set)

    @property
    def summary(self) -> list[str]:
        """One line for each kind of fault, with an example of it."""
        kinds: dict[tuple[str, int, str], list[Fault]] = {}
        for fault in self.faults:
            where = fault.call.split("?")[0]
            kinds.setdefault((where, fault.status, fault.words[:120]), []).append(fault)
        return [f"{len(alike)} x {alike[0]}" for alike in kinds.values()]

    def note(self, caller: str, case: Case, prepared: Any, response: schemathesis.Response) -> None:
        """Count an answer, and check it against the document."""
        self.calls += 1
        status = response.status_code
        self.answered[status] = self.answered.get(status, 0) + 1
        self.met.add((case.operation.label, caller))
        words = faults_of(case, response)
        if status >= 500 and status != 503:
            self.server_errors += 1
        elif words:
            self.violations += 1
        if words or status >= 500:
            call = f"{prepared.method} {prepared.url.removeprefix(BASE)}"
            self.faults.append(Fault(caller, call[:400], status, words[:600]))


def operations(document: Mapping[str, Any]) -> list[APIOperation]:
    """All operations of the document."""
    schema = schemathesis.openapi.from_dict(dict(document))
    found = []
    for result in schema.get_all_operations():
        if not isinstance(result, Ok):
            raise LookupError(f"the document has an operation that cannot be read: {result.err()}")
        found.append(result.ok())
    return found


def faults_of(case: Case, response: schemathesis.Response) -> str:
    """What is wrong with an answer, or nothing."""
    try:
        case.validate_response(response, checks=CHECKS)
    except FailureGroup as group:
        return "; ".join(f"{each.title}: {each.message}" for each in group.exceptions)
    return ""


def cases(operation: APIOperation, count: int, known: Known, number: int) -> list[Case]:
    """Up to so many different calls of one operation; equal for equal `number`s. Of one that can
    be called wrongly there are wrong calls, or LookupError is raised."""
    breakable = _can_be_broken(operation)
    good = round(count * GOOD) if breakable else count
    found = _drawn(operation, GenerationMode.POSITIVE, good, number)
    rng = random.Random(number)
    for case in found:
        if rng.random() < REAL:
            _make_real(case, known, rng)
    if breakable:
        bad = _drawn(operation, GenerationMode.NEGATIVE, max(count - good, 1), number)
        if not bad:
            raise LookupError(f"no call of {operation.label} that breaks the document was made up")
        found += bad
    return found


def known_of(
    get: Callable[[str], Any],
    *,
    rounds: Sequence[object],
    streets: Sequence[object],
    moments: Sequence[datetime],
) -> dict[str, list[str]]:
    """Ids, cursors and moments that exist, so that not every call ends at a 404. `get` answers
    the body at an address of the API, or None where it answers no list."""
    from reporting.outlets.api.registry import RESOURCES

    known = {
        "rounds": [str(each) for each in rounds],
        "streets": [str(each) for each in streets],
        "moments": [each.isoformat() for each in moments],
    }
    for resource in RESOURCES:
        for level in ("", *resource.streams):
            body = get(f"/api/v1/{resource.name}/?limit=5" + (f"&level={level}" if level else ""))
            if body is None:
                continue
            ids = known.setdefault(resource.name, [])
            ids += [key for each in body["items"] if (key := str(each["id"])) not in ids]
            # Of its own level alone, which most calls leave out.
            known.setdefault(f"{resource.name} cursor", [body["next_cursor"]])
    return known


def prepared(case: Case, base: str = BASE) -> Any:
    """The request that a call is; None for one that cannot be sent at all."""
    try:
        return requests.Request(**_plain(case.as_transport_kwargs(base_url=base))).prepare()
    except (ValueError, UnicodeError, requests.exceptions.RequestException):
        return None


def sent(
    drawn: Sequence[Case], callers: int, least: int, offset: int
) -> Iterator[tuple[Case, int]]:
    """Which caller sends which call: in turns, each of them once at least."""
    for at in range(max(callers, least)):
        yield drawn[at % len(drawn)], (at + offset) % callers


def _drawn(operation: APIOperation, mode: GenerationMode, count: int, number: int) -> list[Case]:
    found: list[Case] = []

    @seed(number)
    @settings(
        max_examples=max(count, 1),
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy(generation_mode=mode))
    def draw(case: Case) -> None:
        found.append(case)

    try:
        draw()
    except Unsatisfiable:
        if mode is GenerationMode.POSITIVE:
            raise
    return found[:count]


def _can_be_broken(operation: APIOperation) -> bool:
    """Whether there are wrong calls: any text is a good key, and who calls is not made up here."""
    said = [
        each
        for each in operation.iter_parameters()
        if each.name != "key" and each.location.value in ("path", "query")
    ]
    return bool(said) or bool(list(operation.body))


def _make_real(case: Case, known: Known, rng: random.Random) -> None:
    """Put ids and cursors that exist in the place of made-up ones."""
    path = case.operation.path
    name = path.split("/")[3]
    for parameter, pool in (("key", known.get(name)), ("round_id", known.get("rounds"))):
        if parameter in case.path_parameters and pool:
            case.path_parameters[parameter] = rng.choice(pool)
    query: dict[str, Any] = case.query if isinstance(case.query, dict) else {}
    for parameter, pool in (
        ("cursor", known.get(f"{name} cursor")),
        ("round", known.get("rounds")),
        ("street", known.get("streets")),
    ):
        if parameter in query and pool:
            query[parameter] = rng.choice(pool)
    # A moment made up is in the year 7000: what is asked of the past needs one of the round.
    if "as_of" in query and known.get("moments"):
        query["as_of"] = rng.choice(known["moments"])
    if "updated_since" in query:
        query["updated_since"] = "2021-11-04T20:00:00+08:00"


def _plain(kwargs: dict[str, Any]) -> dict[str, Any]:
    allowed = {"method", "url", "headers", "params", "data", "json", "files", "cookies"}
    kept = {name: value for name, value in kwargs.items() if name in allowed}
    headers = {
        name: value
        for name, value in dict(kept.get("headers") or {}).items()
        if name.lower() not in ("authorization", "cookie", "user-agent")
    }
    kept["headers"] = headers
    kept.pop("cookies", None)
    return kept
