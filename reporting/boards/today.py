"""S1: what one person owes now, the most pressing first, and what is done already today.

Each source is asked once, whatever the number of things; a thing that many people could do is
shown to each of them until somebody has done it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, Min, Q
from django.urls import reverse
from django.utils.translation import gettext, ngettext

from campaigns.models import ChecklistItem, Round
from core import clock
from core.actors import account
from core.scope import Scope
from reporting.alerts.queries import lists
from reporting.alerts.queries.matters import Owed, waiting_for
from reporting.boards.cards import MORE, Card, pressing, time_words
from reporting.boards.duty_cards import own_duty, unanswered
from reporting.boards.visit_cards import visits
from reporting.daily.models import Report, State, Unlock
from reporting.daily.permissions import can_fill, can_review, can_submit, can_unlock
from reporting.daily.queries.owing import unconfirmed_of
from sites.models import Conflict, SamplingPoint
from sites.models.points import State as PointState

QUEUE_HOLDS = timedelta(minutes=60)
"""A queue report that is older is asked for anew while the point is open."""
SHOWN = 9
"""Cards have the keys 1 to 9; what is more is counted."""


@dataclass(frozen=True, slots=True)
class Done:
    """One thing done today."""

    title: str
    words: str
    at: datetime
    url: str


@dataclass(frozen=True, slots=True)
class Today:
    """What is owed and what is done. `next_due` is the next time something falls due."""

    cards: list[Card]
    done: list[Done]
    next_due: datetime | None
    as_of: datetime

    @property
    def shown(self) -> list[Card]:
        return self.cards[:SHOWN]

    @property
    def more(self) -> list[Card]:
        return self.cards[SHOWN:]


def today(scope: Scope, *, at: datetime) -> Today:
    """Everything this person owes at a moment. A constant number of queries."""
    cards = [
        *own_duty(scope, at),
        *unanswered(scope, at),
        *visits(scope, at),
        *_reports(scope, at),
        *_missing(scope, at),
        *_reviews(scope, at),
        *_unlocks(scope, at),
        *_alerts(scope, at),
        *_matters(scope, at),
        *_conflicts(scope),
        *_queues(scope, at),
        *_checklists(scope, at),
        *_rounds(scope, at),
        *(card for source in MORE for card in source(scope, at)),
    ]
    return Today(sorted(cards, key=lambda card: card.rank), _done(scope, at), _next(scope, at), at)


def _reports(scope: Scope, at: datetime) -> Iterator[Card]:
    if not can_fill(scope):
        return
    owing = Report.objects.within(scope).open_at(at)
    found = list(
        owing.select_related("cutoff__form", "street").order_by("cutoff__due_at", "pk")
    )  # fmt: skip
    # Who answers for communities only has done their part once these are confirmed.
    unconfirmed = None if can_submit(scope) else unconfirmed_of(found, scope)
    for report in found:
        if unconfirmed is not None and report.state == State.DRAFT and report.pk not in unconfirmed:
            continue
        cutoff = report.cutoff
        standing, word = pressing(cutoff.due_at, at)
        if report.state == State.RETURNED:
            standing, word = "crit", gettext("returned")
        yield Card(
            icon="report",
            title=gettext("%(form)s of %(time)s")
            % {"form": cutoff.form, "time": time_words(cutoff.as_of)},
            words=report.street.spoken,
            url=reverse("daily:report", args=[report.pk]),
            action=gettext("Correct it") if report.state == State.RETURNED else gettext("Confirm"),
            standing=standing,
            word=word,
            due_at=cutoff.due_at,
        )


def _missing(scope: Scope, at: datetime) -> Iterator[Card]:
    """Reports that are overdue and may still come: for whoever reviews them and so chases them."""
    if not can_review(scope):
        return
    absent = Report.objects.within(scope).filter(
        first_submitted_at__isnull=True, cutoff__due_at__lt=at, lock_at__gt=at
    )
    found = absent.aggregate(n=Count("pk"), due=Min("cutoff__due_at"))
    if found["n"]:
        yield Card(
            icon="report",
            title=ngettext("%(n)s report is missing", "%(n)s reports are missing", found["n"])
            % {"n": found["n"]},
            words=gettext(
                "call the streets, or copy the reminder: it names those that are missing"
            ),
            url=f"{reverse('daily:review')}?show=missing",
            action=gettext("Look who"),
            standing="crit",
            word=gettext("overdue"),
            due_at=found["due"],
        )


def _reviews(scope: Scope, at: datetime) -> Iterator[Card]:
    if not can_review(scope):
        return
    waiting = Report.objects.within(scope).filter(state=State.SUBMITTED)
    grouped = waiting.values("cutoff__as_of", "cutoff__form__title", "cutoff__form__title_en")
    found = list(
        grouped.order_by("cutoff__as_of").annotate(n=Count("pk"), since=Min("submitted_at"))
    )
    if not found:
        return
    reports = sum(row["n"] for row in found)
    yield Card(
        icon="check",
        title=ngettext("%(n)s report to review", "%(n)s reports to review", reports)
        % {"n": reports},
        words=gettext("the oldest is of %(time)s")
        % {"time": time_words(found[0]["cutoff__as_of"])},
        url=reverse("daily:review"),
        action=gettext("Review"),
        standing="warn",
        word=gettext("waits"),
        since=min(row["since"] for row in found),
    )


def _unlocks(scope: Scope, at: datetime) -> Iterator[Card]:
    if not can_unlock(scope):
        return
    mine = account(scope.actor)
    own = Q(asked_by=mine) | Q(asked_by__startswith=f"{mine}:")
    asked = Unlock.objects.within(scope).filter(granted__isnull=True).exclude(own)
    found = asked.aggregate(n=Count("pk"), since=Min("asked_at"))
    if found["n"]:
        yield Card(
            icon="key",
            title=ngettext(
                "%(n)s request to unlock a report", "%(n)s requests to unlock a report", found["n"]
            )
            % {"n": found["n"]},
            words=gettext("somebody else than who asked decides"),
            url=reverse("daily:unlocks"),
            action=gettext("Decide"),
            standing="warn",
            word=gettext("waits"),
            since=found["since"],
        )


def _alerts(scope: Scope, at: datetime) -> Iterator[Card]:
    if not scope.can("handle_alert"):
        return
    for street in lists.standing(scope, now=at):
        for group in street.groups:
            if not group.unacknowledged and not group.overdue:
                continue
            word = gettext("not taken on") if group.unacknowledged else gettext("overdue")
            yield Card(
                icon="bell",
                title=str(group.title),
                words=_place(street.division.spoken if street.division else "", group.count),
                url=f"{reverse('alerts:alerts')}#group-{group.key}",
                action=gettext("Take on") if group.unacknowledged else gettext("Open"),
                standing="crit" if group.escalated or group.severity == "crit" else "warn",
                word=gettext("escalated") if group.escalated else word,
                since=group.since,
            )


def _place(street: str, count: int) -> str:
    if count < 2:
        return street
    return f"{street} · {count}" if street else str(count)


def _matters(scope: Scope, at: datetime) -> Iterator[Card]:
    for owed in waiting_for(scope, at=at):
        name = "alerts:matter" if owed.kind == "matter" else "alerts:request"
        standing, word = (
            ("crit", gettext("overdue")) if owed.overdue else ("warn", gettext("waits"))
        )
        yield Card(
            icon="matter",
            title=f"{owed.label} {owed.title}".strip()[:80],
            words=_step(owed),
            url=reverse(name, args=[owed.pk]),
            action=gettext("Open"),
            standing=standing,
            word=word,
            due_at=owed.due,
            since=owed.since,
        )


def _step(owed: Owed) -> str:
    words = {
        "take_up": gettext("nobody has taken it up yet"),
        "finish": gettext("you took it up: say when it is done"),
        "support": gettext("a request that waits for the street's word"),
        "grant": gettext("a request that waits for the district's decision"),
    }
    return words.get(owed.step, "")


def _conflicts(scope: Scope) -> Iterator[Card]:
    if not scope.can("decide_conflict"):
        return
    found = Conflict.objects.within(scope).open().aggregate(n=Count("pk"), since=Min("raised_at"))
    if found["n"]:
        yield Card(
            icon="conflict",
            title=ngettext("%(n)s conflict to decide", "%(n)s conflicts to decide", found["n"])
            % {"n": found["n"]},
            words=gettext("two accounts of one sample or one quarter hour"),
            url=reverse("sites:conflicts"),
            action=gettext("Decide"),
            standing="info",
            word=gettext("waits"),
            since=found["since"],
        )


def _queues(scope: Scope, at: datetime) -> Iterator[Card]:
    """Open points whose queue nobody has reported for an hour: for those who stand there."""
    if not scope.can("report_queue"):
        return
    silent = SamplingPoint.objects.within(scope).filter(
        Q(queue_at__isnull=True) | Q(queue_at__lt=at - QUEUE_HOLDS), state=PointState.OPEN
    )
    points = silent.filter(round__state__in=[Round.State.RUNNING, Round.State.CLOSING]).count()
    if points:
        yield Card(
            icon="point",
            title=ngettext(
                "How long do people wait at %(n)s point?",
                "How long do people wait at %(n)s points?",
                points,
            )
            % {"n": points},
            words=gettext("no report for an hour: one tap for each"),
            url=reverse("sites:points"),
            action=gettext("Report"),
            standing="info",
            word=gettext("waits"),
        )


def _checklists(scope: Scope, at: datetime) -> Iterator[Card]:
    if not scope.can("plan_round"):
        return
    items = ChecklistItem.objects.within(scope).filter(done_at__isnull=True, due_at__isnull=False)
    # A pre-made plan is never run: its days are those of the round that it was made from.
    open_rounds = items.exclude(round__state=Round.State.CLOSED).exclude(round__is_template=True)
    for item in open_rounds.select_related("round__campaign").order_by("due_at", "pk")[:SHOWN]:
        standing, word = pressing(item.due_at, at)
        yield Card(
            icon="round",
            title=item.title,
            words=str(item.round),
            url=reverse("campaigns:round", args=[item.round_id]),
            action=gettext("Open"),
            standing=standing,
            word=word,
            due_at=item.due_at,
        )


def _rounds(scope: Scope, at: datetime) -> Iterator[Card]:
    """Rounds that wait for the word of whoever approves them."""
    if not scope.can("approve_round"):
        return
    ready = Round.objects.within(scope).filter(state=Round.State.READY, is_template=False)
    for round_ in ready.select_related("campaign").order_by("starts_at", "pk"):
        standing, word = pressing(round_.starts_at, at)
        yield Card(
            icon="round",
            title=gettext("A round is ready to start"),
            words=str(round_),
            url=reverse("campaigns:round", args=[round_.pk]),
            action=gettext("Look and decide"),
            standing=standing,
            word=word,
            due_at=round_.starts_at,
        )


def _done(scope: Scope, at: datetime) -> list[Done]:
    """Reports of one's area that went out today, last first."""
    if not scope.can("see_reports"):
        return []
    begin = clock.start_of_day(clock.day_of(at))
    sent: Iterable[Report] = (
        Report.objects.within(scope)
        .filter(submitted_at__gte=begin, submitted_at__lte=at)
        .exclude(state=State.RETURNED)
        .select_related("cutoff__form", "street")
        .order_by("-submitted_at")[:SHOWN]
    )
    return [
        Done(
            title=gettext("%(form)s of %(time)s")
            % {"form": report.cutoff.form, "time": time_words(report.cutoff.as_of)},
            words=f"{report.street.spoken} · {report.get_state_display()}",
            at=report.submitted_at or at,
            url=reverse("daily:report", args=[report.pk])
            if can_fill(scope)
            else reverse("daily:review"),
        )
        for report in sent
    ]


def _next(scope: Scope, at: datetime) -> datetime | None:
    """When the next report of one's area falls due."""
    if not can_fill(scope):
        return None
    owing = Report.objects.within(scope).owing().filter(cutoff__due_at__gt=at)
    return owing.aggregate(next=Min("cutoff__due_at"))["next"]
