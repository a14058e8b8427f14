"""A cut as a DHIS2 data value set (JSON), by codes on both sides.

The period is the local day of the cut and the attribute option combination is the round, because a
round is not a day. What the house does not know is left out and never sent as nought.
"""

from __future__ import annotations

from typing import Any

from core.clock import local
from reporting.outlets.indicators import INDICATORS
from reporting.outlets.queries.cut import AreaCut, Cut

DATA_SET = "JINJIAN_ROUND"
STORED_BY = "jinjian"


def data_value_set(cut: Cut) -> dict[str, Any]:
    """The document for `POST /api/dataValueSets?dataElementIdScheme=CODE&orgUnitIdScheme=CODE`."""
    day = local(cut.as_of)
    return {
        "dataSet": DATA_SET,
        "completeDate": day.date().isoformat(),
        "period": day.strftime("%Y%m%d"),
        "orgUnit": cut.area.code,
        "attributeOptionCombo": round_code(cut),
        "dataValues": [value for area in (cut.area, *cut.streets) for value in _values(cut, area)],
    }


def round_code(cut: Cut) -> str:
    """The round as a code: unique in an installation."""
    return f"ROUND_{cut.round.id}"


def known(area: AreaCut) -> dict[str, str]:
    """The figures of an area that are known, in the order of the contract, as plain numbers."""
    return {
        key: format(value, "f") if not isinstance(value, int) else str(value)
        for key in INDICATORS
        if (value := area.values[key]) is not None
    }


def _values(cut: Cut, area: AreaCut) -> list[dict[str, Any]]:
    at = local(cut.known_at or cut.as_of)
    when = at.isoformat(timespec="milliseconds")
    return [
        {
            "dataElement": key,
            "period": local(cut.as_of).strftime("%Y%m%d"),
            "orgUnit": area.code,
            "attributeOptionCombo": round_code(cut),
            "value": value,
            "storedBy": STORED_BY,
            "created": when,
            "lastUpdated": when,
            "followup": False,
        }
        for key, value in known(area).items()
    ]
