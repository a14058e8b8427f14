"""Messages go out: claimed, signed, handed over, and every attempt written down.

1. A claim is a lease of a row that nobody else holds; it also writes down an attempt that began
   and was never noted, because its worker was killed.
2. The message goes out with no transaction open, under the id that it always has.
3. The outcome is written if the lease is still ours. Killed between 2 and 3, the message goes again
   under its id after the lease, and the receiver leaves what it has already.
"""

from __future__ import annotations

import json
import random
import time
import uuid
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from standardwebhooks.webhooks import Webhook

from core import audit
from core.inputs import Refused, clean_name
from core.scope import Scope
from reporting.outlets.models import Delivery, DeliveryAttempt, DeliveryState, RunState
from reporting.outlets.services.deliveries import switch_endpoint
from reporting.outlets.services.upward_addresses import judged_url
from reporting.outlets.services.upward_post import Answer, post
from reporting.outlets.services.upward_steps import acknowledge, note_sent

ACTOR = "system:worker"
EVERYTHING = Scope(everything=True, actor=ACTOR)
LEASE = timedelta(seconds=60)
WAITS = (5, 30, 120, 600, 1800, 7200, 7200, 7200)
"""Seconds of real time until the next try, after the first, the second and so on."""
MOST_TRIES = len(WAITS) + 1
JITTER = 0.2
LONGEST_WISH = timedelta(hours=6)
"""A receiver may ask for patience, and for no more of it than this."""
Outcome = DeliveryAttempt.Outcome
_FOR_GOOD = {Outcome.REFUSED, Outcome.GONE, Outcome.REDIRECT, Outcome.FORBIDDEN}


def push_waiting(*, at: datetime, seconds: float) -> int:
    """Hand over what is due, one after another, for about so long; returns how many attempts.

    `at` is scenario time, for the trail of an issue that arrives.
    """
    ends, sent = time.monotonic() + seconds, 0
    while time.monotonic() < ends:
        claimed = claim(timezone.now(), at)
        if claimed is None:
            break
        record(claimed, _handed_over(claimed), now=timezone.now(), at=at)
        sent += 1
    return sent


def _handed_over(claimed: Delivery) -> Answer:
    try:
        headers = signed(claimed)
    except Refused:  # an address that was allowed when it was entered
        return Answer(Outcome.FORBIDDEN)
    return post(claimed.endpoint.url, headers, bytes(claimed.body))


def claim(now: datetime, at: datetime) -> Delivery | None:
    """The next message that is due and nobody else holds; None if there is none.

    One whose last try was lost with its worker is given up on the way, and the next is looked for.
    """
    while True:
        with transaction.atomic():
            found = _next_due(now)
            if found is None or _leased(found, now, at):
                return found


def _next_due(now: datetime) -> Delivery | None:
    free = Q(leased_until__isnull=True) | Q(leased_until__lte=now)
    return (
        Delivery.objects.filter(free, state=DeliveryState.WAITING, next_at__lte=now)
        .filter(endpoint__disabled_at__isnull=True)
        .select_related("endpoint__superior")
        .select_for_update(no_key=True, skip_locked=True, of=("self",))
        .order_by("next_at")
        .first()
    )


def _leased(found: Delivery, now: datetime, at: datetime) -> bool:
    if found.lease is not None:
        lost = Answer(Outcome.LOST)
        _attempt(found, lost, now)
        if found.tries >= MOST_TRIES:
            _end(found, DeliveryState.DEAD, lost.outcome, now)
            _given_up(found, lost, at)
            return False
    found.begun, found.tries = found.begun + 1, found.tries + 1
    found.lease, found.leased_until = uuid.uuid4(), now + LEASE
    found.save(update_fields=["begun", "tries", "lease", "leased_until"])
    return True


def signed(delivery: Delivery) -> dict[str, str]:
    """The headers of one attempt: its id, now, and a signature with each secret in force."""
    now = datetime.now(UTC)
    text = bytes(delivery.body).decode()
    endpoint = delivery.endpoint
    secrets = [str(endpoint.secret)]
    if endpoint.old_secret is not None and endpoint.old_until and endpoint.old_until > now:
        secrets.append(str(endpoint.old_secret))
    marks = [Webhook(secret).sign(str(delivery.pk), now, text) for secret in secrets]
    target = judged_url(endpoint.url)
    usual = {"http": 80, "https": 443}[target.scheme]
    return {
        "Host": target.host if target.port in (0, usual) else f"{target.host}:{target.port}",
        "Content-Type": "application/json",
        "User-Agent": "Jinjian/1",
        "webhook-id": str(delivery.pk),
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": " ".join(marks),
    }


