"""Reads of the roll-ups, in the caller's scope. Boards and API call these and no others."""

from reporting.progress.figures import (
    Curve,
    ExceptionItem,
    Figures,
    Overview,
    RoundHeader,
    StreetRow,
)
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

__all__ = [
    "Curve",
    "ExceptionItem",
    "Figures",
    "Overview",
    "RoundHeader",
    "StreetRow",
    "areas",
    "current_round",
    "curve",
    "exceptions",
    "overview",
    "pulse_state",
    "recent_pulse_state",
    "series",
    "snapshot_at",
    "visible_rounds",
]
