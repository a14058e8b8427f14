from reporting.alerts.models.alerts import Alert, AlertStep
from reporting.alerts.models.log import EventMark, LogEntry
from reporting.alerts.models.matters import Matter, MatterStep
from reporting.alerts.models.requests import ExceptionRequest, RequestStep
from reporting.alerts.models.rules import AlertRule, AlertRun, Severity

__all__ = [
    "Alert",
    "AlertRule",
    "AlertRun",
    "AlertStep",
    "EventMark",
    "ExceptionRequest",
    "LogEntry",
    "Matter",
    "MatterStep",
    "RequestStep",
    "Severity",
]
