"""A cut as a FHIR R4 MeasureReport: a summary, counts alone, streets as strata of each group."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from core.clock import local
from reporting.outlets.indicators import INDICATORS, Indicator, Measure
from reporting.outlets.queries.cut import AreaCut, Cut, Number

MEASURE = "urn:jinjian:measure:round"
INDICATOR = "urn:jinjian:indicator"
DIVISION = "urn:jinjian:division"
ROUND = "urn:jinjian:round"
POPULATION = "http://terminology.hl7.org/CodeSystem/measure-population"
UCUM = "http://unitsofmeasure.org"
# Shares of two counts: key -> (numerator, denominator).
SHARES = {"coverage_percent": ("persons", "target")}


def measure_report(cut: Cut) -> dict[str, Any]:
    """The resource. The subject is the area, named by its code; nobody is in it."""
    as_of = _instant(cut.as_of)
    return {
        "resourceType": "MeasureReport",
        "identifier": [{"system": ROUND, "value": f"{cut.round.id}@{as_of}"}],
        "status": "complete",
        "type": "summary",
        "measure": MEASURE,
        "subject": {
            "identifier": {"system": DIVISION, "value": cut.area.code},
            "display": cut.area.name,
        },
        "date": as_of,
        "reporter": {
            "identifier": {"system": DIVISION, "value": cut.round.district_code},
            "display": cut.round.district_name,
        },
        "period": {
            "start": _instant(min(cut.round.starts_at, cut.as_of)),
            "end": as_of,
        },
        "group": [
            group for each in INDICATORS.values() if (group := _group(cut, each)) is not None
        ],
    }


def _group(cut: Cut, indicator: Indicator) -> dict[str, Any] | None:
    """One indicator; None where it is known of no area."""
    own = _counts(cut.area, indicator)
    strata = [
        {"value": _named(DIVISION, street.code, street.name)} | counts
        for street in cut.streets
        if (counts := _counts(street, indicator)) is not None
    ]
    if own is None:
        return None
    group: dict[str, Any] = {"code": _named(INDICATOR, indicator.key, str(indicator.name))} | own
    if strata:
        group["stratifier"] = [{"code": [{"text": "street"}], "stratum": strata}]
    return group


def _counts(area: AreaCut, indicator: Indicator) -> dict[str, Any] | None:
    value = area.values[indicator.key]
    if value is None:
        return None
    if indicator.key in SHARES:
        above, below = SHARES[indicator.key]
        return {
            "population": [
                _population("numerator", area.values[above]),
                _population("denominator", area.values[below]),
            ],
            "measureScore": _quantity(value, indicator),
        }
    if isinstance(value, int):
        return {"population": [_population("initial-population", value)]}
    return {"measureScore": _quantity(value, indicator)}


def _population(code: str, count: Number) -> dict[str, Any]:
    population: dict[str, Any] = {"code": {"coding": [{"system": POPULATION, "code": code}]}}
    return population if count is None else population | {"count": int(count)}


def _quantity(value: int | Decimal, indicator: Indicator) -> dict[str, Any]:
    quantity: dict[str, Any] = {"value": float(value), "unit": str(indicator.measure)}
    if indicator.measure == Measure.PERCENT:
        quantity |= {"unit": "%", "system": UCUM, "code": "%"}
    return quantity


def _named(system: str, code: str, text: str) -> dict[str, Any]:
    return {"coding": [{"system": system, "code": code}], "text": text}


def _instant(moment: Any) -> str:
    return str(local(moment).isoformat(timespec="seconds"))
