"""Requests that come while another is being stored are stored together, in one transaction.

A tube alone costs some ten statements; ten tubes in one transaction cost hardly more of them. What
each device is answered does not change: every event was always free to come in any order, and all
of one district may touch the same people anyway.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime
from uuid import UUID

from core.combining import Combiner, NotDone
from core.scope import Scope
from sites.services.capture.accept import accept_batch, accept_deliveries
from sites.services.capture.batch import Origin, Verdict
from sites.services.capture.delivery import Delivery, read_delivery

LARGEST = 60
"""Items of a request that joins others; what is larger gains nothing and would hold them up."""
MOST = 240
"""Items taken together: about a tenth of a second."""


def accept_together(
    *, origin: Origin, scope: Scope, items: Sequence[object], by: str, at: datetime
) -> list[Verdict]:
    """`accept_batch`, in one transaction with what others of the district send at this moment.

    Must not be called within a transaction: another thread's may be the one that stores.
    """
    if len(items) > LARGEST:
        return accept_batch(origin=origin, scope=scope, items=items, by=by, at=at)
    delivery = read_delivery(origin=origin, scope=scope, items=items, by=by, at=at)
    with suppress(NotDone):
        _together.do(origin.district_id, delivery, len(items))
    if not delivery.stored:
        accept_deliveries([delivery])
    return delivery.answers()


def _accept(deliveries: Sequence[Delivery]) -> None:
    """Take those that share no event's id: a request that is sent again while the first one still
    waits is left to follow it."""
    ids: set[UUID] = set()
    together = []
    for delivery in deliveries:
        if ids.isdisjoint(delivery.first):
            ids.update(delivery.first)
            together.append(delivery)
    accept_deliveries(together)


_together: Combiner[Delivery] = Combiner(_accept, most=MOST)
