"""People and vehicles beside the figures: who is needed, booked and on site, and what is moving.

Read at most once a minute for a round and a scope, whatever is painted in between.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from campaigns.models import Round
from core.scope import Scope
from core.sharing import Shared
from logistics.queries.fleet import ClassCount, fleet
from personnel.queries.staffing import Headcount, headcount, staffing
from personnel.services.attendance import is_noted
from reporting.progress.figures import StreetRow

MOST = 6
"""Streets named for what they lack; the dispatch board has the others."""


@dataclass(frozen=True, slots=True)
class Short:
    """A street in which people are missing now."""

    street_id: int
    code: str
    name: str
    name_en: str
    missing: int


@dataclass(frozen=True, slots=True)
class Crew:
    """Persons and vehicles at one moment; `heads` are all who served in the round up to then.

    `present` says something only where the district has it `noted`.
    """

    as_of: datetime
    needed: int
    expected: int
    present: int
    noted: bool
    missing: int
    short: Sequence[Short]
    more: int
    heads: Sequence[Headcount]
    vehicles: Sequence[ClassCount]

    @property
    def people(self) -> int:
        """Everybody engaged in the round so far, each person once."""
        return sum(row.people for row in self.heads)

    @property
    def is_empty(self) -> bool:
        """Nothing was planned, nobody served, and no vehicle is on the list."""
        return not (self.needed or self.expected or self.heads or self.vehicles)


_crews: Shared[Crew] = Shared(size=64)


def crew_of(scope: Scope, round_id: int, at: datetime, streets: Sequence[StreetRow]) -> Crew:
    """People and vehicles of a round in one's area, as of the minute of `at`."""
    minute = at.replace(second=0, microsecond=0)
    slot = (round_id, scope.digest, minute)
    return _crews.once(slot, lambda: _read(scope, round_id, at, streets))


def _read(scope: Scope, round_id: int, at: datetime, streets: Sequence[StreetRow]) -> Crew:
    round_ = Round.objects.select_related("campaign").get(pk=round_id)
    picture = staffing(scope, round_id=round_id, at=at)
    places = picture.streets.values()
    names = {row.division_id: row for row in streets}
    lacking = sorted(
        (
            Short(key, names[key].code, names[key].name, names[key].name_en, place.missing)
            for key, place in picture.streets.items()
            if place.missing and key in names
        ),
        key=lambda short: (-short.missing, short.code),
    )
    return Crew(
        as_of=at,
        needed=sum(place.needed for place in places),
        expected=sum(place.expected for place in places),
        present=sum(place.present for place in places),
        noted=is_noted(round_.campaign.district_id),
        missing=sum(place.missing for place in places),
        short=lacking[:MOST],
        more=max(len(lacking) - MOST, 0),
        heads=headcount(scope, at=at, round_id=round_id).rows,
        vehicles=fleet(scope, at=at).classes,
    )


def forget_crews() -> None:
    """Drop what this process has read (between tests)."""
    _crews.clear()
