"""People added to tubes: each is one swab, and covers the person at home."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import msgspec

from core.crypto import blind_index, encrypt
from core.statements import run
from sites.models import Conflict
from sites.models.coverage import Standing
from sites.services.capture.batch import (
    Batch,
    KnownTube,
    Sent,
    flag_tube,
    packed,
    raise_conflict,
)
from sites.services.capture.coverage import mark_covered


@dataclass(slots=True)
class Swabbed:
    """An added person whose tube and key are known; a stranger is on no register."""

    sent: Sent
    tube: KnownTube
    person_key: UUID
    at: datetime
    odd: datetime | None
    stranger: bool = False


def person_keys(batch: Batch, district_id: int, sents: list[Sent]) -> dict[UUID, UUID]:
    """Event id -> person key; a roster id that nobody knows yet has none (the event waits)."""
    keys: dict[UUID, UUID] = {}
    by_roster: list[Sent] = []
    for sent in sents:
        person = sent.event.person
        if person.id_number:
            keys[sent.event.id] = blind_index(district_id, person.id_type, person.id_number)
        elif person.no_document is not None:
            keys[sent.event.id] = person.no_document
        else:
            by_roster.append(sent)
    if by_roster:
        known = dict(
            run(
                "SELECT * FROM campaigns_roster_keys(%b::int, %b::uuid[])",
                [district_id, [sent.event.person.roster_id for sent in by_roster]],
            )
        )
        for sent in by_roster:
            if key := known.get(sent.event.person.roster_id):
                keys[sent.event.id] = key
    return keys


ADD = """
    WITH sent AS MATERIALIZED (
        SELECT * FROM json_to_recordset(%(rows)s::json) AS s(id uuid, tube_id uuid, person_key uuid,
            unit_id int, street_id int, device_id int, at timestamptz, device_at timestamptz,
            repeat_reason text, valid boolean)
    ), home AS MATERIALIZED (
        SELECT * FROM campaigns_find_residents(%(district)b::int, %(round)b::int,
                                               (SELECT array_agg(person_key) FROM sent))
    ), stored AS (
        INSERT INTO sites_swab (id, round_id, tube_id, person_key, unit_id, street_id,
            district_id, device_id, at, device_at, off_register, repeat_reason, valid,
            tube_now_id, received_at)
        SELECT s.id, %(round)b::int, s.tube_id, s.person_key, s.unit_id, s.street_id,
               %(district)b::int, s.device_id, s.at, s.device_at, h.person_key IS NULL,
               s.repeat_reason, s.valid, s.tube_id, %(received)b::timestamptz
        FROM sent s LEFT JOIN home h ON h.person_key = s.person_key
        ORDER BY s.tube_id, s.person_key, s.id
        ON CONFLICT DO NOTHING RETURNING id, person_key, street_id, at, valid
    ), fresh AS MATERIALIZED (
        SELECT s.id, s.person_key AS person, COALESCE(h.street_id, s.street_id) AS street,
               h.community_id AS community, COALESCE(h.standing, 'off_register') AS standing,
               s.at, s.valid
        FROM stored s LEFT JOIN home h ON h.person_key = s.person_key
    )
    SELECT f.id, f.standing, f.street, f.community, f.at,
           EXISTS (SELECT 1 FROM sites_pendingevent w WHERE w.swab_id = f.id) AS awaited
    FROM fresh f
    UNION ALL
    SELECT NULL, c.standing, c.street_id, c.community_id, c.at, false
    FROM sites_cover(%(round)b::int, %(district)b::int, %(received)b::timestamptz,
                     (SELECT json_agg(f) FROM fresh f WHERE f.valid)) c"""


class SwabRow(msgspec.Struct):
    id: UUID
    tube_id: UUID
    person_key: UUID
    unit_id: int
    street_id: int
    device_id: int
    at: datetime
    device_at: datetime | None
    repeat_reason: str
    valid: bool


def add_swabs(
    batch: Batch, district_id: int, round_id: int, found: list[tuple[Sent, KnownTube, UUID]]
) -> None:
    """Store swabs of one round whose tubes and people are known, and cover the people.

    Residents are found by exact person key whatever the caller's scope; the others are strangers,
    counted where they were sampled.
    """
    swabbed = [
        Swabbed(sent, tube, key, *batch.believed(sent.event.at)) for sent, tube, key in found
    ]
    rows = run(
        ADD,
        {
            "rows": packed([_swab_row(swab) for swab in swabbed]),
            "district": district_id,
            "round": round_id,
            "received": batch.received_at,
        },
    )
    mark_covered(batch, round_id, [row[1:5] for row in rows if row[0] is None])
    fresh = {row[0]: row for row in rows if row[0] is not None}
    new: list[Swabbed] = []
    for swab in swabbed:
        stored = fresh.pop(swab.sent.event.id, None)
        if stored is not None:
            new.append(swab)
            swab.stranger = stored[1] == Standing.OFF_REGISTER
            swab.sent.settle("created", "tube_void" if swab.tube.voided else "")
            batch.mark_unit(swab.sent.origin, round_id, swab.at)
            if stored[5]:
                batch.awaited_swabs.add(stored[0])
    _judge_repeats(batch, round_id, [swab for swab in swabbed if swab.sent.verdict is None])
    _keep_strangers(batch, district_id, [swab for swab in new if swab.stranger])
    _flag_tubes(batch, round_id, new)


def _swab_row(swab: Swabbed) -> SwabRow:
    event, origin = swab.sent.event, swab.sent.origin
    return SwabRow(
        event.id,
        swab.tube.id,
        swab.person_key,
        origin.unit_id,
        origin.street_id,
        origin.device_id,
        swab.at,
        swab.odd,
        event.repeat_reason,
        not swab.tube.voided,
    )


def _judge_repeats(batch: Batch, round_id: int, swabbed: list[Swabbed]) -> None:
    """Swabs that stored nothing: the same scan again, or an id used for something else.

    A new scan of somebody whose swab in this tube was voided cannot be stored a second time, and
    must not pass for done: a person decides.
    """
    if not swabbed:
        return
    rows = run(
        """SELECT s.id, s.tube_id, s.person_key, NOT s.valid AND EXISTS (
                      SELECT 1 FROM sites_tubeevent e WHERE e.round_id = s.round_id
                      AND e.swab_id = s.id AND e.kind = 'void_swab')
           FROM sites_swab s
           WHERE s.round_id = %b AND (s.id = ANY(%b::uuid[])
              OR s.tube_id = ANY(%b::uuid[]) AND s.person_key = ANY(%b::uuid[]))""",
        [
            round_id,
            [swab.sent.event.id for swab in swabbed],
            sorted({swab.tube.id for swab in swabbed}),
            sorted({swab.person_key for swab in swabbed}),
        ],
    )
    known = {row[0]: row[1:3] for row in rows}
    voided = {row[1:3] for row in rows if row[3]}
    for swab in swabbed:
        scan = (swab.tube.id, swab.person_key)
        if swab.sent.event.id not in known and scan in voided:
            raise_conflict(batch, swab.sent, Conflict.Code.ALREADY_IN_TUBE, swab.sent.event.tube)
        elif known.get(swab.sent.event.id, scan) == scan:
            swab.sent.settle("duplicate")
        else:
            raise_conflict(batch, swab.sent, Conflict.Code.ID_REUSED, swab.sent.event.tube)


STRANGERS = """
    INSERT INTO sites_offregisterperson (person_key, district_id, street_id, id_type, id_number,
                                         name, phone, first_seen_at)
    SELECT s.*, %b::timestamptz
    FROM unnest(%b::uuid[], %b::int[], %b::int[], %b::text[], %b::bytea[], %b::bytea[],
                %b::bytea[]) AS s(person_key, district_id, street_id, id_type, id_number, name,
                                  phone)
    ORDER BY s.person_key ON CONFLICT DO NOTHING"""


def _keep_strangers(batch: Batch, district_id: int, strangers: list[Swabbed]) -> None:
    """Keep how to reach people who are not on the register, encrypted, once per district."""
    if not strangers:
        return
    people = [swab.sent.event.person for swab in strangers]
    run(
        STRANGERS,
        [
            batch.received_at,
            [swab.person_key for swab in strangers],
            [district_id] * len(strangers),
            [swab.sent.origin.street_id for swab in strangers],
            [person.id_type if person.id_number else "" for person in people],
            [encrypt(person.id_number) for person in people],
            [encrypt(person.name) for person in people],
            [encrypt(person.phone) for person in people],
        ],
    )


def _flag_tubes(batch: Batch, round_id: int, new: list[Swabbed]) -> None:
    """Show, never refuse: more people than the tube takes; a tube of another unit."""
    sizes = Counter(swab.tube.id for swab in new)
    # A tube opened just now fills in two goes: with those sent along, then with those who waited.
    batch.filled.update(sizes)
    grown = [
        swab.tube.id
        for swab in new
        if swab.tube.code not in batch.opened or batch.filled[swab.tube.id] > swab.tube.pool_size
    ]
    if grown:
        sizes.update(
            {
                tube_id: people - sizes[tube_id]
                for tube_id, people in run(
                    """SELECT tube_id, count(*) FROM sites_swab
                       WHERE round_id = %b AND tube_id = ANY(%b::uuid[]) AND tube_now_id = tube_id
                       GROUP BY tube_id""",
                    [round_id, sorted(set(grown))],
                )
            }
        )
    for swab in {s.tube.id: s for s in new}.values():
        if sizes[swab.tube.id] > swab.tube.pool_size:
            flag_tube(batch, swab.sent, swab.tube.id, Conflict.Code.OVERFULL, swab.tube.code)
    # Those who waited may come from several units: the tube's own must not hide the others.
    foreign = [swab for swab in new if swab.tube.unit_id != swab.sent.origin.unit_id]
    for swab in {s.tube.id: s for s in foreign}.values():
        flag_tube(batch, swab.sent, swab.tube.id, Conflict.Code.OTHER_UNIT, swab.tube.code)
