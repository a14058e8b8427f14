"""What pages show of the register: counts, people found, what an import did."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from django.db.models import Max, QuerySet, Sum

from campaigns.models import (
    Contradiction,
    Division,
    Exemption,
    PopulationGroup,
    RegisterCount,
    RegisterSource,
    Resident,
    Round,
    Unmasking,
)
from campaigns.models.divisions import Level
from core.crypto import blind_index, mask_id, mask_phone
from core.imports.models import ImportRun, RunState
from core.scope import Scope

MOST_FOUND = 50
"""People listed by last four characters; whoever finds more must know more."""


@dataclass
class CommunityCount:
    """People of one community on the register."""

    community: Division
    people: int


@dataclass
class StreetCount:
    """People of one street on the register, by community."""

    street: Division
    people: int = 0
    communities: list[CommunityCount] = field(default_factory=list)


@dataclass(frozen=True)
class Counts:
    """The register in figures, within a scope. `counted_at` is None while nobody has counted."""

    people: int
    streets: list[StreetCount]
    groups: list[tuple[str, int]]
    counted_at: datetime | None


@dataclass(frozen=True)
class Masked:
    """A resident as lists show them."""

    pk: uuid.UUID
    name: str
    number: str
    phone: str
    home: str
    building: str
    groups: list[str]


def counts(scope: Scope) -> Counts:
    """Kept counts of every community in the scope, with the streets' sums."""
    kept = RegisterCount.objects.within(scope)
    rows = list(kept.filter(group="").values_list("street_id", "community_id", "people"))
    divisions = Division.objects.in_bulk({pk for row in rows for pk in row[:2]})
    streets: dict[int, StreetCount] = {}
    for street_id, community_id, people in rows:
        street = streets.setdefault(street_id, StreetCount(divisions[street_id]))
        street.people += people
        street.communities.append(CommunityCount(divisions[community_id], people))
    for street in streets.values():
        street.communities.sort(key=lambda row: row.community.code)
    names = group_names(scope)
    by_group = kept.exclude(group="").values("group").annotate(n=Sum("people"))
    return Counts(
        people=sum(street.people for street in streets.values()),
        streets=sorted(streets.values(), key=lambda row: row.street.code),
        groups=sorted((names.get(row["group"], row["group"]), row["n"]) for row in by_group),
        counted_at=kept.aggregate(at=Max("counted_at"))["at"],
    )


def districts_of(scope: Scope) -> list[int]:
    """The districts whose registers a scope reaches, whole or in part."""
    found = Division.objects.within(scope).exclude(level=Level.DISTRICT)
    ids = found.values_list("district_id", flat=True).distinct()
    return sorted(scope.districts | {pk for pk in ids if pk is not None})


def find_whole(scope: Scope, id_type: str, number: str) -> list[Resident]:
    """The resident with this document, if they live in the scope (in each of its districts)."""
    found = []
    for district_id in districts_of(scope):
        key = blind_index(district_id, id_type, number)
        people = Resident.objects.within(scope).select_related("community")
        found += list(people.filter(district_id=district_id, person_key=key))
    return found


def find_last4(scope: Scope, last4: str) -> list[Resident]:
    """Residents of the scope whose number ends so; one more than `MOST_FOUND` says: more."""
    people = Resident.objects.within(scope).filter(
        district_id__in=districts_of(scope), id_last4=last4
    )
    return list(
        people.select_related("community").order_by("street_id", "community_id", "pk")[
            : MOST_FOUND + 1
        ]
    )


def masked(people: Sequence[Resident], scope: Scope) -> list[Masked]:
    """Residents for a list: what is encrypted is opened here, and masked at once."""
    names = group_names(scope)
    return [
        Masked(
            pk=person.pk,
            name=person.name_mask,
            number=mask_id(str(person.id_number)),
            phone=mask_phone(str(person.phone)),
            home=person.community.name,
            building=person.building,
            groups=[names.get(code, code) for code in person.groups],
        )
        for person in people
    ]


def group_names(scope: Scope) -> dict[str, str]:
    """Names of the population groups of the scope's districts, by code."""
    groups = PopulationGroup.objects.filter(district_id__in=districts_of(scope))
    return dict(groups.values_list("code", "name"))


def open_contradictions(scope: Scope) -> QuerySet[Contradiction]:
    """What sources disagree about and nobody has looked at yet, the newest first."""
    found = Contradiction.objects.within(scope).filter(settled_at__isnull=True)
    return found.select_related("resident__community").order_by("-raised_at", "-pk")


def rounds_to_exempt_in(resident: Resident) -> list[tuple[Round, Exemption | None]]:
    """Rounds that take samples where this person lives, each with their exemption."""
    rounds = list(
        Round.objects.taking_samples()
        .filter(campaign__district_id=resident.district_id)
        .select_related("campaign")
        .order_by("-starts_at", "-pk")
    )
    exempt = {
        found.round_id: found
        for found in Exemption.objects.filter(
            round__in=rounds, district_id=resident.district_id, person_key=resident.person_key
        )
    }
    return [(round_, exempt.get(round_.pk)) for round_ in rounds]


def refused_rows(run: ImportRun) -> Iterator[tuple[int, list[str], list[dict[str, Any]]]]:
    """(line, cells, reasons) of every refused row, read in portions."""
    rows = run.rows.order_by("line").values_list("line", "cells", "reasons")
    for line, cells, reasons in rows.iterator(chunk_size=2_000):
        yield line, json.loads(str(cells)), reasons


def received(run: ImportRun) -> int:
    """Bytes of the file that have arrived."""
    return run.chunks.aggregate(size=Sum("size"))["size"] or 0


def may_undo(run: ImportRun, at: datetime) -> bool:
    """Whether the time to undo this run is not over."""
    return (
        run.state == RunState.APPLIED
        and run.swept_at is None
        and run.undo_until is not None
        and at <= run.undo_until
    )


@dataclass(frozen=True)
class Source:
    """What one import says about a person, and whether it is the one in force."""

    who: str
    at: datetime | None
    name: str
    home: str
    building: str
    birth_on: date | None
    in_force: bool


def sources_of(resident: Resident) -> list[Source]:
    """Every import that names this person, the newest first."""
    said = list(
        RegisterSource.objects.filter(
            district_id=resident.district_id, person_key=resident.person_key
        ).order_by("-pk")
    )
    runs = ImportRun.objects.in_bulk({row.run_id for row in said})
    homes = Division.objects.in_bulk({row.community_id for row in said})
    found = []
    for row in said:
        run = runs.get(row.run_id)
        found.append(
            Source(
                who=(run.sender or run.file_name) if run else "",
                at=run.applied_at if run else None,
                name=row.name_mask,
                home=homes[row.community_id].name if row.community_id in homes else "",
                building=row.building or "",
                birth_on=row.birth_on,
                in_force=row.run_id == resident.source_run,
            )
        )
    return found


def contradictions_of(resident: Resident) -> list[Contradiction]:
    """What sources disagree about for this person, settled ones too."""
    return list(resident.contradictions.order_by("-raised_at", "-pk"))


def openings_of(resident: Resident) -> list[Unmasking]:
    """Who read this person's full data last."""
    return list(resident.unmaskings.order_by("-opened_at")[:10])
