"""Two officials of one street type into one cell at the same moment, again and again.

Each time both type over what they last saw. One is saved; the other is told, with both numbers,
and either keeps the other's or enters the own one again. In the end the chain of changes must be
unbroken: every number that was answered for is there, and each was typed over the one before.
"""

from __future__ import annotations

import threading
from datetime import timedelta
from itertools import pairwise
from typing import Any

from bench.load import district as districts
from bench.load.figures import line, step
from bench.load.house import house
from bench.load.reporters import Reporter, reports_of, typed_cells
from bench.load.screens import sign_in
from launch.stack import Stack

ROUNDS, QUICK = 500, 100
#: 14:00 in Shanghai: the daily report is open and not yet due.
BEGINS = districts.STARTS + timedelta(hours=6)
SIZE = districts.Size(streets=2, communities=3, points=6, residents=2_000)


def run(*, quick: bool) -> int:
    """Print the figures; 1 when a number was lost, or somebody was not told of the other's."""
    rounds = QUICK if quick else ROUNDS
    with house(fsync=False) as stack:
        district = districts.build(SIZE, begins=BEGINS)
        stack.wait_http()
        pair = _two(stack, district)
        cell = pair[0].cells[0]
        step(f"{rounds} times at once")
        told, unseen, revision = 0, 0, 0
        for number in range(rounds):
            base = revision
            answers = _both(pair, cell, base, number)
            losers = [k for k, answer in enumerate(answers) if answer["verdict"] == "conflict"]
            if len(losers) != 1:
                unseen += 1
                step(f"round {number}: {[answer['verdict'] for answer in answers]}")
            revision = max(answer["revision"] for answer in answers)
            for k in losers:
                mine, theirs = _number(number, k), _number(number, 1 - k)
                told += answers[k]["value"].replace(",", "") == str(theirs)
                if number % 2:  # every other time the second insists
                    again = pair[k].save([Reporter.change(cell, mine + 1, revision)])
                    revision = again["outcomes"][0]["revision"]
        lost, chain = _chain(cell, pair)
    failed = sum(len(each.failed) for each in pair)
    print(
        line(
            lost=lost, conflicts=told, rounds=rounds, unseen=unseen, changes=chain,
            failed=failed, fsync="off",
        ),
        flush=True,
    )  # fmt: skip
    return 1 if lost or unseen or failed or told < rounds else 0


def _two(stack: Stack, district: districts.District) -> list[Reporter]:
    """Two sessions of one street's official, both at its next daily report."""
    street = district.streets[0]
    report = reports_of("daily", SIZE.streets)[street]
    account = districts.street_official(street)
    cells = typed_cells(report, 1)
    return [
        Reporter(stack.web_port, sign_in(stack.web_port, *account), report, cells)
        for _each in range(2)
    ]


def _number(round_: int, who: int) -> int:
    return round_ * 4 + who * 2


def _both(pair: list[Reporter], cell: int, base: int, round_: int) -> list[Any]:
    """Both type over the same number at the same moment; the two outcomes."""
    answers: list[Any] = [None, None]
    gate = threading.Barrier(2)

    def type_in(k: int) -> None:
        change = Reporter.change(cell, _number(round_, k), base)
        gate.wait()
        outcomes = pair[k].save([change])["outcomes"]
        answers[k] = outcomes[0] if outcomes else None

    threads = [threading.Thread(target=type_in, args=(k,)) for k in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if None in answers:
        raise LookupError(f"a save was not answered: {[each.failed for each in pair]}")
    return answers


def _chain(cell: int, pair: list[Reporter]) -> tuple[int, int]:
    """(numbers lost, changes kept): what was answered for is kept, each over the one before."""
    from reporting.daily.models import CellChange

    kept = list(CellChange.objects.filter(cell=cell).order_by("revision"))
    answered = {key: value for each in pair for key, (_cell, value) in each.typed.items()}
    stored = {str(change.pk): change.new_value for change in kept}
    lost = sum(stored.get(key) != value for key, value in answered.items())
    lost += sum(after.old_value != before.new_value for before, after in pairwise(kept))
    lost += sum(after.revision != before.revision + 1 for before, after in pairwise(kept))
    return lost, len(kept)
