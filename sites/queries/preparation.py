"""How far a point is prepared: its areas, its checklist, and what is missing in words (S032)."""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from sites.models import PointArea, PointCheck, SamplingPoint, SamplingUnit
from sites.models.points import Channel

AREAS: dict[str, int] = {
    PointArea.Kind.TEMPERATURE: 1,
    PointArea.Kind.WAITING: 1,
    PointArea.Kind.REGISTRATION: 2,
    PointArea.Kind.SAMPLING: 2,
    PointArea.Kind.BUFFER: 1,
    PointArea.Kind.ISOLATION: 1,
    PointArea.Kind.SPECIMEN: 1,
    PointArea.Kind.WASTE: 1,
}
"""Areas of a point and how many of each, as a town drilled it: the template of a new point."""


@dataclass(frozen=True)
class Check:
    """One line of the opening checklist; `only_with` names the channel that makes it apply."""

    code: str
    words: str | Promise
    missing: str | Promise
    only_with: str = ""


CHECKS: tuple[Check, ...] = (
    Check(
        "queue_room",
        _("A queue of 200 people fits, away from restaurants and traffic"),
        _("room for a queue of 200"),
    ),
    Check("one_way", _("One-way flow, with a way in and another way out"), _("one-way flow")),
    Check("one_metre", _("One-metre line marked on the ground"), _("one-metre line")),
    Check(
        "three_metres",
        _("At least 3 m between sampling positions"),
        _("3 m between sampling positions"),
    ),
    Check("power_light", _("Power and light, also after dark"), _("power and light")),
    Check(
        "network",
        _("Network, or a telephone tested for working offline"),
        _("network or offline telephone"),
    ),
    Check("bins_racks", _("Waste bins, tube racks and sanitiser in place"), _("bins and racks")),
    Check("desk_numbers", _("Desk numbers up and visible from the queue"), _("desk numbers")),
    Check(
        "yellow_apart",
        _("Yellow-code desk apart, with a way in of its own"),
        _("yellow-code desk apart"),
        only_with=Channel.YELLOW,
    ),
)


@dataclass(frozen=True)
class AreaLine:
    kind: str
    required: int
    ready: int

    @property
    def word(self) -> str:
        return str(PointArea.Kind(self.kind).label)

    @property
    def is_met(self) -> bool:
        return self.ready >= self.required


@dataclass(frozen=True)
class CheckLine:
    check: Check
    met_at: datetime | None
    met_by: str

    @property
    def is_met(self) -> bool:
        return self.met_at is not None


@dataclass(frozen=True)
class Preparation:
    """What a point has of what it needs before it opens."""

    areas: list[AreaLine]
    checks: list[CheckLine]
    has_lead: bool
    units: int

    @property
    def missing(self) -> list[str]:
        """What keeps the point from opening, each in words."""
        gaps = [] if self.units else [gettext("a unit")]
        gaps += [] if self.has_lead else [gettext("the name of the head of the point")]
        gaps += [
            gettext("%(area)s: %(ready)s of %(required)s")
            % {"area": line.word, "ready": line.ready, "required": line.required}
            for line in self.areas
            if not line.is_met
        ]
        return gaps + [str(line.check.missing) for line in self.checks if not line.is_met]

    @property
    def areas_met(self) -> int:
        return sum(line.is_met for line in self.areas)

    @property
    def checks_met(self) -> int:
        """Lines of the checklist that are met, the named head among them."""
        return self.has_lead + sum(line.is_met for line in self.checks)

    @property
    def checks_total(self) -> int:
        return 1 + len(self.checks)

    @property
    def total(self) -> int:
        return 2 + len(self.areas) + len(self.checks)

    @property
    def met(self) -> int:
        return bool(self.units) + self.areas_met + self.checks_met

    @property
    def is_ready(self) -> bool:
        return self.met == self.total


Units = Mapping[int, Mapping[str, int]]
"""How many units of each channel a point has, by the point's id."""


def preparation_of(
    points: Sequence[SamplingPoint], units: Units | None = None
) -> dict[int, Preparation]:
    """The preparation of each point, by its id; three queries whatever their number.

    `units` is for a caller who has counted them already.
    """
    ids = [point.pk for point in points]
    areas = _grouped(
        PointArea.objects.filter(point__in=ids).values_list(
            "point_id", "kind", "required", "ready", named=True
        )
    )
    checks = _grouped(
        PointCheck.objects.filter(point__in=ids).values_list(
            "point_id", "code", "met_at", "met_by", named=True
        )
    )
    units = units_of(ids) if units is None else units
    return {
        point.pk: Preparation(
            areas=_areas(areas.get(point.pk, [])),
            checks=_checks(checks.get(point.pk, []), units.get(point.pk, {})),
            has_lead=bool(point.lead_name),
            units=sum(units.get(point.pk, {}).values()),
        )
        for point in points
    }


def units_of(point_ids: Iterable[int]) -> Units:
    """The units of these points, counted by channel."""
    rows = SamplingUnit.objects.filter(point__in=point_ids).order_by()
    found: dict[int, dict[str, int]] = {}
    for point_id, channel, count in rows.values_list("point_id", "channel").annotate(Count("pk")):
        found.setdefault(point_id, {})[channel] = count
    return found


def _grouped(rows: Iterable[Any]) -> dict[int, list[Any]]:
    grouped: dict[int, list[Any]] = {}
    for row in rows:
        grouped.setdefault(row.point_id, []).append(row)
    return grouped


def _areas(rows: Iterable[Any]) -> list[AreaLine]:
    """The template's areas; what the point says of one stands instead of the template."""
    own = {row.kind: row for row in rows}
    return [
        AreaLine(
            kind=str(kind),
            required=own[kind].required if kind in own else usual,
            ready=own[kind].ready if kind in own else 0,
        )
        for kind, usual in AREAS.items()
    ]


def _checks(rows: Iterable[Any], channels: Container[str]) -> list[CheckLine]:
    own = {row.code: row for row in rows}
    return [
        CheckLine(
            check=check,
            met_at=own[check.code].met_at if check.code in own else None,
            met_by=own[check.code].met_by if check.code in own else "",
        )
        for check in CHECKS
        if not check.only_with or check.only_with in channels
    ]
