from reporting.outlets.models.changes import Change, Feed
from reporting.outlets.models.clients import ApiClient, ClientPace, PersonsGrant, Pull
from reporting.outlets.models.deliveries import (
    Delivery,
    DeliveryAttempt,
    DeliveryState,
    Endpoint,
)
from reporting.outlets.models.exports import UNFINISHED, ExportJob, ExportPart, ExportState
from reporting.outlets.models.situation import (
    SituationFile,
    SituationOverride,
    SituationReport,
    SituationSchedule,
    SituationState,
    SituationStatement,
    SituationStep,
    SituationText,
)
from reporting.outlets.models.upward import (
    UNSENT,
    Outlet,
    OutletRun,
    RunFile,
    RunState,
    RunStep,
    Superior,
)
from reporting.outlets.models.workbooks import EntryText, Workbook, WorkbookEntry

__all__ = [
    "UNFINISHED",
    "UNSENT",
    "ApiClient",
    "Change",
    "ClientPace",
    "Delivery",
    "DeliveryAttempt",
    "DeliveryState",
    "Endpoint",
    "EntryText",
    "ExportJob",
    "ExportPart",
    "ExportState",
    "Feed",
    "Outlet",
    "OutletRun",
    "PersonsGrant",
    "Pull",
    "RunFile",
    "RunState",
    "RunStep",
    "SituationFile",
    "SituationOverride",
    "SituationReport",
    "SituationSchedule",
    "SituationState",
    "SituationStatement",
    "SituationStep",
    "SituationText",
    "Superior",
    "Workbook",
    "WorkbookEntry",
]
