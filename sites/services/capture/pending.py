"""Events that came before their tube, swab or person: kept, and applied when it comes."""

from __future__ import annotations

from uuid import UUID

from core.statements import run
from sites.models import Conflict, PendingEvent
from sites.services.capture.batch import (
    Batch,
    Origin,
    Sent,
    as_text,
    from_text,
    raise_conflict,
)
from sites.services.capture.items import read_item


def keep_pending(batch: Batch, sents: list[Sent]) -> None:
    """Keep events until what they name arrives; those already kept stay as they are.

    Another event under an id that waits already is a conflict, and is kept as one.
    """
    if not sents:
        return
    ids = [sent.event.id for sent in sents if not sent.waited]
    kept = {row.pk: as_sent(row).event for row in PendingEvent.objects.filter(pk__in=ids)}
    for sent in sents:
        if kept.get(sent.event.id, sent.event) == sent.event:
            sent.settle("pending")
        else:
            raise_conflict(batch, sent, Conflict.Code.ID_REUSED)
    PendingEvent.objects.bulk_create(
        [
            PendingEvent(
                id=sent.event.id,
                round_id=sent.event.round,
                district_id=sent.origin.district_id,
                street_id=sent.origin.street_id,
                unit_id=sent.origin.unit_id,
                device_id=sent.origin.device_id,
                kind=type(sent.event).__struct_config__.tag,
                tube_code=getattr(sent.event, "tube", None) or "",
                swab_id=getattr(sent.event, "swab", None),
                item=as_text(sent.event),
                received_at=batch.received_at,
            )
            for sent in sents
            if not sent.waited and sent.event.id not in kept
        ],
        ignore_conflicts=True,
    )


def waiting_for(districts: set[int], codes: set[str], swab_ids: set[UUID]) -> list[Sent]:
    """Events of these districts that waited for these tubes or swabs, taken under lock."""
    if not codes and not swab_ids:
        return []
    ids = run(
        """SELECT id FROM sites_pendingevent
           WHERE (tube_code = ANY(%b::text[]) OR swab_id = ANY(%b::uuid[]))
             AND district_id = ANY(%b::int[])""",
        [sorted(codes), sorted(swab_ids), sorted(districts)],
    )
    if not ids:
        return []
    rows = PendingEvent.objects.select_for_update(skip_locked=True)
    return [
        as_sent(row)
        for row in rows.filter(id__in=[i[0] for i in ids]).order_by("received_at", "id")
    ]


def as_sent(row: PendingEvent) -> Sent:
    origin = Origin(row.device_id, row.unit_id, row.street_id, row.district_id)
    return Sent(origin, read_item(from_text(str(row.item))), waited=True)


def forget_settled(sents: list[Sent]) -> None:
    """Remove events from the waiting list once they became facts or conflicts."""
    done = [s.event.id for s in sents if s.waited and s.verdict and s.verdict.verdict != "pending"]
    if done:
        PendingEvent.objects.filter(id__in=done).delete()
