"""A small running round whose facts are written down directly, minute by minute."""

from __future__ import annotations

import itertools
import uuid
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from campaigns.models import Division
from core import clock
from core.scope import Scope
from reporting.alerts.models import Alert
from reporting.alerts.services.evaluation import Outcome, evaluate
from reporting.progress.models import Cell, Heartbeat, Snapshot, SnapshotTotal, Total
from sites.models import (
    Conflict,
    PointStateChange,
    QueueReport,
    SamplingPoint,
    SamplingUnit,
    UnitStateChange,
)
from tests.personnel.make import District, make_district, make_division

MINUTE = timedelta(minutes=1)
_numbers = itertools.count(1)


@dataclass
class Field:
    """A district with a running round; its facts are made by hand."""

    place: District = field(default_factory=make_district)

    @property
    def start(self) -> datetime:
        return self.place.round.starts_at

    def at(self, minutes: float) -> datetime:
        """The instant so many minutes after the round began."""
        return self.start + timedelta(minutes=minutes)

    def street(self) -> Division:
        street = make_division("street", self.place.district)
        make_division("community", street)
        return street

    def point(self, street: Division | None = None, *, opened: datetime | None = None):
        street = street or self.place.here
        number = next(_numbers)
        point = SamplingPoint.objects.create(
            round=self.place.round,
            community=Division.objects.get(level="community", street_id=street.pk),
            street_id=street.pk,
            district_id=self.place.district.pk,
            code=f"Q{number}",
            name=f"point {number}",
            state="open",
        )
        PointStateChange.objects.create(
            point=point, from_state="planned", to_state="open", at=opened or self.start, by="test"
        )
        return point

    def units(self, count: int, point: SamplingPoint | None = None) -> list[SamplingUnit]:
        """Open units since the start of the round."""
        point = point or self.point()
        made = [
            SamplingUnit.objects.create(
                point=point,
                street_id=point.street_id,
                district_id=point.district_id,
                number=number,
                state="open",
                opened_at=self.start,
            )
            for number in range(1, count + 1)
        ]
        for unit in made:
            self.step(unit, "planned", "open", self.start)
        return made

    def step(self, unit: SamplingUnit, before: str, after: str, at: datetime) -> None:
        UnitStateChange.objects.create(
            unit=unit, from_state=before, to_state=after, reason="test", at=at, by="test"
        )
        SamplingUnit.objects.filter(pk=unit.pk).update(state=after)

    def heard(self, unit: SamplingUnit, *minutes: float) -> None:
        """Data of a unit received at these minutes of the round, one swab each."""
        round_id = self.place.round.pk
        for minute in minutes:
            at = self.at(minute)
            Cell.objects.update_or_create(
                round_id=round_id,
                kind="unit",
                key_id=unit.pk,
                width=1,
                start=clock.minute_of(at),
                defaults={
                    "street_id": unit.street_id,
                    "swabs": 1,
                    "last_swab_at": at,
                    "last_received_at": at,
                },
            )
        last = (
            Cell.objects.filter(round_id=round_id, kind="unit", key_id=unit.pk)
            .order_by("-last_received_at")
            .values_list("last_received_at", flat=True)[0]
        )
        Total.objects.update_or_create(
            round_id=round_id,
            kind="unit",
            key_id=unit.pk,
            defaults={
                "street_id": unit.street_id,
                "last_received_at": last,
                "computed_at": last,
            },
        )

    def queue(self, point: SamplingPoint, band: str, minute: float) -> None:
        QueueReport.objects.create(point=point, band=band, at=self.at(minute), by="test")

    def conflict(
        self, unit: SamplingUnit, minute: float, *, decided: float | None = None
    ) -> Conflict:
        return Conflict.objects.create(
            event_id=uuid.uuid4(),
            code=Conflict.Code.ALREADY_IN_TUBE,
            round_id=self.place.round.pk,
            district_id=self.place.district.pk,
            street_id=unit.street_id,
            unit_id=unit.pk,
            raised_at=self.at(minute),
            decided_at=None if decided is None else self.at(decided),
            decided_by="" if decided is None else "test",
            decision="" if decided is None else "test",
        )

    def snapshot(self, minute: float, persons: dict[Division, int]) -> None:
        """What was known of each street at a quarter hour."""
        at = self.at(minute)
        snapshot = Snapshot.objects.create(
            round_id=self.place.round.pk, as_of=at, taken_at=at + timedelta(seconds=1), version=1
        )
        SnapshotTotal.objects.bulk_create(
            SnapshotTotal(
                snapshot=snapshot,
                kind="street",
                key_id=street.pk,
                street_id=street.pk,
                persons=count,
                last_received_at=at - MINUTE,
            )
            for street, count in persons.items()
        )

    def beat(self) -> None:
        """The recount is alive: with it the district is calm."""
        from django.utils import timezone

        Heartbeat.objects.update_or_create(pk=1, defaults={"beaten_at": timezone.now()})

    def run(self, minute: float) -> Outcome:
        """One run of the rules at a minute of the round."""
        self.beat()
        outcome = evaluate(round_id=self.place.round.pk, at=self.at(minute))
        assert outcome is not None
        assert outcome.problems == ()
        return outcome

    def alerts(self, detector: str) -> list[Alert]:
        """Standing alerts of a detector."""
        return list(Alert.objects.standing().filter(detector=detector).order_by("pk"))

    def district(self, actor: str = "user:1:dispatcher") -> Scope:
        return Scope(
            districts=frozenset({self.place.district.pk}),
            permissions=frozenset({"see_alerts", "handle_alert", "see_points", "see_street"}),
            actor=actor,
        )

    def official(self, street: Division | None = None, actor: str = "user:2:street_official"):
        return Scope(
            streets=frozenset({(street or self.place.here).pk}),
            permissions=frozenset({"see_alerts", "handle_alert", "see_points", "see_street"}),
            actor=actor,
        )
