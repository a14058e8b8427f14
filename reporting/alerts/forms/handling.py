"""What a person says when taking an alert on, putting it aside, or closing it."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from reporting.alerts.forms.words import PlainWords

WORDS_LIMIT = 200
Choices = list[tuple[int, str | Promise]]

SOON: Choices = [
    (15, _("15 minutes")),
    (30, _("30 minutes")),
    (60, _("1 hour")),
    (120, _("2 hours")),
    (240, _("4 hours")),
]
LATER: Choices = [
    (30, _("30 minutes")),
    (60, _("1 hour")),
    (120, _("2 hours")),
    (240, _("4 hours")),
    (480, _("8 hours")),
]


class AlertForm(forms.Form):
    """One alert, or its whole group."""

    whole_group = forms.BooleanField(
        label=_("for all of this kind in the street, also those to come"), required=False
    )

    def given(self, now: datetime) -> dict[str, Any]:
        """What the service takes; minutes become an instant."""
        data = dict(self.cleaned_data)
        minutes = data.pop("minutes", None)
        if minutes is not None:
            data[self.instant] = now + timedelta(minutes=minutes)
        return data

    instant = ""


class AcknowledgeForm(AlertForm):
    """Who takes an alert on says what will be done, and by when."""

    instant = "due_at"
    action = PlainWords(label=_("What you will do"), max_length=WORDS_LIMIT)
    minutes = forms.TypedChoiceField(label=_("Done within"), choices=SOON, coerce=int, initial=30)
    # Sent by a page that said who sees to the alert, and whose button says so too.
    over = forms.BooleanField(required=False, widget=forms.HiddenInput)
    field_order = ("action", "minutes", "whole_group")


class SnoozeForm(AlertForm):
    """Who puts an alert aside says why, and until when."""

    instant = "until"
    reason = PlainWords(label=_("Why it can wait"), max_length=WORDS_LIMIT)
    minutes = forms.TypedChoiceField(
        label=_("Comes back after"), choices=LATER, coerce=int, initial=60
    )
    field_order = ("reason", "minutes", "whole_group")


class CloseForm(AlertForm):
    """Who closes an alert whose condition lasts says why. One that comes later is raised anew."""

    whole_group = forms.BooleanField(
        label=_("for all of this kind in the street that stand now"), required=False
    )
    reason = PlainWords(label=_("Why it is closed though it lasts"), max_length=WORDS_LIMIT)
    field_order = ("reason", "whole_group")
