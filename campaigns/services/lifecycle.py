"""The life of a round: draft, ready, running, closing, closed; each step with its conditions.

What one person sets up, another starts or closes (S093). A round that takes over while another
still runs is started only by somebody who has seen what the other owes (X19).
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from campaigns import readiness
from campaigns.models import Deadline, Round, RoundExtension, RoundStateChange
from campaigns.models.campaigns import TAKING_SAMPLES
from campaigns.models.divisions import Level
from campaigns.queries.areas import communities_of
from campaigns.services.rounds import locked, trail
from core.actors import same_person
from core.inputs import Conflict, Refused
from core.scope import Scope

State = Round.State
TRANSITIONS: dict[str, frozenset[str]] = {
    State.DRAFT: frozenset({State.READY}),
    State.READY: frozenset({State.DRAFT, State.RUNNING}),
    State.RUNNING: frozenset({State.CLOSING}),
    State.CLOSING: frozenset({State.RUNNING, State.CLOSED}),
    State.CLOSED: frozenset(),
}


@transaction.atomic
def mark_ready(*, round_id: int, scope: Scope, by: str, at: datetime) -> Round:
    """Say that the plan stands. Refused while something that the system can see is missing."""
    round_ = _stepping(round_id, State.READY, scope)
    if round_.is_template:
        raise Conflict("round_is_template", _("A pre-made plan is copied to be run."))
    _refuse_missing(readiness.findings("start", round_), "round_not_ready")
    return _move(round_, State.READY, "", by, at)


@transaction.atomic
def back_to_draft(*, round_id: int, reason: str, scope: Scope, by: str, at: datetime) -> Round:
    """Take a ready round back to change its plan."""
    return _move(_stepping(round_id, State.DRAFT, scope), State.DRAFT, reason, by, at)


@transaction.atomic
def start(*, round_id: int, backlog_seen: str = "", scope: Scope, by: str, at: datetime) -> Round:
    """Start a ready round: from now on swabs are counted in it.

    Somebody else than the person who marked it ready starts it. Every item of the checklist is
    done or waived. Where other rounds of the district still take samples, `backlog_seen` must be
    the digest of their backlog as it is now (`backlog_digest`), so that nobody starts unseeing.
    """
    round_ = _stepping(round_id, State.RUNNING, scope)
    _refuse_missing(readiness.findings("start", round_), "round_not_ready")
    _refuse_open_items(round_, "start")
    _refuse_same_person(round_, State.READY, by)
    if backlog_seen != backlog_digest(backlog(round_)):
        raise Conflict(
            "backlog_not_seen",
            _("Another round still takes samples, and its backlog has changed: look at it first."),
        )
    return _move(round_, State.RUNNING, "", by, at)


@transaction.atomic
def begin_closing(
    *, round_id: int, late_data_until: datetime, reason: str, scope: Scope, by: str, at: datetime
) -> Round:
    """End the sampling; late data of devices is still taken until `late_data_until` (X12)."""
    round_ = _stepping(round_id, State.CLOSING, scope)
    if late_data_until <= at:
        raise Refused("late_window_past", _("Late data is awaited until some time from now."))
    round_.late_data_until = late_data_until
    round_.save(update_fields=["late_data_until"])
    return _move(round_, State.CLOSING, reason, by, at)


@transaction.atomic
def resume(*, round_id: int, reason: str, scope: Scope, by: str, at: datetime) -> Round:
    """Go on with a round whose closing had begun, with the reason."""
    if not reason:
        raise Refused("reason_missing", _("Say why the round goes on."))
    return _move(_stepping(round_id, State.RUNNING, scope), State.RUNNING, reason, by, at)


@transaction.atomic
def close(*, round_id: int, scope: Scope, by: str, at: datetime) -> Round:
    """Close a round for good: its conditions are met, and another person than the one who began
    the closing approves (S093)."""
    round_ = _stepping(round_id, State.CLOSED, scope)
    _refuse_missing(readiness.findings("close", round_), "round_not_closable")
    _refuse_open_items(round_, "close")
    _refuse_same_person(round_, State.CLOSING, by)
    if round_.late_data_until is not None and at < round_.late_data_until:
        raise Conflict(
            "late_window_open",
            _("Late data is awaited until %(until)s."),
            until=f"{round_.late_data_until:%Y-%m-%dT%H:%M%z}",
        )
    return _move(round_, State.CLOSED, "", by, at)


@transaction.atomic
def extend(
    *, round_id: int, to_end: datetime, reason: str, scope: Scope, by: str, at: datetime
) -> RoundExtension:
    """Put off the planned end of a running round, with who decided and why (X12)."""
    round_ = locked(round_id, scope)
    if round_.state != State.RUNNING or round_.planned_end_at is None:
        raise Conflict("round_not_running", _("Only a running round with an end is extended."))
    if to_end <= round_.planned_end_at:
        raise Refused("extension_not_later", _("An extension ends later than the plan did."))
    if not reason:
        raise Refused("reason_missing", _("Say why the round is extended."))
    extension = RoundExtension.objects.create(
        round=round_, from_end=round_.planned_end_at, to_end=to_end, reason=reason, at=at, by=by
    )
    round_.planned_end_at = to_end
    round_.save(update_fields=["planned_end_at"])
    Deadline.objects.filter(round=round_, level=Level.DISTRICT).update(due_at=to_end)
    trail("round.extend", round_.campaign.district_id, round_.pk, by=by, at=at, to=str(to_end))
    return extension


def overlapping(round_: Round) -> list[Round]:
    """Other rounds of the district that still take samples in communities of this round."""
    mine = communities_of(round_).values("pk")
    others = Round.objects.filter(
        campaign__district_id=round_.campaign.district_id, state__in=TAKING_SAMPLES
    ).exclude(pk=round_.pk)
    touching = others.filter(targets__version__is_current=True, targets__community__in=mine)
    return list(touching.select_related("campaign").distinct().order_by("starts_at"))


def backlog(round_: Round) -> list[tuple[Round, list[readiness.Finding]]]:
    """What every overlapping round still owes, as each room sees it."""
    return [(other, readiness.findings("backlog", other)) for other in overlapping(round_)]


def backlog_digest(owing: list[tuple[Round, list[readiness.Finding]]]) -> str:
    """A short text for the kinds of a `backlog`, empty where no round overlaps.

    It follows which rounds overlap and what they owe, not the exact figures: those change with
    every swab, and a person must be able to press the button.
    """
    lines = [
        f"{other.pk}:{','.join(sorted(f.code for f in owed if f.standing != 'done'))}"
        for other, owed in owing
    ]
    if not lines:
        return ""
    return hashlib.blake2b("|".join(lines).encode(), digest_size=8).hexdigest()


def _stepping(round_id: int, to: str, scope: Scope) -> Round:
    round_ = locked(round_id, scope)
    if to not in TRANSITIONS[round_.state]:
        raise Conflict(
            "round_step",
            _("A round that is %(now)s cannot become %(to)s."),
            now=State(round_.state).label,
            to=State(to).label,
        )
    return round_


def _move(round_: Round, to: str, reason: str, by: str, at: datetime) -> Round:
    before, round_.state = round_.state, to
    round_.save(update_fields=["state"])
    RoundStateChange.objects.create(
        round=round_, from_state=before, to_state=to, reason=reason, at=at, by=by
    )
    trail(
        "round.state", round_.campaign.district_id, round_.pk, by=by, at=at,
        before=before, after=str(to),
    )  # fmt: skip
    return round_


def _refuse_missing(found: Iterable[readiness.Finding], code: str) -> None:
    missing = [str(finding.title) for finding in found if finding.standing == "todo"]
    if missing:
        raise Conflict(code, _("Still missing: %(what)s."), what="; ".join(missing))


def _refuse_open_items(round_: Round, phase: str) -> None:
    titles = round_.checklist.filter(phase=phase, done_at__isnull=True).values_list(
        "title", flat=True
    )
    if titles:
        raise Conflict(
            "checklist_open",
            _("Settle these items first, or waive them with a reason: %(what)s."),
            what="; ".join(titles),
        )


def _refuse_same_person(round_: Round, step: str, by: str) -> None:
    last = round_.changes.filter(to_state=step).order_by("-at", "-pk").first()
    if last is not None and same_person(last.by, by):
        raise Conflict(
            "same_person", _("Another person than the one who took the last step approves this.")
        )
