"""Reads of the roll-ups, in the caller's scope. Boards and API call these and no others."""

from reporting.progress.figures import (
    Curve,
    ExceptionItem,
    Figures,
    Overview,
    RoundHeader,
    StreetRow,
)
from reporting.progress.queries.communities import CommunityMap, community_map
from reporting.progress.queries.curve import curve
from reporting.progress.queries.exceptions import exceptions
from reporting.progress.queries.overview import overview
from reporting.progress.queries.series import areas, series
from reporting.progress.queries.state import (
    current_round,
    pulse_state,
    recent_pulse_state,
    snapshot_at,
    visible_rounds,
)
from reporting.progress.queries.street import (
    CommunityRow,
    PointRow,
    StreetDetail,
    UnitRow,
    narrowed,
    street_detail,
)

__all__ = [
    "CommunityMap",
    "CommunityRow",
    "Curve",
    "ExceptionItem",
    "Figures",
    "Overview",
    "PointRow",
    "RoundHeader",
    "StreetDetail",
    "StreetRow",
    "UnitRow",
    "areas",
    "community_map",
    "current_round",
    "curve",
    "exceptions",
    "narrowed",
    "overview",
    "pulse_state",
    "recent_pulse_state",
    "series",
    "snapshot_at",
    "street_detail",
    "visible_rounds",
]
