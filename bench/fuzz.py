"""`./dev fuzz api [--calls N]`: the whole OpenAPI document against a running installation.

A district with a round of history, an account of every role, devices and machine clients; calls
that keep to the document and calls that break it, by all of them in turns. What is wrong with an
answer is told on standard error, the figures on one line.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import requests
import schemathesis

from bench.load import district as districts
from bench.load.contract import Tally, cases, known_of, operations, prepared, sent
from bench.load.figures import line, step
from bench.load.history import fill
from bench.load.house import house
from bench.load.screens import sign_in
from bench.pull import new_token
from launch.binaries import MissingServer
from launch.stack import Busy, Stack

CALLS = 20_000
#: Different calls of one operation; each goes out by several callers.
DRAWN = 160
SWABS = 20_000
#: Tokens of clients live a quarter of an hour.
FRESH_SECONDS = 600.0
RENEWABLE = ("client", "daily client", "street client")


@dataclass
class Caller:
    """Somebody who calls, by the headers that say who it is."""

    name: str
    headers: Mapping[str, str]


def main() -> int:
    """Run it; 1 when an answer was a server error or did not keep to the document."""
    parser = argparse.ArgumentParser(prog="./dev fuzz", description=__doc__)
    parser.add_argument("name", choices=("api",))
    parser.add_argument("--calls", type=int, default=CALLS)
    arguments = parser.parse_args()
    try:
        return run(arguments.calls)
    except (Busy, MissingServer, LookupError, TimeoutError) as problem:
        print(f"fuzz: {problem}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


def run(calls: int) -> int:
    """Make the installation, call it, print the figures."""
    size = districts.Size(streets=4, communities=3, points=12, residents=500)
    with house(fsync=False) as stack:
        district = districts.build(size, prepare=False)
        fill(
            district, district.round, swabs=SWABS, seconds=3600,
            start=districts.BEGINS - timedelta(hours=2),
        )  # fmt: skip
        stack.wait_http()
        step("callers")
        people, fetched = _people(stack, district), time.monotonic()
        tally = Tally()
        document = requests.get(
            f"{stack.url}/api/v1/schema/", headers=dict(people[0].headers), timeout=60
        ).json()
        # Wrong secrets make the door slow for a while: it is tried last.
        tried = sorted(operations(document), key=lambda each: "oauth" in each.path)
        known = _known(stack, people[0], district)
        each = -(-calls // len(tried))
        session = requests.Session()
        session.trust_env = False
        for number, operation in enumerate(tried):
            step(f"{operation.label}: {tally.calls} calls, {len(tally.faults)} faults")
            if time.monotonic() - fetched > FRESH_SECONDS:
                people[-len(RENEWABLE) :] = _clients(stack, district)
                fetched = time.monotonic()
            drawn = cases(operation, min(each, DRAWN), known, number)
            for case, turn in sent(drawn, len(people), each, number):
                request = prepared(case, stack.url)
                if request is not None:
                    request.headers.update(people[turn].headers)
                    answer = session.send(request, timeout=60, allow_redirects=False)
                    session.cookies.clear()
                    tally.note(people[turn].name, case, request, _as_response(answer, request))
    for fault in tally.summary:
        print(fault, file=sys.stderr)
    print(
        line(
            calls=tally.calls, server_errors=tally.server_errors,
            schema_violations=tally.violations, operations=len(tried), callers=len(people),
            **{f"s{status}": count for status, count in sorted(tally.answered.items())},
        ),
        flush=True,
    )  # fmt: skip
    return 1 if tally.faults or tally.calls < calls else 0


def _people(stack: Stack, district: districts.District) -> list[Caller]:
    """The commander first; every other role, strangers, a device, and the machine clients last."""
    from campaigns.models import Division
    from personnel.roles import POLICY, Role

    places = {
        "district": district.id, "street": district.streets[0],
        "community": district.communities[0],
    }  # fmt: skip
    found = []
    for role in Role:
        level = next(level for level in places if level in POLICY[role].levels)
        account = districts.person(role, Division.objects.get(pk=places[level]))
        cookies = sign_in(stack.web_port, *account)
        found.append(Caller(role.value, {"Cookie": cookies}))
    found += [
        Caller("nobody", {}),
        Caller("stale token", {"Authorization": "Bearer not-a-token-of-anybody"}),
        Caller("device", {"Authorization": f"Device {district.desks[0].token}"}),
    ]
    return found + _clients(stack, district)


def _clients(stack: Stack, district: districts.District) -> list[Caller]:
    from campaigns.models import Division

    street = (Division.objects.get(pk=district.streets[0]),)
    ways: tuple[dict[str, Any], ...] = (
        {"scope": "export:aggregate"},
        {"scope": "export:daily"},
        {"scope": "export:aggregate", "streets": street},
    )
    return [
        Caller(name, {"Authorization": f"Bearer {new_token(stack, district.id, **way)}"})
        for name, way in zip(RENEWABLE, ways, strict=True)
    ]


def _known(stack: Stack, commander: Caller, district: districts.District) -> dict[str, list[str]]:
    def get(address: str) -> Any:
        answer = requests.get(stack.url + address, headers=dict(commander.headers), timeout=60)
        return answer.json() if answer.status_code == 200 else None

    return known_of(
        get, rounds=[district.round], streets=district.streets,
        moments=[districts.BEGINS - timedelta(hours=1), districts.BEGINS],
    )  # fmt: skip


def _as_response(answer: requests.Response, request: Any) -> schemathesis.Response:
    return schemathesis.Response(
        status_code=answer.status_code,
        headers={name.lower(): [value] for name, value in answer.headers.items()},
        content=answer.content,
        request=request,
        elapsed=answer.elapsed.total_seconds(),
        verify=False,
        encoding="utf-8",
    )


if __name__ == "__main__":
    sys.exit(main())
