"""Who may be put into a visit team: people of a street, by where they come from (S018, S025)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Count

from campaigns.models import Division
from core.scope import Scope
from logistics.models import VisitTeam
from personnel.models import SourceCategory, StaffMember
from personnel.models.people import StaffMemberQuerySet

MOST_PEOPLE = 300


@dataclass(frozen=True)
class Offered:
    """People to choose from, a team's own first; `total` of them fit the choice, its own aside."""

    people: Sequence[StaffMember]
    total: int
    most: int
    streets: Sequence[Division]
    sources: Sequence[tuple[int, str, int]]
    street_id: int | None
    source_id: int | None

    @property
    def more(self) -> bool:
        """Not all who fit the choice are shown."""
        return self.total > self.most

    @property
    def anybody(self) -> bool:
        """There is somebody to choose in one's area, perhaps in another street than the chosen."""
        return bool(self.sources or self.people or self.street_id)


def offered_people(
    scope: Scope, *, street_id: int | None, source_id: int | None, team: VisitTeam | None = None
) -> Offered:
    """People of one's area by street and source category; a team's street and members for one.

    Whoever is in the team is always among them.
    """
    streets = (
        [] if team else list(Division.objects.within(scope).streets().current().order_by("code"))
    )
    if team is not None:
        street_id = team.street_id
    seen = StaffMember.objects.within(scope).serving()
    own = list(_ordered(seen.filter(visit_teams=team))) if team else []
    there = seen if street_id is None else seen.filter(street_id=street_id)
    counted = there.order_by().values_list("source").annotate(n=Count("pk"))
    sizes: dict[int, int] = dict(counted)
    sources = [
        (each.pk, str(each), sizes[each.pk]) for each in SourceCategory.objects.filter(pk__in=sizes)
    ]
    fits = there if source_id is None else there.filter(source_id=source_id)
    fits = fits.exclude(pk__in=[member.pk for member in own])
    rows = list(_ordered(fits)[: MOST_PEOPLE + 1])
    total = fits.count() if len(rows) > MOST_PEOPLE else len(rows)
    return Offered(
        [*own, *rows[:MOST_PEOPLE]], total, MOST_PEOPLE, streets, sources, street_id, source_id
    )


def _ordered(people: StaffMemberQuerySet) -> StaffMemberQuerySet:
    ordered = people.select_related("source")
    return ordered.order_by("street_id", "source__position", "source__code", "name_mask", "pk")
