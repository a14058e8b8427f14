from reporting.alerts.models.alerts import Alert, AlertStep
from reporting.alerts.models.rules import AlertRule, AlertRun, Severity

__all__ = ["Alert", "AlertRule", "AlertRun", "AlertStep", "Severity"]
