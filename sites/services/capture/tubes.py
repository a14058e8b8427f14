"""Tubes: opened, found, sealed, voided. Their state follows from the set of events."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from uuid import UUID

import msgspec

from core.statements import run
from sites.models import Conflict
from sites.services.capture.batch import Batch, KnownTube, Sent, packed, raise_conflict
from sites.services.capture.changes import record_events, settle

# A code is taken by the first tube that comes with it; only then is the tube stored. A tube whose
# id was used before stores nothing, and its code is given back by `_judge_repeats`.
OPEN = """
    WITH sent AS (
        SELECT * FROM json_to_recordset(%s::json) AS s(id uuid, round_id int, code text,
            unit_id int, street_id int, district_id int, device_id int, pool_size smallint,
            channel text, opened_at timestamptz, device_at timestamptz)
    ), taken AS (
        INSERT INTO sites_tubecode (district_id, code, round_id, tube_id)
        SELECT district_id, code, round_id, id FROM sent ORDER BY code, id
        ON CONFLICT DO NOTHING RETURNING code, tube_id)
    INSERT INTO sites_tube (id, round_id, code, unit_id, street_id, district_id, device_id,
                            pool_size, channel, opened_at, device_at, state, received_at)
    SELECT sent.*, 'open', %b FROM sent JOIN taken ON taken.code = sent.code
                                                  AND taken.tube_id = sent.id
    ORDER BY sent.id ON CONFLICT DO NOTHING
    RETURNING id, EXISTS (SELECT 1 FROM sites_pendingevent w
                          WHERE w.tube_code = code AND w.district_id = sites_tube.district_id)"""


class TubeRow(msgspec.Struct):
    id: UUID
    round_id: int
    code: str
    unit_id: int
    street_id: int
    district_id: int
    device_id: int
    pool_size: int
    channel: str
    opened_at: datetime
    device_at: datetime | None


def open_tubes(batch: Batch, district_id: int, sents: list[Sent]) -> None:
    """Open tubes: a code belongs to the first tube of the district that takes it, for ever."""
    if not sents:
        return
    sents = sorted(sents, key=lambda sent: (sent.event.tube, sent.event.id))
    rows = [_tube_row(batch, district_id, sent) for sent in sents]
    stored = dict(run(OPEN, [packed(rows), batch.received_at]))
    for sent, row in zip(sents, rows, strict=True):
        if row.id in stored and row.code not in batch.opened:
            batch.opened[row.code] = KnownTube(
                row.id,
                row.round_id,
                row.code,
                row.unit_id,
                row.street_id,
                row.pool_size,
                row.opened_at,
                voided=False,
            )
            batch.mark_unit(sent.origin, row.round_id, row.opened_at)
            if stored[row.id]:
                batch.awaited_tubes.add(row.code)
            sent.settle("created")
    _judge_repeats(batch, district_id, [sent for sent in sents if sent.verdict is None])


def _tube_row(batch: Batch, district_id: int, sent: Sent) -> TubeRow:
    event, origin = sent.event, sent.origin
    return TubeRow(
        event.id,
        event.round,
        event.tube,
        origin.unit_id,
        origin.street_id,
        district_id,
        origin.device_id,
        event.pool_size,
        event.channel,
        *batch.believed(event.at),
    )


def _judge_repeats(batch: Batch, district_id: int, sents: list[Sent]) -> None:
    """Openings that stored nothing: the same again, or two accounts of one code or one id."""
    if not sents:
        return
    owners = {
        code: (round_id, tube_id)
        for code, round_id, tube_id in run(
            "SELECT code, round_id, tube_id FROM sites_tubecode"
            " WHERE district_id = %b AND code = ANY(%b::text[])",
            [district_id, [sent.event.tube for sent in sents]],
        )
    }
    for sent in sents:
        round_id, tube_id = owners[sent.event.tube]
        if tube_id == sent.event.id and sent.event.tube not in batch.opened:
            if _tube_has(batch, sent):
                sent.settle("duplicate")
            else:
                run(
                    "DELETE FROM sites_tubecode WHERE tube_id = %b AND code = %b",
                    [tube_id, sent.event.tube],
                )
                raise_conflict(batch, sent, Conflict.Code.ID_REUSED, sent.event.tube)
        elif tube_id == sent.event.id:
            sent.settle("duplicate")
        elif round_id != sent.event.round:
            raise_conflict(batch, sent, Conflict.Code.TUBE_OTHER_ROUND, sent.event.tube)
        else:
            raise_conflict(batch, sent, Conflict.Code.TUBE_CODE_USED, sent.event.tube)


def _tube_has(batch: Batch, sent: Sent) -> bool:
    rows = run(
        "SELECT code FROM sites_tube WHERE round_id = %b AND id = %b",
        [sent.event.round, sent.event.id],
    )
    return bool(rows) and rows[0][0] == sent.event.tube


def find_tubes(batch: Batch, district_id: int, codes: set[str]) -> dict[str, KnownTube]:
    """Tubes of the district by code. Those not opened just now are locked in order of id,
    so that no void can slip between."""
    tubes = {code: batch.opened[code] for code in codes & batch.opened.keys()}
    older = sorted(codes - batch.opened.keys())
    if older:
        rows = run(
            """SELECT t.id, t.round_id, t.code, t.unit_id, t.street_id, t.pool_size, t.opened_at,
                      t.voided_at IS NOT NULL
               FROM sites_tubecode c
               JOIN sites_tube t ON t.round_id = c.round_id AND t.id = c.tube_id
               WHERE c.district_id = %b AND c.code = ANY(%b::text[])
               ORDER BY t.id FOR NO KEY UPDATE OF t""",
            [district_id, older],
        )
        tubes |= {row[2]: KnownTube(*row) for row in rows}
    return tubes


def seal_tubes(batch: Batch, sents: list[tuple[Sent, KnownTube]]) -> None:
    """Seal tubes. The earliest sealing stands; a tube that moved on keeps its later state."""
    fresh = record_events(batch, "seal", [(sent, tube.id, None) for sent, tube in sents])
    for sent, tube in sents:
        if sent.event.id in fresh:
            _mark_tube(batch, tube)


def void_tubes(batch: Batch, sents: list[tuple[Sent, KnownTube]]) -> None:
    """Void tubes for ever; the swabs that are in them now become invalid."""
    fresh = record_events(batch, "void_tube", [(sent, tube.id, None) for sent, tube in sents])
    for sent, tube in sents:
        if sent.event.id in fresh:
            _mark_tube(batch, tube)
            settle(batch, tube.round_id, tube.id, [])
            if tube.code in batch.opened:
                # Opened and voided in one transaction: whoever waited for it is added only now.
                batch.opened[tube.code] = replace(tube, voided=True)


def _mark_tube(batch: Batch, tube: KnownTube) -> None:
    batch.mark(tube.street_id, tube.round_id, "unit", tube.unit_id, tube.opened_at)
