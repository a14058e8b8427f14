"""When something is owed to a superior: cut-offs by the clock, and the round that each is of."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from campaigns.models import Round
from core import clock
from reporting.outlets.models import Outlet
from reporting.progress.queries import snapshot_at

DAY = timedelta(days=1)
LONGEST_AGO = timedelta(days=7)
"""What was missed longer ago than this helps nobody any more."""
PATIENCE = timedelta(minutes=5)
"""How long the figures of a cut-off are waited for, before older ones are taken and named."""


@dataclass(frozen=True, slots=True)
class RoundSpan:
    """A round and the time in which figures of it are owed."""

    round: Round
    began_at: datetime
    ended_at: datetime | None

    def holds(self, moment: datetime) -> bool:
        """Whether a cut-off is of this round."""
        return self.began_at < moment and (self.ended_at is None or moment <= self.ended_at)


def moments(outlet: Outlet, since: datetime, until: datetime) -> Iterator[datetime]:
    """Cut-offs of an outlet after `since`, up to and with `until`."""
    first = timedelta(minutes=outlet.first_minute)
    gap = timedelta(minutes=outlet.every_minutes) if outlet.every_minutes else DAY
    # Every gap divides the day: what follows from this day's first one is right on any day.
    moment = clock.start_of_day(clock.day_of(since)) + first % gap
    while moment <= until:
        if moment > since:
            yield moment
        moment += gap


def next_moment(outlet: Outlet, at: datetime) -> datetime:
    """The first cut-off after `at`."""
    return next(moments(outlet, at, at + 2 * DAY))


def due_at(outlet: Outlet, moment: datetime) -> datetime:
    """When the superior wants to have what is of a cut-off."""
    return moment + timedelta(minutes=outlet.due_after)


def spans_of(district_id: int) -> list[RoundSpan]:
    """The district's rounds that were begun, the newest first."""
    rounds = Round.objects.filter(campaign__district_id=district_id, is_template=False).exclude(
        state__in=[Round.State.DRAFT, Round.State.READY]
    )
    spans = []
    for round_ in rounds.select_related("campaign__district").order_by("-starts_at", "-pk"):
        started = round_.changes.filter(to_state=Round.State.RUNNING).order_by("at").first()
        ended = round_.changes.filter(to_state=Round.State.CLOSED).order_by("-at").first()
        closed = round_.state == Round.State.CLOSED
        began_at = max(round_.starts_at, started.at) if started else round_.starts_at
        ended_at = (ended.at if ended else round_.planned_end_at or began_at) if closed else None
        spans.append(RoundSpan(round_, began_at, ended_at))
    return spans


def round_at(spans: list[RoundSpan], moment: datetime) -> Round | None:
    """The round that a cut-off is of: of several that run, the one that began last."""
    return next((span.round for span in spans if span.holds(moment)), None)


def figures_ready(round_id: int, as_of: datetime, at: datetime) -> bool:
    """Whether the figures of a cut-off were kept, or have been waited for long enough."""
    kept = snapshot_at(round_id, as_of)
    return (kept is not None and kept.as_of >= as_of) or at >= as_of + PATIENCE