@transaction.atomic
def record(claimed: Delivery, answer: Answer, *, now: datetime, at: datetime) -> bool:
    """Write an attempt's outcome down, and what follows; False if the lease was lost."""
    delivery = (
        Delivery.objects.select_related("endpoint__superior", "run")
        .select_for_update(no_key=True, of=("self",))
        .filter(pk=claimed.pk, lease=claimed.lease, state=DeliveryState.WAITING)
        .first()
    )
    if delivery is None:
        return False
    _attempt(delivery, answer, now)
    if answer.outcome == Outcome.TAKEN:
        _end(delivery, DeliveryState.SENT, answer.outcome, now)
        _arrived(delivery, answer, at)
    elif answer.outcome in _FOR_GOOD or delivery.tries >= MOST_TRIES:
        _end(delivery, DeliveryState.DEAD, answer.outcome, now)
        _given_up(delivery, answer, at)
    else:
        delivery.outcome = answer.outcome
        delivery.next_at = now + pause(delivery.tries, answer.retry_after, now)
        delivery.lease = delivery.leased_until = None
        delivery.save(update_fields=["outcome", "next_at", "lease", "leased_until"])
    return True


def pause(tries: int, retry_after: str, now: datetime) -> timedelta:
    """How long to wait after so many tries: longer each time, never all at once, and no shorter
    than the receiver asked for (seconds, or a date as in HTTP)."""
    usual = WAITS[min(tries, len(WAITS)) - 1]
    spread = usual * random.uniform(1 - JITTER, 1 + JITTER)  # noqa: S311 - no secret
    return max(timedelta(seconds=spread), min(_wish(retry_after, now), LONGEST_WISH))


def _wish(text: str, now: datetime) -> timedelta:
    text = text.strip()
    if text.isascii() and text.isdigit():
        return timedelta(seconds=min(int(text), 10**6))
    try:
        moment = parsedate_to_datetime(text)
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)) - now
    except (ValueError, TypeError, IndexError, OverflowError):
        return timedelta(0)


def _attempt(delivery: Delivery, answer: Answer, now: datetime) -> None:
    DeliveryAttempt.objects.create(
        delivery=delivery, number=delivery.begun, at=now, outcome=answer.outcome,
        status=answer.status,
        milliseconds=None if answer.outcome == Outcome.LOST else answer.milliseconds,
    )  # fmt: skip


def _end(delivery: Delivery, state: str, outcome: str, now: datetime) -> None:
    delivery.state, delivery.outcome, delivery.ended_at = state, outcome, now
    delivery.lease = delivery.leased_until = None
    delivery.save(update_fields=["state", "outcome", "ended_at", "lease", "leased_until"])


def _arrived(delivery: Delivery, answer: Answer, at: datetime) -> None:
    """The issue was sent; a receipt in the answer acknowledges it."""
    run = delivery.run
    if run is None:
        return
    who: dict[str, Any] = {"scope": EVERYTHING, "by": ACTOR, "at": at}
    host = judged_url(delivery.endpoint.url).host
    note_sent(run_id=run.pk, to=host[:120], **who)
    receipt = _receipt(answer.body)
    if receipt and run.state != RunState.ACKNOWLEDGED:
        acknowledge(run_id=run.pk, receipt=receipt, **who)


def _receipt(body: bytes) -> str:
    """What the receiver calls our message, if its answer is JSON with a `receipt`."""
    try:
        said = json.loads(body)
        return clean_name(said["receipt"], max_length=100)
    except (ValueError, KeyError, TypeError, RecursionError, Refused):
        return ""


def _given_up(delivery: Delivery, answer: Answer, at: datetime) -> None:
    endpoint = delivery.endpoint
    audit.record(
        by=ACTOR, at=at, act="delivery.dead", object_type="delivery", object_id=delivery.pk,
        district_id=endpoint.superior.district_id, outcome=answer.outcome, status=answer.status,
        tries=delivery.tries,
    )  # fmt: skip
    if answer.outcome == Outcome.GONE:
        switch_endpoint(
            endpoint_id=endpoint.pk, on=False, why="gone", scope=EVERYTHING, by=ACTOR, at=at
        )
