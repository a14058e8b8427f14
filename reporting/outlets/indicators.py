"""The figures that leave the house: key, name, unit of count and where each comes from.

One list for every outlet (API, data-value sets, situation reports, the superior's own workbook),
so that a figure has one name wherever it is read. The keys are part of the contract: they are
added to, never renamed.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class Measure(StrEnum):
    """Units of count; two of them are never added to each other."""

    PERSONS = "persons"
    PERSON_TIMES = "person-times"
    TUBES = "tubes"
    POINTS = "points"
    UNITS = "units"
    VEHICLES = "vehicles"
    REPORTS = "reports"
    ALERTS = "alerts"
    PERCENT = "percent"
    PERSONS_PER_TUBE = "persons per tube"
    PERSONS_PER_HOUR = "persons per hour"


MEASURES: dict[Measure, Promise] = {
    Measure.PERSONS: pgettext_lazy("unit of count", "persons"),
    Measure.PERSON_TIMES: pgettext_lazy("unit of count", "person-times"),
    Measure.TUBES: pgettext_lazy("unit of count", "tubes"),
    Measure.POINTS: pgettext_lazy("unit of count", "points"),
    Measure.UNITS: pgettext_lazy("unit of count", "sampling units"),
    Measure.VEHICLES: pgettext_lazy("unit of count", "vehicles"),
    Measure.REPORTS: pgettext_lazy("unit of count", "reports"),
    Measure.ALERTS: pgettext_lazy("unit of count", "alerts"),
    Measure.PERCENT: pgettext_lazy("unit of count", "%"),
    Measure.PERSONS_PER_TUBE: pgettext_lazy("unit of count", "persons per tube"),
    Measure.PERSONS_PER_HOUR: pgettext_lazy("unit of count", "persons per hour"),
}


class Source(StrEnum):
    """Which room of the house knows a figure."""

    TARGETS = "targets"
    SCAN = "scan"
    TALLY = "tally"
    SITES = "sites"
    ROSTER = "roster"
    LOGISTICS = "logistics"
    REPORTS = "reports"
    ALERTS = "alerts"
    LABORATORY = "laboratory"


SOURCES: dict[Source, Promise] = {
    Source.TARGETS: _("the round's frozen targets"),
    Source.SCAN: _("people scanned at sampling units"),
    Source.TALLY: _("quarter hours counted on paper"),
    Source.SITES: _("what points and units noted"),
    Source.ROSTER: _("duty rosters and attendance"),
    Source.LOGISTICS: _("vehicles, trips and home visits"),
    Source.REPORTS: _("the streets' own reports"),
    Source.ALERTS: _("alerts"),
    Source.LABORATORY: _("laboratories"),
}


@dataclass(frozen=True, slots=True)
class Indicator:
    """One figure. `summed`: the district's figure is exactly the sum of its streets'; of the
    others the whole has some of its own (vehicles, alerts, people whose home lies in no street of
    the round), or a sum says nothing (shares).
    """

    key: str
    name: Promise
    measure: Measure
    source: Source
    summed: bool = True

    @property
    def unit(self) -> Promise:
        """The unit of count in the reader's language."""
        return MEASURES[self.measure]


M, S = Measure, Source
_ALL = (
    Indicator("target", _("people to be tested"), M.PERSONS, S.TARGETS),
    Indicator("exempt", _("exempt people"), M.PERSONS, S.TARGETS),
    Indicator("persons", _("people sampled, of the target"), M.PERSONS, S.SCAN),
    Indicator("everybody", _("people sampled, all"), M.PERSONS, S.SCAN, summed=False),
    Indicator("exempt_persons", _("exempt people who came"), M.PERSONS, S.SCAN),
    Indicator("outside_persons", _("people of other areas"), M.PERSONS, S.SCAN, summed=False),
    Indicator("off_register_persons", _("people not on the register"), M.PERSONS, S.SCAN),
    Indicator("accepted_reasons", _("people with an accepted reason"), M.PERSONS, S.TARGETS),
    Indicator("remaining", _("people not yet sampled"), M.PERSONS, S.SCAN),
    Indicator("coverage_percent", _("coverage"), M.PERCENT, S.SCAN, summed=False),
    Indicator("closure_percent", _("sampled or explained"), M.PERCENT, S.SCAN, summed=False),
    Indicator("swabs", _("swabs"), M.PERSON_TIMES, S.SCAN),
    Indicator("off_register_swabs", _("swabs of people not on the register"), M.PERSON_TIMES,
              S.SCAN),
    Indicator("voided", _("void swabs"), M.PERSON_TIMES, S.SCAN),
    Indicator("tubes", _("tubes"), M.TUBES, S.SCAN),
    Indicator("sealed", _("tubes closed"), M.TUBES, S.SCAN),
    Indicator("people_per_tube", _("people per tube"), M.PERSONS_PER_TUBE, S.SCAN, summed=False),
    Indicator("tallied", _("swabs counted on paper"), M.PERSON_TIMES, S.TALLY),
    Indicator("tallied_tubes", _("tubes counted on paper"), M.TUBES, S.TALLY),
    Indicator("rate_per_hour", _("sampling rate"), M.PERSONS_PER_HOUR, S.SCAN, summed=False),
    Indicator("tubes_delivered", _("tubes received by laboratories"), M.TUBES, S.LABORATORY),
    Indicator("tubes_tested", _("tubes tested"), M.TUBES, S.LABORATORY),
    Indicator("results_out", _("tubes with a result"), M.TUBES, S.LABORATORY),
    Indicator("points_total", _("sampling points"), M.POINTS, S.SITES),
    Indicator("points_open", _("sampling points open"), M.POINTS, S.SITES),
    Indicator("units_total", _("sampling units"), M.UNITS, S.SITES),
    Indicator("units_open", _("sampling units open"), M.UNITS, S.SITES),
    Indicator("visits_asked", _("home visits asked for"), M.PERSONS, S.LOGISTICS),
    Indicator("visits_done", _("home visits done"), M.PERSONS, S.LOGISTICS),
    Indicator("visits_open", _("home visits still to be made"), M.PERSONS, S.LOGISTICS),
    Indicator("staff_needed", _("people needed on duty"), M.PERSONS, S.ROSTER),
    Indicator("staff_booked", _("people booked"), M.PERSONS, S.ROSTER),
    Indicator("staff_present", _("people on site"), M.PERSONS, S.ROSTER),
    Indicator("staff_missing", _("people missing"), M.PERSONS, S.ROSTER),
    Indicator("vehicles_listed", _("vehicles"), M.VEHICLES, S.LOGISTICS, summed=False),
    Indicator("vehicles_engaged", _("vehicles that drove for the round"), M.VEHICLES, S.LOGISTICS,
              summed=False),
    Indicator("reports_due", _("reports due"), M.REPORTS, S.REPORTS),
    Indicator("reports_received", _("reports received"), M.REPORTS, S.REPORTS),
    Indicator("reports_missing", _("reports missing"), M.REPORTS, S.REPORTS),
    Indicator("alerts_open", _("alerts that stand"), M.ALERTS, S.ALERTS, summed=False),
)  # fmt: skip
INDICATORS: dict[str, Indicator] = {each.key: each for each in _ALL}
