"""All resources of the export, in the order in which they are documented."""

from __future__ import annotations

from reporting.outlets.api.field import POINTS, SHIFTS, UNITS, VEHICLES
from reporting.outlets.api.plan import CAMPAIGNS, DIVISIONS, ROUNDS, TARGETS
from reporting.outlets.api.resources import Resource
from reporting.outlets.api.work import ALERTS, EVENTS, REPORTS, SERIES, SITUATIONS

RESOURCES: tuple[Resource, ...] = (
    DIVISIONS, CAMPAIGNS, ROUNDS, TARGETS, POINTS, UNITS, SHIFTS, VEHICLES, SERIES, REPORTS,
    ALERTS, EVENTS, SITUATIONS,
)  # fmt: skip
