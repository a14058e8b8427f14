"""Shapes of what people note in the activity log."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from core.forms import LocalMomentField
from core.scope import Scope
from reporting.alerts.forms.places import IdField, offer_places
from reporting.alerts.forms.words import PlainWords, SentOnce
from reporting.alerts.models.log import Phrase


class EntryForm(SentOnce):
    """One line: a phrase, words, or both."""

    phrase = forms.ChoiceField(
        label=_("Quick phrase"), required=False, choices=[("", _("none")), *Phrase.choices]
    )
    text = PlainWords(label=_("What happened"), required=False, max_length=500)
    happened_at = LocalMomentField(label=_("When, if not now"), required=False)
    place = IdField(label=_("Place"), required=False)

    def __init__(self, *args: Any, scope: Scope, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer_places(self, scope, levels=("district", "street"))
        # Where the key L leads.
        self.fields["text"].widget.attrs["data-log-line"] = True


class AmendForm(SentOnce):
    """What an entry got wrong or left out."""

    text = PlainWords(label=_("What is corrected or added"), max_length=500, rows=2)


class EventForm(forms.Form):
    """An entry's title among the major events."""

    title = PlainWords(label=_("Title"), max_length=120)


class WithdrawForm(forms.Form):
    """Why an entry is no major event after all."""

    reason = PlainWords(label=_("Why it is taken off"), max_length=200)
