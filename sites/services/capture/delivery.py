"""What one request brought: its items read one by one, and the verdicts that go back."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from core import audit
from core.request_id import current_request_id
from core.scope import Scope
from sites.models import Conflict
from sites.services.capture.batch import Batch, Origin, Sent, Verdict, raise_conflict
from sites.services.capture.items import AnyEvent, Refusal, read_item

MAX_ITEMS = 1000


@dataclass(slots=True)
class Delivery:
    """A device's items. `sents` are those that could be read, by their place; `repeats` came
    under an id that an earlier item of the same request has (`first`); the others are refused."""

    origin: Origin
    scope: Scope
    by: str
    at: datetime
    request_id: str
    sents: dict[int, Sent] = field(default_factory=dict)
    repeats: list[tuple[int, Sent]] = field(default_factory=list)
    refused: dict[int, Verdict] = field(default_factory=dict)
    first: dict[UUID, AnyEvent] = field(default_factory=dict)
    stored: bool = False

    def judge_repeats(self, batch: Batch) -> None:
        """An event twice in one request: the same again, or an id used for something else."""
        if not self.repeats:
            return
        answers = {sent.event.id: sent.verdict for sent in self.sents.values() if sent.verdict}
        for _index, sent in self.repeats:
            before = answers[sent.event.id]
            if sent.event == self.first[sent.event.id]:
                # What was refused, waits or is in conflict is not stored: say so again.
                sent.verdict = before if before.verdict != "created" else None
                sent.verdict = sent.verdict or Verdict(before.id, "duplicate")
            else:
                raise_conflict(batch, sent, Conflict.Code.ID_REUSED)

    def entry(self) -> audit.Entry:
        """The audit row of this delivery: how many items got which verdict."""
        counts = Counter(verdict.verdict for verdict in self.refused.values())
        counts.update(s.verdict.verdict for s in self.sents.values() if s.verdict)
        counts.update(s.verdict.verdict for _index, s in self.repeats if s.verdict)
        known = self.origin if self.sents else None
        return audit.Entry(
            by=self.by,
            at=self.at,
            act="capture.batch",
            object_type="unit",
            object_id=str(known.unit_id) if known else "",
            district_id=known.district_id if known else None,
            street_id=known.street_id if known else None,
            summary=dict(counts),
            request_id=self.request_id,
        )

    def answers(self) -> list[Verdict]:
        """One verdict an item, in the order in which they came."""
        found: dict[int, Verdict | None] = dict(self.refused)
        found |= {index: sent.verdict for index, sent in [*self.sents.items(), *self.repeats]}
        return [verdict for _index, verdict in sorted(found.items()) if verdict is not None]


def read_delivery(
    *, origin: Origin, scope: Scope, items: Sequence[object], by: str, at: datetime
) -> Delivery:
    """Read each item by itself: what cannot be read is refused, and nobody else with it."""
    delivery = Delivery(origin, scope, by, at, current_request_id())
    for index, raw in enumerate(items):
        try:
            event = read_item(raw)
        except Refusal as refusal:
            delivery.refused[index] = _refused(raw, refusal)
            continue
        if event.id in delivery.first:
            delivery.repeats.append((index, Sent(origin, event)))
        else:
            delivery.first[event.id] = event
            delivery.sents[index] = Sent(origin, event)
    return delivery


def _refused(raw: object, refusal: Refusal) -> Verdict:
    item_id = raw.get("id") if isinstance(raw, dict) else None
    known = item_id if isinstance(item_id, str) else None
    return Verdict(known, "refused", refusal.code, refusal.path, refusal.message)
