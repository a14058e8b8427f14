"""What a rule would have done: its detector asked at past instants, from the facts kept."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from campaigns.models import Round
from core import clock
from reporting.alerts.detectors import Ask, Condition, Detector, detectors
from reporting.alerts.models import AlertRule
from reporting.alerts.queries.calm import disturbances
from reporting.alerts.services.evaluation import CLEAR_AFTER
from reporting.alerts.services.finding import explained

STEP = timedelta(minutes=5)
LONGEST = timedelta(hours=24)

Group = int | None


@dataclass(slots=True)
class Episode:
    """One alert that would have been raised: from its first sight to its last."""

    condition: Condition
    start: datetime
    seen: datetime
    worst: Condition
    ended: bool = False


@dataclass(frozen=True, slots=True)
class Replay:
    """What would have happened from `since` to `until`: alerts, and the groups they came in."""

    since: datetime
    until: datetime
    episodes: list[Episode] = field(default_factory=list)
    groups: list[tuple[datetime, Group]] = field(default_factory=list)

    @property
    def alerts(self) -> int:
        return len(self.episodes)

    @property
    def disturbed(self) -> int:
        """How often an operator of the whole district would have been disturbed."""
        return len(disturbances((at, "") for at, _street in self.groups))


def window_of(round_: Round, now: datetime) -> tuple[datetime, datetime]:
    """The stretch to look back over: the round so far, at most its last 24 hours."""
    until = min(now, round_.planned_end_at + LONGEST) if round_.planned_end_at else now
    since = max(round_.starts_at, until - LONGEST)
    return (_step_of(since), until) if since < until else (until, until)


def _step_of(at: datetime) -> datetime:
    minute = clock.minute_of(at)  # in UTC: comparing instants of two zones is slow
    return minute - timedelta(minutes=minute.minute % 5)


def instants(since: datetime, until: datetime) -> Iterator[datetime]:
    """Every five minutes; the judge is asked this often, whatever the number of streets."""
    at = since.astimezone(UTC)
    while at <= until:
        yield at
        at += STEP


def replay(
    round_: Round,
    found: Detector,
    threshold: int,
    *,
    since: datetime,
    until: datetime,
    others: dict[str, AlertRule] | None = None,
) -> Replay:
    """Alerts of a detector with this threshold in a stretch of time. A constant number of queries.

    `others` are the district's rules: those that inhibit this one are asked as well. Judged every
    five minutes; the rules themselves run every ten seconds and may see shorter conditions.
    """
    result = Replay(since, until)
    judge = found.watch(Ask(round_, since, until, threshold))
    inhibitors = [
        (known.code, known.watch(Ask(round_, since, until, rule.threshold)))
        for known in detectors()
        if found.code in known.inhibits
        and (rule := (others or {}).get(known.code)) is not None
        and rule.enabled
    ]
    running: dict[tuple[str, int], Episode] = {}
    explaining: dict[tuple[str, int | None], datetime] = {}
    for at in instants(since, until):
        # What explains goes on explaining until its alert has cleared.
        explaining |= dict.fromkeys(explained({code: ask(at) for code, ask in inhibitors}), at)
        hidden = {each for each, seen in explaining.items() if at - seen <= CLEAR_AFTER}
        _step(result, running, list(judge(at)), hidden, found.code, at)
    return result


def _step(
    result: Replay,
    running: dict[tuple[str, int], Episode],
    conditions: list[Condition],
    hidden: set[tuple[str, int | None]],
    code: str,
    at: datetime,
) -> None:
    """One instant: as the rules' run does it, without rows."""
    present: dict[tuple[str, int], Condition] = {
        (condition.subject_kind, condition.subject_id): condition for condition in conditions
    }
    for key, episode in list(running.items()):
        condition = present.pop(key, None)
        if condition is not None:
            episode.seen, episode.ended = at, False
            if (condition.value or 0) > (episode.worst.value or 0):
                episode.worst = condition
        elif at - episode.seen > CLEAR_AFTER:
            del running[key]
        else:
            episode.ended = True
    standing = {episode.condition.street_id for episode in running.values()}
    for key, condition in present.items():
        if (code, condition.street_id) in hidden:
            continue
        if condition.street_id not in standing:
            standing.add(condition.street_id)
            result.groups.append((at, condition.street_id))
        running[key] = Episode(condition, at, at, condition)
        result.episodes.append(running[key])
