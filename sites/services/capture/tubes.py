"""Tubes: opened, sealed, voided; swabs voided or moved. State follows from the set of events."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sites.models import Conflict
from sites.services.capture.batch import Batch, Sent, columns, raise_conflict
from sites.services.capture.coverage import recover


@dataclass(frozen=True, slots=True)
class KnownTube:
    """A tube as this transaction sees it, share-locked so that a void cannot slip between."""

    id: UUID
    code: str
    unit_id: int
    street_id: int
    pool_size: int
    opened_at: datetime
    voided: bool


def open_tubes(batch: Batch, district_id: int, sents: list[Sent]) -> None:
    """Open tubes: a code belongs to the first tube of the district that takes it, for ever."""
    if not sents:
        return
    sents = sorted(sents, key=lambda sent: (sent.event.tube, sent.event.id))
    taken = batch.run(
        """INSERT INTO sites_tubecode (district_id, code, round_id, tube_id)
           SELECT %b, code, round_id, tube_id
           FROM unnest(%b::text[], %b::int[], %b::uuid[]) AS sent(code, round_id, tube_id)
           ORDER BY code ON CONFLICT DO NOTHING RETURNING tube_id""",
        [district_id, *columns((s.event.tube, s.event.round, s.event.id) for s in sents)],
    )
    fresh_ids = {row[0] for row in taken}
    fresh = [sent for sent in sents if sent.event.id in fresh_ids]
    stored = _store(batch, fresh)
    for sent in fresh:
        if sent.event.id in stored:
            batch.opened_codes.add(sent.event.tube)
            sent.settle("created")
    _judge_repeats(batch, district_id, [sent for sent in sents if sent.verdict is None])


def _store(batch: Batch, sents: list[Sent]) -> set[UUID]:
    """Insert the tubes; returns the ids that were new (an id may have been used before)."""
    if not sents:
        return set()
    rows = []
    for sent in sents:
        event, origin = sent.event, sent.origin
        at, odd = batch.believed(event.at)
        rows.append(
            (event.id, event.round, event.tube, origin.unit_id, origin.street_id)
            + (origin.district_id, origin.device_id, event.pool_size, event.channel, at, odd)
        )
    stored = batch.run(
        """INSERT INTO sites_tube (id, round_id, code, unit_id, street_id, district_id, device_id,
                                   pool_size, channel, opened_at, device_at, state, received_at)
           SELECT sent.*, 'open', %b
           FROM unnest(%b::uuid[], %b::int[], %b::text[], %b::int[], %b::int[], %b::int[],
                       %b::int[], %b::smallint[], %b::text[], %b::timestamptz[],
                       %b::timestamptz[]) AS sent(id)
           ORDER BY 1 ON CONFLICT DO NOTHING RETURNING id""",
        [batch.received_at, *columns(rows)],
    )
    ids = {row[0] for row in stored}
    for sent, row in zip(sents, rows, strict=True):
        if sent.event.id in ids:
            batch.mark_unit(sent.origin, sent.event.round, row[9])
    return ids


def _judge_repeats(batch: Batch, district_id: int, sents: list[Sent]) -> None:
    """Openings that stored nothing: the same again, or two accounts of one code or one id."""
    if not sents:
        return
    owners = {
        code: (round_id, tube_id)
        for code, round_id, tube_id in batch.run(
            "SELECT code, round_id, tube_id FROM sites_tubecode"
            " WHERE district_id = %b AND code = ANY(%b::text[])",
            [district_id, [sent.event.tube for sent in sents]],
        )
    }
    for sent in sents:
        round_id, tube_id = owners[sent.event.tube]
        if tube_id == sent.event.id and sent.event.tube not in batch.opened_codes:
            if _tube_has(batch, sent):
                sent.settle("duplicate")
            else:
                batch.run(
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
    rows = batch.run(
        "SELECT code FROM sites_tube WHERE round_id = %b AND id = %b",
        [sent.event.round, sent.event.id],
    )
    return bool(rows) and rows[0][0] == sent.event.tube


def find_tubes(
    batch: Batch, district_id: int, codes: Iterable[str]
) -> tuple[dict[str, KnownTube], dict[str, int]]:
    """Tubes by code, share-locked in order of id; and the round each code belongs to."""
    rows = batch.run(
        """SELECT c.round_id, t.id, t.code, t.unit_id, t.street_id, t.pool_size, t.opened_at,
                  t.voided_at IS NOT NULL
           FROM sites_tubecode c
           JOIN sites_tube t ON t.round_id = c.round_id AND t.id = c.tube_id
           WHERE c.district_id = %b AND c.code = ANY(%b::text[])
           ORDER BY t.id FOR SHARE OF t""",
        [district_id, sorted(set(codes))],
    )
    tubes = {row[2]: KnownTube(*row[1:]) for row in rows}
    return tubes, {row[2]: row[0] for row in rows}


def seal_tubes(batch: Batch, sents: list[tuple[Sent, KnownTube]]) -> None:
    """Seal tubes. The earliest sealing stands; a tube that moved on keeps its later state."""
    fresh = _record_events(batch, "seal", [(sent, tube.id, None) for sent, tube in sents])
    if not fresh:
        return
    batch.run(
        """UPDATE sites_tube t
           SET sealed_at = LEAST(t.sealed_at, s.at),
               state = CASE t.state WHEN 'open' THEN 'sealed' ELSE t.state END
           FROM (SELECT round_id, tube_id, min(at) AS at
                 FROM unnest(%b::int[], %b::uuid[], %b::timestamptz[]) AS s(round_id, tube_id, at)
                 GROUP BY 1, 2) s
           WHERE t.round_id = s.round_id AND t.id = s.tube_id""",
        columns(
            (sent.event.round, tube.id, batch.believed(sent.event.at)[0])
            for sent, tube in sents
            if sent.event.id in fresh
        ),
    )
    for sent, tube in sents:
        if sent.event.id in fresh:
            _mark_tube(batch, sent.event.round, tube)


def void_tubes(batch: Batch, sents: list[tuple[Sent, KnownTube]]) -> None:
    """Void tubes for ever; the swabs that are in them now become invalid."""
    fresh = _record_events(batch, "void_tube", [(sent, tube.id, None) for sent, tube in sents])
    for sent, tube in sents:
        if sent.event.id not in fresh:
            continue
        at = batch.believed(sent.event.at)[0]
        batch.run(
            """UPDATE sites_tube SET voided_at = LEAST(voided_at, %b), state = 'void'
               WHERE round_id = %b AND id = %b""",
            [at, sent.event.round, tube.id],
        )
        _mark_tube(batch, sent.event.round, tube)
        members = batch.run(
            """SELECT id FROM sites_swab WHERE round_id = %b AND tube_id = %b
               UNION SELECT swab_id FROM sites_tubeevent
               WHERE round_id = %b AND tube_id = %b AND kind = 'move'""",
            [sent.event.round, tube.id, sent.event.round, tube.id],
        )
        settle_swabs(batch, sent.event.round, sent.origin.district_id, [m[0] for m in members])


def void_swabs(batch: Batch, sents: list[Sent]) -> None:
    """Void single swabs for ever, with their reasons."""
    fresh = _record_events(batch, "void_swab", [(s, None, s.event.swab) for s in sents])
    _settle_of(batch, [sent for sent in sents if sent.event.id in fresh])


def move_swabs(batch: Batch, sents: list[tuple[Sent, KnownTube]]) -> None:
    """Move swabs to other tubes; the latest move by (at, id) stands."""
    movable = []
    for sent, tube in sents:
        clash = batch.run(
            """SELECT 1 FROM sites_swab moved JOIN sites_swab there
                 ON there.round_id = moved.round_id AND there.person_key = moved.person_key
                AND there.id <> moved.id AND there.tube_now_id = %b AND there.valid
               WHERE moved.round_id = %b AND moved.id = %b""",
            [tube.id, sent.event.round, sent.event.swab],
        )
        if clash:
            raise_conflict(batch, sent, Conflict.Code.ALREADY_IN_TUBE, tube.code)
        else:
            movable.append((sent, tube))
    fresh = _record_events(batch, "move", [(s, tube.id, s.event.swab) for s, tube in movable])
    _settle_of(batch, [sent for sent, _tube in movable if sent.event.id in fresh])


def _settle_of(batch: Batch, sents: list[Sent]) -> None:
    by_round: dict[tuple[int, int], list[UUID]] = {}
    for sent in sents:
        key = (sent.event.round, sent.origin.district_id)
        by_round.setdefault(key, []).append(sent.event.swab)
    for (round_id, district_id), swab_ids in sorted(by_round.items()):
        settle_swabs(batch, round_id, district_id, swab_ids)


def settle_swabs(batch: Batch, round_id: int, district_id: int, swab_ids: list[UUID]) -> None:
    """Derive tube and validity of swabs anew from their events, and cover the people anew."""
    batch.run(
        "SELECT 1 FROM sites_swab WHERE round_id = %b AND id = ANY(%b::uuid[])"
        " ORDER BY id FOR UPDATE",
        [round_id, swab_ids],
    )
    changed = batch.run(
        """UPDATE sites_swab s SET tube_now_id = d.tube_id, valid = d.valid
           FROM (SELECT s.id, t.id AS tube_id, t.voided_at IS NULL AND NOT EXISTS (
                     SELECT 1 FROM sites_tubeevent e WHERE e.round_id = s.round_id
                     AND e.swab_id = s.id AND e.kind = 'void_swab') AS valid
                 FROM sites_swab s
                 JOIN sites_tube t ON t.round_id = s.round_id AND t.id = COALESCE(
                     (SELECT e.tube_id FROM sites_tubeevent e WHERE e.round_id = s.round_id
                      AND e.swab_id = s.id AND e.kind = 'move'
                      ORDER BY e.at DESC, e.id DESC LIMIT 1), s.tube_id)
                 WHERE s.round_id = %b AND s.id = ANY(%b::uuid[])) d
           WHERE s.round_id = %b AND s.id = d.id
             AND (s.tube_now_id, s.valid) IS DISTINCT FROM (d.tube_id, d.valid)
           RETURNING s.street_id, s.unit_id, s.at, s.person_key""",
        [round_id, swab_ids, round_id],
    )
    for street_id, unit_id, at, _person in changed:
        batch.mark(street_id, round_id, "unit", unit_id, at)
    recover(batch, round_id, [row[3] for row in changed])


def _record_events(
    batch: Batch, kind: str, rows: list[tuple[Sent, UUID | None, UUID | None]]
) -> set[UUID]:
    """Append tube events; settle each as created, duplicate or conflict; return the new ids."""
    if not rows:
        return set()
    fresh = {
        row[0]
        for row in batch.run(
            """INSERT INTO sites_tubeevent (id, round_id, kind, tube_id, swab_id, district_id,
                   street_id, unit_id, device_id, reason, at, received_at)
               SELECT e.id, e.round_id, %b, e.tube_id, e.swab_id, e.district_id, e.street_id,
                      e.unit_id, e.device_id, e.reason, e.at, %b
               FROM unnest(%b::uuid[], %b::int[], %b::uuid[], %b::uuid[], %b::int[], %b::int[],
                           %b::int[], %b::int[], %b::text[], %b::timestamptz[])
                    AS e(id, round_id, tube_id, swab_id, district_id, street_id, unit_id,
                         device_id, reason, at)
               ORDER BY e.id ON CONFLICT DO NOTHING RETURNING id""",
            [kind, batch.received_at, *columns(_event_row(batch, *row) for row in rows)],
        )
    }
    stale = [row for row in rows if row[0].event.id not in fresh]
    known = (
        {
            row[0]: row[1:]
            for row in batch.run(
                "SELECT id, kind, tube_id, swab_id FROM sites_tubeevent WHERE id = ANY(%b::uuid[])",
                [[sent.event.id for sent, _tube, _swab in stale]],
            )
        }
        if stale
        else {}
    )
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


def _event_row(batch: Batch, sent: Sent, tube_id: UUID | None, swab_id: UUID | None) -> tuple:
    event, origin = sent.event, sent.origin
    reason = getattr(event, "reason", "") or getattr(event, "early_reason", "")
    return (event.id, event.round, tube_id, swab_id, origin.district_id, origin.street_id) + (
        origin.unit_id,
        origin.device_id,
        reason,
        batch.believed(event.at)[0],
    )


def _mark_tube(batch: Batch, round_id: int, tube: KnownTube) -> None:
    batch.mark(tube.street_id, round_id, "unit", tube.unit_id, tube.opened_at)
