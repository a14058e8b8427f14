"""People added to tubes: each is one swab, and covers the person at home."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from core.crypto import blind_index
from core.statements import run
from sites.models import Conflict, OffRegisterPerson
from sites.models.coverage import Standing
from sites.services.capture.batch import (
    Batch,
    KnownTube,
    Sent,
    columns,
    flag_tube,
    raise_conflict,
)
from sites.services.capture.coverage import cover


@dataclass(frozen=True, slots=True)
class Home:
    """Where a person is counted: null community off the register."""

    street_id: int
    community_id: int | None
    standing: str


@dataclass(slots=True)
class Swabbed:
    """An added person, resolved: the tube and the person's key are known."""

    sent: Sent
    tube: KnownTube
    person_key: UUID
    home: Home
    at: datetime
    odd: datetime | None


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


def find_homes(batch: Batch, district_id: int, round_id: int, keys: list[UUID]) -> dict[UUID, Home]:
    """Residents by exact person key, whatever the caller's scope; strangers are absent."""
    rows = run(
        "SELECT * FROM campaigns_find_residents(%b::int, %b::int, %b::uuid[])",
        [district_id, round_id, keys],
    )
    return {row[0]: Home(*row[1:]) for row in rows}


def add_swabs(
    batch: Batch, district_id: int, round_id: int, found: list[tuple[Sent, KnownTube, UUID]]
) -> None:
    """Store swabs of one round whose tubes and people are known, and cover the people."""
    homes = find_homes(batch, district_id, round_id, [key for _sent, _tube, key in found])
    swabbed = []
    for sent, tube, key in found:
        home = homes.get(key) or Home(sent.origin.street_id, None, Standing.OFF_REGISTER)
        swabbed.append(Swabbed(sent, tube, key, home, *batch.believed(sent.event.at)))
    swabbed.sort(key=lambda swab: (swab.tube.id, swab.person_key, swab.sent.event.id))
    fresh = _store(batch, swabbed)
    new, seen = [], set()
    for swab in swabbed:
        if swab.sent.event.id in fresh and swab.sent.event.id not in seen:
            new.append(swab)
            seen.add(swab.sent.event.id)
            swab.sent.settle("created", "tube_void" if swab.tube.voided else "")
            batch.mark_unit(swab.sent.origin, round_id, swab.at)
    batch.created_swabs |= fresh
    _judge_repeats(batch, round_id, [swab for swab in swabbed if swab.sent.verdict is None])
    _keep_strangers(batch, district_id, new)
    cover(
        batch,
        round_id,
        district_id,
        [
            (s.person_key, s.home.street_id, s.home.community_id, s.home.standing, s.at)
            for s in sorted(new, key=lambda swab: swab.person_key)
            if not s.tube.voided
        ],
    )
    _flag_tubes(batch, round_id, new)


def _store(batch: Batch, swabbed: list[Swabbed]) -> set[UUID]:
    rows = []
    for swab in swabbed:
        event, origin = swab.sent.event, swab.sent.origin
        place = (origin.unit_id, origin.street_id, origin.district_id, origin.device_id)
        stranger = swab.home.standing == Standing.OFF_REGISTER
        rows.append(
            (event.id, event.round, swab.tube.id, swab.person_key, *place, swab.at, swab.odd)
            + (stranger, event.repeat_reason, not swab.tube.voided)
        )
    stored = run(
        """INSERT INTO sites_swab (id, round_id, tube_id, person_key, unit_id, street_id,
               district_id, device_id, at, device_at, off_register, repeat_reason, valid,
               tube_now_id, received_at)
           SELECT s.*, s.tube_id, %b
           FROM unnest(%b::uuid[], %b::int[], %b::uuid[], %b::uuid[], %b::int[], %b::int[],
                       %b::int[], %b::int[], %b::timestamptz[], %b::timestamptz[], %b::bool[],
                       %b::text[], %b::bool[]) AS s(id, round_id, tube_id, person_key)
           ORDER BY s.tube_id, s.person_key, s.id ON CONFLICT DO NOTHING RETURNING id""",
        [batch.received_at, *columns(rows)],
    )
    return {row[0] for row in stored}


def _judge_repeats(batch: Batch, round_id: int, swabbed: list[Swabbed]) -> None:
    """Swabs that stored nothing: the same scan again, or an id used for something else."""
    if not swabbed:
        return
    known = {
        row[0]: row[1:]
        for row in run(
            """SELECT id, tube_id, person_key FROM sites_swab
               WHERE round_id = %b AND id = ANY(%b::uuid[])""",
            [round_id, [swab.sent.event.id for swab in swabbed]],
        )
    }
    for swab in swabbed:
        same = known.get(swab.sent.event.id, (swab.tube.id, swab.person_key))
        if same == (swab.tube.id, swab.person_key):
            swab.sent.settle("duplicate")
        else:
            raise_conflict(batch, swab.sent, Conflict.Code.ID_REUSED, swab.sent.event.tube)


def _keep_strangers(batch: Batch, district_id: int, swabbed: list[Swabbed]) -> None:
    """Keep how to reach people who are not on the register, encrypted, once per district."""
    strangers = [s for s in swabbed if s.home.standing == Standing.OFF_REGISTER]
    if strangers:
        OffRegisterPerson.objects.bulk_create(
            [
                OffRegisterPerson(
                    person_key=s.person_key,
                    district_id=district_id,
                    street_id=s.sent.origin.street_id,
                    id_type=s.sent.event.person.id_type if s.sent.event.person.id_number else "",
                    id_number=s.sent.event.person.id_number,
                    name=s.sent.event.person.name,
                    phone=s.sent.event.person.phone,
                    first_seen_at=batch.received_at,
                )
                for s in sorted(strangers, key=lambda swab: swab.person_key)
            ],
            ignore_conflicts=True,
        )


def _flag_tubes(batch: Batch, round_id: int, new: list[Swabbed]) -> None:
    """Show, never refuse: more people than the tube takes; a tube of another unit."""
    sizes = Counter(swab.tube.id for swab in new)
    grown = [
        swab.tube.id
        for swab in new
        if swab.tube.code not in batch.opened or sizes[swab.tube.id] > swab.tube.pool_size
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
        if swab.tube.unit_id != swab.sent.origin.unit_id:
            flag_tube(batch, swab.sent, swab.tube.id, Conflict.Code.OTHER_UNIT, swab.tube.code)
