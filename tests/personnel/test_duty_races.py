"""Many at once on one person or one team, with real connections: one wins, nobody sees a knot."""

from __future__ import annotations

import random
import threading
import uuid
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from itertools import pairwise
from typing import Any

import pytest
from django.db import OperationalError, connection

from core.inputs import Conflict
from core.scope import scoped
from personnel.models import Duty, TeamDuty
from personnel.services import team_duty
from personnel.services.team_duty import Part
from tests.personnel.people import make_team
from tests.personnel.roster import NOW, Roster, after, make_roster

pytestmark = pytest.mark.django_db(transaction=True)
CALLERS, HANDS = 200, 20
"""Callers, and how many connections they share: the server has not many more."""


@pytest.fixture
def roster() -> Roster:
    return make_roster()


def verdicts(jobs: list[Callable[[], Any]]) -> Counter[str]:
    """What became of each job: "done", the code of its refusal, or the error's name."""
    start = threading.Barrier(min(HANDS, len(jobs)))
    waited = threading.local()

    def run(job: Callable[[], Any]) -> str:
        if not hasattr(waited, "once"):
            waited.once = True
            start.wait(30)
        try:
            job()
        except Conflict as refusal:
            return refusal.code if refusal.text else "no words"
        except OperationalError as error:
            return type(error.__cause__).__name__
        return "done"

    def close() -> None:
        start.wait(60)
        connection.close()

    with ThreadPoolExecutor(HANDS) as threads:
        found = Counter(threads.map(run, jobs))
        for closed in [threads.submit(close) for _ in range(min(HANDS, len(jobs)))]:
            closed.result(60)
    return found


def one_at(roster: Roster, member, where, start: float, hours: float) -> Callable[[], Any]:
    return partial(roster.book, member, where, start, start + hours, override="tried at once")


def booking(roster: Roster, team, parts, start: float, end: float) -> Callable[[], Any]:
    def book() -> TeamDuty:
        with scoped(roster.scope):
            return team_duty.book_team(
                client_key=uuid.uuid4(), team_id=team.pk, parts=parts, starts_at=after(start),
                ends_at=after(end), override="tried at once", scope=roster.scope, by="t", at=NOW,
            )  # fmt: skip

    return book


@pytest.mark.slow
def test_two_hundred_callers_on_one_person(roster) -> None:
    member = roster.member()
    places = [roster.at_point(), roster.at_point(roster.unit_there)]
    draw = random.Random(5)
    jobs = [
        one_at(roster, member, draw.choice(places), draw.uniform(1, 3), 3) for _ in range(CALLERS)
    ]

    assert verdicts(jobs) == {"done": 1, "taken": CALLERS - 1}
    assert Duty.objects.count() == 1


@pytest.mark.slow
def test_two_hundred_callers_on_one_team(roster) -> None:
    team = make_team(roster.place.district, headcount=5)
    for _ in range(4):
        roster.member(None, "sampler", team=team)
    parts = [Part(roster.at_point().pk, roster.role("sampler").pk, 5)]

    found = verdicts([booking(roster, team, parts, 1, 4) for _ in range(CALLERS)])

    assert found == {"done": 1, "taken": CALLERS - 1}
    assert (TeamDuty.objects.count(), Duty.objects.count()) == (1, 4)


def test_one_form_sent_many_times_books_once(roster) -> None:
    member, where, key = roster.member(), roster.at_point(), uuid.uuid4()

    assert verdicts([lambda: roster.book(member, where, key=key) for _ in range(40)]) == {
        "done": 40
    }
    assert Duty.objects.count() == 1


def test_teams_and_their_members_crosswise_tie_no_knot(roster) -> None:
    """Members of a team are booked one by one while the team is booked and let go."""
    parts = [Part(roster.at_point().pk, roster.role("sampler").pk, 6)]
    teams = [make_team(roster.place.district, headcount=6) for _ in range(2)]
    people = [roster.member(None, "sampler", team=teams[n % 2]) for n in range(12)]
    draw = random.Random(7)

    def coming_and_going(team) -> Callable[[], Any]:
        def run() -> None:
            booked = booking(roster, team, parts, 1, 4)()
            with scoped(roster.scope):
                team_duty.leave_team(
                    team_duty_id=booked.pk, scope=roster.scope, by="t", at=after(2)
                )

        return run

    jobs = [coming_and_going(draw.choice(teams)) for _ in range(30)]
    for _ in range(120):
        who, start = draw.choice(people), draw.uniform(0, 5)
        jobs.append(one_at(roster, who, roster.at_point(), start, 0.5))
    draw.shuffle(jobs)

    found = verdicts(jobs)

    assert set(found) <= {"done", "taken"}, found
    spans: dict[uuid.UUID, list[tuple[Any, Any]]] = {}
    for duty in Duty.objects.exclude(state="cancelled").order_by("starts_at"):
        spans.setdefault(duty.member_id, []).append((duty.starts_at, duty.ends_at))
    for mine in spans.values():
        assert all(a[1] <= b[0] for a, b in pairwise(mine))
