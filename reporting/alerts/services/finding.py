"""Which conditions stand at an instant, by all rules of a district, inhibition included."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.db import transaction

from campaigns.models import Round
from reporting.alerts.detectors import Ask, Condition, detector
from reporting.alerts.models import AlertRule

logger = logging.getLogger(__name__)

Key = tuple[int, str, int]
"""Rule, kind and id of the subject: what one alert stands for."""


@dataclass(frozen=True, slots=True)
class Found:
    """A condition with the rule that found it."""

    rule: AlertRule
    condition: Condition

    @property
    def key(self) -> Key:
        return self.rule.pk, self.condition.subject_kind, self.condition.subject_id


@dataclass(slots=True)
class Findings:
    """What stands at an instant. `unjudged`: rules that could not be run, by detector."""

    found: dict[Key, Found] = field(default_factory=dict)
    unjudged: dict[str, int] = field(default_factory=dict)


def conditions_now(round_: Round, rules: Iterable[AlertRule], at: datetime) -> Findings:
    """All conditions at `at`. A detector that fails leaves the others alone, and is named."""
    findings = Findings()
    for rule in rules:
        known = detector(rule.detector)
        if known is None or not rule.enabled:
            continue
        try:
            # A savepoint: a statement that fails must not take the other rules with it.
            with transaction.atomic():
                ask = Ask(round_, at, at, rule.threshold)
                conditions = list(known.watch(ask)(at))
        except Exception:
            logger.exception("alert rule could not be run", extra={"detector": rule.detector})
            findings.unjudged[rule.detector] = rule.pk
            continue
        for condition in conditions:
            one = Found(rule, condition)
            findings.found[one.key] = one
    return findings


def explained(conditions: Mapping[str, Sequence[Condition]]) -> set[tuple[str, int | None]]:
    """(detector, street) whose conditions are explained by another one of the same street."""
    hidden: set[tuple[str, int | None]] = set()
    for code, found in conditions.items():
        known = detector(code)
        if known is not None and known.inhibits:
            streets = {condition.street_id for condition in found}
            hidden |= {(other, street) for other in known.inhibits for street in streets}
    return hidden
