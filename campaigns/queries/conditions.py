"""What this room asks before a round starts: an area, an end, targets frozen for that very area."""

from __future__ import annotations

from collections.abc import Iterator

from django.db.models import Sum
from django.utils.translation import gettext_lazy as _

from campaigns.models import Round
from campaigns.queries.areas import communities_of
from campaigns.readiness import Finding


def start_conditions(round_: Round) -> Iterator[Finding]:
    """Findings of the phase `start`; a target that was frozen for another area does not count."""
    communities = set(communities_of(round_).values_list("pk", flat=True))
    yield Finding(
        "area",
        _("Area of the round"),
        "done" if communities else "todo",
        _("communities covered"),
        actual=len(communities),
    )
    yield Finding("end", _("Planned end"), "done" if round_.planned_end_at else "todo")
    version = round_.target_versions.filter(is_current=True).first()
    frozen = set(version.targets.values_list("community_id", flat=True)) if version else set()
    people = version.targets.aggregate(sum=Sum("target"))["sum"] if version else None
    yield Finding(
        "targets",
        _("Targets frozen for this area"),
        "done" if people and frozen == communities else "todo",
        _("people to be sampled"),
        actual=people or 0,
    )
