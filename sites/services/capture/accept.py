"""Accept device events: one transaction a batch, set-based, sorted, harmless to repeat.

1. What can be read (`delivery`) goes on.
2. Tubes are opened first, then people added, then swabs moved or voided, tubes voided, sealed.
3. What names something not known yet is kept as pending, and applied when that comes.
4. The keys of the cells touched are written as marks, with one audit row for the batch.
A deadlock or a lost race over a key rolls all of it back, and it is tried again.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import psycopg
from django.db import OperationalError, transaction
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from campaigns.models.campaigns import TAKING_SAMPLES
from core import audit
from core.scope import Scope, scope_settings_sql
from core.statements import run
from sites.models import Conflict, PendingEvent
from sites.services.capture.batch import Batch, Origin, Sent, Verdict, raise_conflict
from sites.services.capture.changes import move_swabs, void_swabs
from sites.services.capture.delivery import Delivery, read_delivery
from sites.services.capture.items import Add, Move, Open, Seal, Void
from sites.services.capture.pending import as_sent, forget_settled, keep_pending, waiting_for
from sites.services.capture.swabs import add_swabs, person_keys
from sites.services.capture.tubes import find_tubes, open_tubes, seal_tubes, void_tubes

ATTEMPTS = 5
PENDING_TOO_LONG = timedelta(hours=2)


def accept_batch(
    *, origin: Origin, scope: Scope, items: Sequence[object], by: str, at: datetime
) -> list[Verdict]:
    """Take a device's events; returns one verdict an item, in order.

    `at` is the server's scenario time of receipt. What is answered `created` is durable.
    """
    delivery = read_delivery(origin=origin, scope=scope, items=items, by=by, at=at)
    accept_deliveries([delivery])
    return delivery.answers()


def accept_deliveries(deliveries: Sequence[Delivery]) -> None:
    """Take all of several deliveries in one transaction, or none; their verdicts stand in them.

    No two of them may hold an event of one id. The last of their times of receipt counts for all.
    """
    sents = [sent for delivery in deliveries for sent in delivery.sents.values()]
    at = max(delivery.at for delivery in deliveries)

    def work() -> None:
        batch = Batch(received_at=at)
        for sent in sents:
            sent.verdict = None
        _apply_all(batch, sents)
        for delivery in deliveries:
            delivery.judge_repeats(batch)
        batch.write_marks()
        audit.record_each([delivery.entry() for delivery in deliveries])

    # A tube may hold people of a neighbour street's unit, and an opening may release what waited
    # there: the floor of this one transaction is the device's district. Only verdicts leave it.
    districts = frozenset({sent.origin.district_id for sent in sents})
    scope = deliveries[0].scope
    for other in deliveries[1:]:
        districts |= other.scope.districts
    _in_transaction(replace(scope, districts=scope.districts | districts), work)
    for delivery in deliveries:
        delivery.stored = True


def _in_transaction(scope: Scope, work: Callable[[], None]) -> None:
    """Run in one transaction with the scope's row-level security; retry deadlocks."""
    for attempt in range(1, ATTEMPTS + 1):
        try:
            with transaction.atomic():
                run(*scope_settings_sql(scope))
                work()
            return
        except OperationalError as error:
            deadlock = isinstance(error.__cause__, psycopg.errors.DeadlockDetected)
            if not deadlock or attempt == ATTEMPTS:
                raise


def _apply_all(batch: Batch, sents: list[Sent]) -> None:
    """Apply events, then whatever waited for what they made known, until nothing new comes."""
    while sents:
        batch.awaited_tubes, batch.awaited_swabs = set(), set()
        _apply(batch, sents)
        forget_settled(sents)
        districts = {sent.origin.district_id for sent in sents}
        sents = waiting_for(districts, batch.awaited_tubes, batch.awaited_swabs)


def _apply(batch: Batch, sents: list[Sent]) -> None:
    rounds = _rounds_taking({sent.event.round for sent in sents})
    live = []
    for sent in sents:
        if rounds.get(sent.event.round) == sent.origin.district_id:
            live.append(sent)
        else:
            words = _("This round takes no samples here. Ask the point lead for the right round.")
            sent.verdict = Verdict(
                str(sent.event.id), "refused", "round_not_taking", "round", words
            )
    for district_id in sorted({sent.origin.district_id for sent in live}):
        _apply_district(
            batch, district_id, [s for s in live if s.origin.district_id == district_id]
        )


