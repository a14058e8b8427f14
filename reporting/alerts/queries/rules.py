"""Rules as a district has them: kept rows, and the defaults of those nobody has needed yet."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Max, Q

from campaigns.models import Round
from reporting.alerts.detectors import Detector, detectors
from reporting.alerts.models import Alert, AlertRule
from reporting.alerts.services.rules import default_rule


@dataclass(frozen=True, slots=True)
class RuleRow:
    """A rule with what it did in a round: alerts, the groups they came in, the last time."""

    found: Detector
    rule: AlertRule
    alerts: int
    groups: int
    last: datetime | None


def rules_by_code(district_id: int) -> dict[str, AlertRule]:
    """The kept rules of a district."""
    return {rule.detector: rule for rule in AlertRule.objects.filter(district_id=district_id)}


def rule_of(district_id: int, found: Detector, *, now: datetime) -> AlertRule:
    """The rule as it is, or as it will be made by the first run."""
    kept = AlertRule.objects.filter(district_id=district_id, detector=found.code).first()
    return kept or default_rule(found, district_id, by="", at=now)


def rule_rows(district_id: int, round_: Round | None, *, now: datetime) -> list[RuleRow]:
    """All rules in the order of their detectors; two queries."""
    kept = rules_by_code(district_id)
    fired = Alert.objects.filter(round=round_, district_id=district_id)
    counts = {
        code: (alerts, groups, last)
        for code, alerts, groups, last in fired.values_list("detector")
        .annotate(n=Count("pk"), g=Count("pk", filter=Q(leads=True)), last=Max("raised_at"))
        .order_by()
    }
    return [
        RuleRow(
            found,
            kept.get(found.code) or default_rule(found, district_id, by="", at=now),
            *counts.get(found.code, (0, 0, None)),
        )
        for found in detectors()
    ]
