"""What this room asks before a round starts: an area, an end, targets frozen for that very area."""

from __future__ import annotations

from collections.abc import Iterator

from django.utils.translation import gettext_lazy as _

from campaigns.models import Round, RoundTarget
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
    targets = RoundTarget.objects.filter(round=round_, version__is_current=True)
    frozen = dict(targets.values_list("community_id", "target"))
    people = sum(frozen.values())
    yield Finding(
        "targets",
        _("Targets frozen for this area"),
        "done" if people and frozen.keys() == communities else "todo",
        _("people to be sampled"),
        actual=people,
    )
