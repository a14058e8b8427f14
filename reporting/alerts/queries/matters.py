"""Reading matters and requests for exceptions, and who owes the next step of each.

What `boards` needs for a person's day is `waiting_for(scope, at=...)`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Exists, OuterRef, Q

from core.actors import account
from core.scope import Scope
from reporting.alerts.models import ExceptionRequest, Matter, RequestStep
from reporting.alerts.models.matters import Kind, MatterQuerySet, MatterState, Urgency
from reporting.alerts.models.requests import ExceptionRequestQuerySet, RequestState
from reporting.alerts.queries.search import search

TAKE_UP_WITHIN = timedelta(minutes=30)
"""A matter that nobody has taken up after this time is overdue."""


@dataclass(frozen=True)
class Wish:
    """What of a list is asked for; empty fields ask for everything."""

    closed: bool = False
    kind: str = ""
    street: int = 0
    words: str = ""


@dataclass(frozen=True)
class Owed:
    """A step that somebody owes now.

    `kind` is "matter" or "request"; `step` the action that comes next (a value of the Action of
    `MatterStep` or `RequestStep`; "support" stands for the street's word, "grant" for the
    district's). `label` is the matter's number, empty for a request; `since` when it began to
    wait, `due` until when the step is expected (None: no time is set).
    """

    kind: str
    pk: int
    step: str
    label: str
    title: str
    urgency: str
    since: datetime
    due: datetime | None
    overdue: bool
    street_id: int | None


def overdue_since(matter: Matter) -> datetime:
    """When a matter is (or was) due to be taken up."""
    return matter.state_at + TAKE_UP_WITHIN


def is_overdue(matter: Matter, at: datetime) -> bool:
    """Whether nobody has taken the matter up in time."""
    return matter.state == MatterState.RAISED and at > overdue_since(matter)


def matters(scope: Scope, wish: Wish) -> MatterQuerySet:
    """Open matters, the most pressing first; or closed ones, the last closed first."""
    rows = Matter.objects.within(scope).select_related("community", "point")
    rows = rows.closed() if wish.closed else rows.open()
    if wish.kind:
        rows = rows.filter(kind=wish.kind)
    if wish.street:
        rows = rows.filter(street_id=wish.street)
    if wish.words:
        told = search(
            rows, wish.words, text=("what", "wanted"), choices={"kind": Kind, "urgency": Urgency}
        )
        rows = rows.filter(pk__in=told.values("pk"))
    return rows.order_by("-state_at", "-pk") if wish.closed else rows.most_pressing_first()


def requests(scope: Scope, wish: Wish) -> ExceptionRequestQuerySet:
    """Open requests, the longest waiting first; or closed ones, the last closed first."""
    rows = ExceptionRequest.objects.within(scope).select_related("community")
    rows = rows.closed() if wish.closed else rows.open()
    if wish.kind:
        rows = rows.filter(kind=wish.kind)
    if wish.street:
        rows = rows.filter(street_id=wish.street)
    if wish.words:
        told = search(
            rows, wish.words, text=("subject", "why"), choices={"kind": ExceptionRequest.Kind}
        )
        rows = rows.filter(pk__in=told.values("pk"))
    return rows.order_by("-state_at", "-pk") if wish.closed else rows.order_by("state_at", "pk")


def open_counts(scope: Scope) -> tuple[int, int]:
    """How many matters and how many requests are open in an area."""
    matters_open = Matter.objects.within(scope).open().count()
    return matters_open, ExceptionRequest.objects.within(scope).open().count()


def waiting_for(scope: Scope, *, at: datetime, limit: int = 20) -> list[Owed]:
    """What this person owes now, the most pressing first: matters that nobody has taken up,
    matters they took up and have not finished, requests that wait for their word. Two queries."""
    if not scope.can("handle_matter"):
        return []
    mine = account(scope.actor)
    held = Q(state=MatterState.TAKEN) & (Q(holder=mine) | Q(holder__startswith=f"{mine}:"))
    fresh = Q(state=MatterState.RAISED) & ~(Q(by=mine) | Q(by__startswith=f"{mine}:"))
    rows = Matter.objects.within(scope).filter(held | fresh).most_pressing_first()
    owed = [_owed_matter(matter, at) for matter in rows[:limit]]
    return owed + [_owed_request(request) for request in _for_my_word(scope, mine)[:limit]]


def _for_my_word(scope: Scope, mine: str) -> ExceptionRequestQuerySet:
    turn = Q(pk__in=[])
    if scope.streets:
        turn |= Q(state=RequestState.ASKED, street_id__in=sorted(scope.streets))
    if scope.districts:
        turn |= Q(state=RequestState.SEEN, district_id__in=sorted(scope.districts))
    spoken = RequestStep.objects.filter(request=OuterRef("pk"), person=mine)
    rows = ExceptionRequest.objects.within(scope).filter(turn).exclude(Exists(spoken))
    return rows.order_by("state_at", "pk")


def _owed_matter(matter: Matter, at: datetime) -> Owed:
    raised = matter.state == MatterState.RAISED
    return Owed(
        kind="matter",
        pk=matter.pk,
        step="take_up" if raised else "finish",
        label=matter.label,
        title=matter.what,
        urgency=matter.urgency,
        since=matter.state_at,
        due=overdue_since(matter) if raised else None,
        overdue=is_overdue(matter, at),
        street_id=matter.street_id,
    )


def _owed_request(request: ExceptionRequest) -> Owed:
    return Owed(
        kind="request",
        pk=request.pk,
        step="support" if request.state == RequestState.ASKED else "grant",
        label="",
        title=request.subject,
        urgency=Urgency.ORDINARY.value,
        since=request.state_at,
        due=None,
        overdue=False,
        street_id=request.street_id,
    )
