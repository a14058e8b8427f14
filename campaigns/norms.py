"""Planning norms: what is published, by whom, and what this district sets instead.

Norms are settings, never constants of the arithmetic: notices of different years disagree.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext_lazy as _

from campaigns.models import NormSetting


@dataclass(frozen=True)
class Norm:
    """One norm: its value in force, its unit in words, and where it comes from."""

    code: str
    title: Any
    value: Decimal
    unit: Any
    source: Any
    reason: str = ""

    @property
    def is_own(self) -> bool:
        """Whether the district set it otherwise than published."""
        return bool(self.reason)


_GUIDE = _("national guide to area testing, 3rd edition, March 2022: 2,000 to 3,000")
_ESTIMATE = _("estimate; set your own")

PUBLISHED: tuple[Norm, ...] = (
    Norm("people_per_point", _("People per point"), Decimal(2500), _("people"), _GUIDE),
    Norm(
        "people_per_unit",
        _("People per unit"),
        Decimal(700),
        _("people"),
        _("health commission briefing, 13 May 2022: 600 to 800"),
    ),
    Norm(
        "people_per_unit_hour",
        _("People per unit and hour, sustained"),
        Decimal(48),
        _("people an hour"),
        _("four published rounds: 44 to 51, with 95 at a peak"),
    ),
    Norm(
        "people_per_sampler",
        _("People per sampler in 24 hours"),
        Decimal(360),
        _("people"),
        _("national guide to area testing, 3rd edition, March 2022"),
    ),
    Norm(
        "tube_allowance",
        _("Tubes for each full tube, as tubes are not exactly full"),
        Decimal("1.06"),
        _("times"),
        _ESTIMATE,
    ),
    Norm(
        "transport_hours",
        _("From the point to the laboratory, at most"),
        Decimal(2),
        _("hours"),
        _("street notice of Shanghai Hongkou, 2022"),
    ),
    Norm(
        "laboratory_hours",
        _("From reception to the report of a tube"),
        Decimal(6),
        _("hours"),
        _("published times for pooled tubes: 6 to 12"),
    ),
    Norm(
        "ppe_hours",
        _("In protective clothing without relief, at most"),
        Decimal(4),
        _("hours"),
        _("published practice of sampling teams: 4; set your own"),
    ),
    Norm("rest_hours", _("Rest between two duties, at least"), Decimal(8), _("hours"), _ESTIMATE),
    Norm(
        "travel_minutes",
        _("From one place of duty to another, at least"),
        Decimal(30),
        _("minutes"),
        _ESTIMATE,
    ),
    Norm(
        "answer_minutes",
        _("An order is answered within"),
        Decimal(10),
        _("minutes"),
        _ESTIMATE,
    ),
    Norm(
        "team_ahead_minutes",
        _("A point has its team before it opens by"),
        Decimal(30),
        _("minutes"),
        _ESTIMATE,
    ),
    Norm(
        "visit_keep_days",
        _("Names and addresses of home visits are erased after the round is closed by"),
        Decimal(14),
        _("days"),
        _ESTIMATE,
    ),
)


def norms_of(district_id: int) -> dict[str, Norm]:
    """The norms in force in a district by code: published ones, its own settings over them."""
    own = {row.code: row for row in NormSetting.objects.filter(district_id=district_id)}
    return {
        norm.code: replace(norm, value=own[norm.code].value, reason=own[norm.code].reason)
        if norm.code in own
        else norm
        for norm in PUBLISHED
    }
