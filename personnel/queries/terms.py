"""What forms about people offer: bodies, categories, roles, teams, streets of one's districts."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from django.db.models import Q, QuerySet

from campaigns.models import Division
from campaigns.queries.register import districts_of
from core.scope import Scope
from personnel.models import (
    DutyRole,
    Organisation,
    QualificationKind,
    SourceCategory,
    SupportTeam,
)

Choice = tuple[int, str]


@dataclass
class Lists:
    """The lists of a scope, each read when a form first asks for it."""

    scope: Scope

    @cached_property
    def districts(self) -> list[int]:
        """Districts whose lists hold here, whole or by one of their streets."""
        return districts_of(self.scope)

    @cached_property
    def organisations(self) -> list[Choice]:
        """Bodies of the district and of one's own streets, by their order."""
        bodies = Organisation.objects.filter(district_id__in=self.districts, closed_at__isnull=True)
        if not self.scope.districts:
            own = Q(street_id__isnull=True) | Q(street_id__in=sorted(self.scope.streets))
            bodies = bodies.filter(own)
        rows = bodies.defer("phone").order_by("position", "code")
        return [(body.pk, str(body)) for body in rows]

    @cached_property
    def categories(self) -> list[Choice]:
        found = SourceCategory.objects.filter(district_id__in=self.districts)
        return [(row.pk, str(row)) for row in found]

    @cached_property
    def roles(self) -> list[Choice]:
        found = DutyRole.objects.filter(district_id__in=self.districts)
        return [(row.pk, str(row)) for row in found]

    @property
    def kind_rows(self) -> QuerySet[QualificationKind]:
        """Kinds of qualification, as rows."""
        return QualificationKind.objects.filter(district_id__in=self.districts)

    @cached_property
    def teams(self) -> list[Choice]:
        found = SupportTeam.objects.filter(district_id__in=self.districts)
        return [(row.pk, str(row)) for row in found]

    @cached_property
    def own_streets(self) -> list[Choice]:
        """Streets of one's area."""
        found = Division.objects.within(self.scope).streets().current().order_by("code")
        return list(found.values_list("pk", "name"))
