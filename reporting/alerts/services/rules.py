"""Rules of a district: made with their detectors' defaults, changed by a person, kept in audit."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from campaigns.models import Division
from core import audit
from core.inputs import Conflict, Refused
from reporting.alerts.detectors import Detector, detector, detectors
from reporting.alerts.models import AlertRule, Severity

LONGEST_ESCALATION = 1440


def make_missing_rules(*, district_id: int, by: str, at: datetime) -> list[AlertRule]:
    """The rules of a district, one per detector; those not there yet are made with defaults."""
    known = list(AlertRule.objects.filter(district_id=district_id))
    codes = {rule.detector for rule in known}
    missing = [found for found in detectors() if found.code not in codes]
    if not missing:
        return known
    AlertRule.objects.bulk_create(
        [default_rule(found, district_id, by=by, at=at) for found in missing],
        ignore_conflicts=True,
    )
    return list(AlertRule.objects.filter(district_id=district_id))


def default_rule(found: Detector, district_id: int, *, by: str, at: datetime) -> AlertRule:
    """The rule of a detector before anybody changed it; not saved."""
    return AlertRule(
        district_id=district_id,
        detector=found.code,
        threshold=found.default,
        severity=found.severity,
        escalate_after=found.escalate_after,
        changed_at=at,
        changed_by=by,
    )


@transaction.atomic
def change_rule(
    *,
    district: Division,
    code: str,
    threshold: int,
    severity: str,
    escalate_after: int,
    enabled: bool,
    version: int,
    by: str,
    at: datetime,
) -> AlertRule:
    """Change a rule that was read as `version`. Raises Refused, Conflict if it changed meanwhile.

    Alerts that stand keep their urgency until they clear; the next run judges by the new figure.
    """
    found = detector(code)
    if found is None:
        raise Refused("rule_unknown", _("There is no such rule."))
    _refuse_senseless(found, threshold, severity, escalate_after)
    make_missing_rules(district_id=district.pk, by=by, at=at)
    rule = AlertRule.objects.select_for_update().get(district=district, detector=code)
    after = {
        "threshold": threshold,
        "severity": severity,
        "escalate_after": escalate_after,
        "enabled": enabled,
    }
    changed = audit.changes({name: getattr(rule, name) for name in after}, after)
    if not changed:
        return rule  # also where the button was pressed twice
    if rule.version != version:
        raise Conflict(
            "rule_changed",
            _("This rule was changed meanwhile: it is now %(threshold)s. Look again, then save."),
            threshold=rule.threshold,
        )
    for name, value in after.items():
        setattr(rule, name, value)
    rule.version, rule.changed_at, rule.changed_by = rule.version + 1, at, by
    rule.save()
    audit.record(
        by=by,
        at=at,
        act="alert_rule.change",
        object_type="alert_rule",
        object_id=rule.pk,
        district_id=district.pk,
        rule=code,
        changes=changed,
    )
    return rule


def _refuse_senseless(found: Detector, threshold: int, severity: str, escalate_after: int) -> None:
    if not found.minimum <= threshold <= found.maximum:
        raise Refused(
            "threshold_range",
            _("Between %(least)s and %(most)s."),
            least=found.minimum,
            most=found.maximum,
        ).at("threshold")
    if severity not in Severity.values:
        raise Refused("severity_unknown", _("Choose how urgent it is.")).at("severity")
    if not 1 <= escalate_after <= LONGEST_ESCALATION:
        raise Refused("escalation_range", _("An alert escalates after 1 to 1,440 minutes.")).at(
            "escalate_after"
        )
