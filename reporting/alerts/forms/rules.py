"""The figures of a rule."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from core.forms import WholeNumberField
from reporting.alerts.detectors import Detector
from reporting.alerts.models import AlertRule, Severity
from reporting.alerts.services.rules import LONGEST_ESCALATION


class RuleForm(forms.Form):
    """Threshold, urgency, time to escalation, and whether the rule is watched at all."""

    threshold = WholeNumberField(label=_("Threshold"))
    severity = forms.ChoiceField(label=_("Urgency"), choices=Severity.choices)
    escalate_after = WholeNumberField(
        label=_("Escalates after (minutes without anybody on it)"),
        minimum=1,
        maximum=LONGEST_ESCALATION,
    )
    enabled = forms.BooleanField(label=_("watch for this"), required=False)
    version = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, found: Detector, rule: AlertRule, **kwargs: Any) -> None:
        names = ("threshold", "severity", "escalate_after", "enabled", "version")
        kwargs.setdefault("initial", {name: getattr(rule, name) for name in names})
        super().__init__(*args, **kwargs)
        threshold: Any = self.fields["threshold"]
        threshold.minimum, threshold.maximum = found.minimum, found.maximum
        threshold.label = found.question
        threshold.help_text = gettext("between %(least)s and %(most)s; usually %(usual)s") % {
            "least": found.minimum,
            "most": found.maximum,
            "usual": found.default,
        }