def _apply_district(batch: Batch, district_id: int, sents: list[Sent]) -> None:
    open_tubes(batch, district_id, [s for s in sents if isinstance(s.event, Open)])
    rest = [sent for sent in sents if not isinstance(sent.event, Open)]
    codes = {sent.event.tube for sent in rest if getattr(sent.event, "tube", None)}
    tubes = find_tubes(batch, district_id, codes)
    ready, waiting = [], []
    for sent in rest:
        code = getattr(sent.event, "tube", None)
        if code and code not in tubes:
            waiting.append(sent)
        elif code and tubes[code].round_id != sent.event.round:
            raise_conflict(batch, sent, Conflict.Code.TUBE_OTHER_ROUND, code)
        else:
            ready.append(sent)
    adds = [sent for sent in ready if isinstance(sent.event, Add)]
    keys = person_keys(batch, district_id, adds)
    for round_id in sorted({sent.event.round for sent in adds}):
        found = [
            (s, tubes[s.event.tube], keys[s.event.id])
            for s in adds
            if s.event.id in keys and s.event.round == round_id
        ]
        if found:
            add_swabs(batch, district_id, round_id, found)
    waiting += [sent for sent in adds if sent.event.id not in keys]
    waiting += _change(batch, [s for s in ready if not isinstance(s.event, Add)], tubes)
    keep_pending(batch, waiting)


def _change(batch: Batch, sents: list[Sent], tubes: dict) -> list[Sent]:
    """Move, void and seal; returns the events whose swab is not known yet."""
    named = [sent for sent in sents if getattr(sent.event, "swab", None) is not None]
    missing = _unknown_swabs(batch, named) if named else set()
    waiting = [sent for sent in named if sent.event.swab in missing]
    ready = [sent for sent in sents if sent not in waiting]
    move_swabs(batch, [(s, tubes[s.event.tube]) for s in ready if isinstance(s.event, Move)])
    voids = [sent for sent in ready if isinstance(sent.event, Void)]
    void_swabs(batch, [sent for sent in voids if sent.event.swab is not None])
    void_tubes(batch, [(s, tubes[s.event.tube]) for s in voids if s.event.tube is not None])
    seal_tubes(batch, [(s, tubes[s.event.tube]) for s in ready if isinstance(s.event, Seal)])
    return waiting


def _unknown_swabs(batch: Batch, sents: list[Sent]) -> set[UUID]:
    wanted = {sent.event.swab for sent in sents}
    rounds = sorted({sent.event.round for sent in sents})
    rows = run(
        "SELECT id FROM sites_swab WHERE round_id = ANY(%b::int[]) AND id = ANY(%b::uuid[])",
        [rounds, sorted(wanted)],
    )
    return wanted - {row[0] for row in rows}


def _rounds_taking(round_ids: set[int]) -> dict[int, int]:
    """Round id -> district id, of the rounds that take samples now."""
    return dict(
        run(
            """SELECT r.id, c.district_id FROM campaigns_round r
               JOIN campaigns_campaign c ON c.id = r.campaign_id
               WHERE r.id = ANY(%b::int[]) AND r.state = ANY(%b::text[])""",
            [sorted(round_ids), TAKING_SAMPLES],
        )
    )


def sweep_pending(*, by: str, at: datetime, limit: int = 500) -> int:
    """Try waiting events again (their tube, swab or person may have come by another way).

    All of them, `limit` in each transaction: events that never settle must not keep later ones
    from their turn. Those that waited too long are listed as conflicts for a person, and go on
    waiting. Returns how many became facts. Runs in the worker's role.
    """
    settled, last = 0, (datetime.min.replace(tzinfo=UTC), UUID(int=0))
    while True:
        page = list(
            PendingEvent.objects.filter(
                Q(received_at__gt=last[0]) | Q(received_at=last[0], id__gt=last[1])
            )
            .order_by("received_at", "id")
            .values_list("received_at", "id")[:limit]
        )
        if not page:
            return settled
        last = page[-1]
        settled += _sweep_page([event_id for _received, event_id in page], by, at)


def _sweep_page(ids: list[UUID], by: str, at: datetime) -> int:
    settled = 0

    def work() -> None:
        nonlocal settled
        batch = Batch(received_at=at)
        rows = PendingEvent.objects.select_for_update(skip_locked=True).filter(id__in=ids)
        sents = [as_sent(row) for row in rows.order_by("received_at", "id")]
        _apply_all(batch, sents)
        settled = sum(1 for s in sents if s.verdict and s.verdict.verdict != "pending")
        late = PendingEvent.objects.filter(id__in=ids, received_at__lt=at - PENDING_TOO_LONG)
        for row in late.order_by("received_at", "id"):
            raise_conflict(batch, as_sent(row), Conflict.Code.PENDING_TOO_LONG, row.tube_code)
        batch.write_marks()
        if settled:
            audit.record(by=by, at=at, act="capture.sweep", settled=settled)

    _in_transaction(Scope(everything=True, actor=by), work)
    return settled
