from reporting.daily.models.forms import (
    FormTimes,
    ReportCheck,
    ReportColumn,
    ReportForm,
    Source,
    Unit,
)
from reporting.daily.models.reports import (
    Cutoff,
    Reason,
    Report,
    ReportCell,
    ReportLine,
    State,
)
from reporting.daily.models.trail import CellChange, ReportStep, ReportVersion, Unlock, VersionCell

__all__ = [
    "CellChange",
    "Cutoff",
    "FormTimes",
    "Reason",
    "Report",
    "ReportCell",
    "ReportCheck",
    "ReportColumn",
    "ReportForm",
    "ReportLine",
    "ReportStep",
    "ReportVersion",
    "Source",
    "State",
    "Unit",
    "Unlock",
    "VersionCell",
]
