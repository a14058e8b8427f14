"""What befalls tubes and swabs afterwards: events appended, and the state derived from them."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import msgspec

from core.statements import run
from sites.models import Conflict
from sites.services.capture.batch import Batch, KnownTube, Sent, packed, raise_conflict
from sites.services.capture.coverage import recover

APPEND = """
    WITH fresh AS (
        INSERT INTO sites_tubeevent (id, round_id, tube_id, swab_id, district_id, street_id,
                                     unit_id, device_id, reason, at, kind, received_at)
        SELECT e.*, %b, %b
        FROM json_to_recordset(%s::json) AS e(id uuid, round_id int, tube_id uuid, swab_id uuid,
            district_id int, street_id int, unit_id int, device_id int, reason text,
            at timestamptz)
        ORDER BY e.id ON CONFLICT DO NOTHING RETURNING id, round_id, tube_id, at
    ), tubes AS ({tubes})
    SELECT id FROM fresh"""
# The tubes are named by arrays, which every plan finds by their key: a join might read the round.
OF_TUBES = """
    WHERE t.round_id = ANY (ARRAY(SELECT round_id FROM fresh))
      AND t.id = ANY (ARRAY(SELECT tube_id FROM fresh))
      AND EXISTS (SELECT 1 FROM fresh f WHERE f.round_id = t.round_id AND f.tube_id = t.id)"""
FIRST = "(SELECT min(f.at) FROM fresh f WHERE f.round_id = t.round_id AND f.tube_id = t.id)"
# The earliest sealing stands, and a tube that moved on in the chain keeps its later state.
SEALED = f"""
    UPDATE sites_tube t SET sealed_at = LEAST(t.sealed_at, {FIRST}),
           state = CASE t.state WHEN 'open' THEN 'sealed' ELSE t.state END
    {OF_TUBES}"""  # noqa: S608 (parts of ours)
VOIDED = f"""
    UPDATE sites_tube t SET voided_at = LEAST(t.voided_at, {FIRST}), state = 'void'
    {OF_TUBES}"""  # noqa: S608 (parts of ours)
APPENDS = {
    "seal": APPEND.format(tubes=SEALED),
    "void_tube": APPEND.format(tubes=VOIDED),
    "void_swab": APPEND.format(tubes="SELECT 1"),
    "move": APPEND.format(tubes="SELECT 1"),
}


class EventRow(msgspec.Struct):
    id: UUID
    round_id: int
    tube_id: UUID | None
    swab_id: UUID | None
    district_id: int
    street_id: int
    unit_id: int
    device_id: int
    reason: str
    at: datetime


def record_events(
    batch: Batch, kind: str, rows: list[tuple[Sent, UUID | None, UUID | None]]
) -> set[UUID]:
    """Append tube events (event, tube, swab) and set their tubes' times.

    Settles each as created, duplicate or conflict; returns the ids that were new.
    """
    if not rows:
        return set()
    sent_rows = packed([_event_row(batch, *row) for row in rows])
    fresh = {row[0] for row in run(APPENDS[kind], [kind, batch.received_at, sent_rows])}
    stale = [sent.event.id for sent, _tube, _swab in rows if sent.event.id not in fresh]
    known = _stored(stale) if stale else {}
    seen: set[UUID] = set()
    for sent, tube_id, swab_id in rows:
        if sent.event.id in fresh and sent.event.id not in seen:
            sent.settle("created")
        elif sent.event.id in fresh or known.get(sent.event.id) == (kind, tube_id, swab_id):
            sent.settle("duplicate")
        else:
            raise_conflict(batch, sent, Conflict.Code.ID_REUSED)
        seen.add(sent.event.id)
    return fresh


def _event_row(batch: Batch, sent: Sent, tube_id: UUID | None, swab_id: UUID | None) -> EventRow:
    event, origin = sent.event, sent.origin
    return EventRow(
        event.id,
        event.round,
        tube_id,
        swab_id,
        origin.district_id,
        origin.street_id,
        origin.unit_id,
        origin.device_id,
        getattr(event, "reason", "") or getattr(event, "early_reason", ""),
        batch.believed(event.at)[0],
    )


def _stored(ids: list[UUID]) -> dict[UUID, tuple[object, ...]]:
    rows = run(
        "SELECT id, kind, tube_id, swab_id FROM sites_tubeevent WHERE id = ANY(%b::uuid[])", [ids]
    )
    return {row[0]: row[1:] for row in rows}


def void_swabs(batch: Batch, sents: list[Sent]) -> None:
    """Void single swabs for ever, with their reasons."""
    fresh = record_events(batch, "void_swab", [(sent, None, sent.event.swab) for sent in sents])
    _settle_of(batch, [sent for sent in sents if sent.event.id in fresh])


# Another valid swab of the person is in the tube already; or was, when the same move came first:
# a retry must not pass because that swab was voided meanwhile.
CLASHES = """
    SELECT m.event_id
    FROM unnest(%b::uuid[], %b::int[], %b::uuid[], %b::uuid[]) AS m(event_id, round_id, swab_id,
                                                                    tube_id)
    WHERE EXISTS (SELECT 1 FROM sites_conflict k
                  WHERE k.event_id = m.event_id AND k.code = %s)
       OR EXISTS (SELECT 1 FROM sites_swab moved JOIN sites_swab there
                    ON there.round_id = moved.round_id AND there.person_key = moved.person_key
                   AND there.id <> moved.id AND there.tube_now_id = m.tube_id AND there.valid
                  WHERE moved.round_id = m.round_id AND moved.id = m.swab_id)"""


def move_swabs(batch: Batch, sents: list[tuple[Sent, KnownTube]]) -> None:
    """Move swabs to other tubes; the latest move by (at, id) stands."""
    if not sents:
        return
    events = [sent.event for sent, _tube in sents]
    rows = run(
        CLASHES,
        [
            [event.id for event in events],
            [event.round for event in events],
            [event.swab for event in events],
            [tube.id for _sent, tube in sents],
            Conflict.Code.ALREADY_IN_TUBE.value,
        ],
    )
    clashing = {event_id for (event_id,) in rows}
    for sent, tube in sents:
        if sent.event.id in clashing:
            raise_conflict(batch, sent, Conflict.Code.ALREADY_IN_TUBE, tube.code)
    movable = [(sent, tube) for sent, tube in sents if sent.event.id not in clashing]
    fresh = record_events(batch, "move", [(s, tube.id, s.event.swab) for s, tube in movable])
    _settle_of(batch, [sent for sent, _tube in movable if sent.event.id in fresh])


def _settle_of(batch: Batch, sents: list[Sent]) -> None:
    by_round: dict[int, list[UUID]] = {}
    for sent in sents:
        by_round.setdefault(sent.event.round, []).append(sent.event.swab)
    for round_id, swab_ids in sorted(by_round.items()):
        settle(batch, round_id, None, swab_ids)


def settle(batch: Batch, round_id: int, tube_id: UUID | None, swab_ids: list[UUID]) -> None:
    """Derive tube and validity of swabs (or of all in a tube) anew, and cover the people anew.

    The function is the owner's: a tube may hold swabs of another street's unit.
    """
    changed = run(
        "SELECT * FROM sites_settle(%b::int, %b::uuid, %b::uuid[])",
        [round_id, tube_id, swab_ids],
    )
    for street_id, unit_id, at, _person in changed:
        batch.mark(street_id, round_id, "unit", unit_id, at)
    recover(batch, round_id, [row[3] for row in changed])
