"""Shapes of a request for an exception, and of each word on it."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from core.scope import Scope
from reporting.alerts.forms.places import IdField, offer_places
from reporting.alerts.forms.words import PlainWords, SentOnce
from reporting.alerts.models import ExceptionRequest, RequestStep


class AskForm(SentOnce):
    """One request."""

    place = IdField(label=_("Community"), required=False)
    kind = forms.ChoiceField(
        label=_("What is asked for"), choices=[("", _("choose")), *ExceptionRequest.Kind.choices]
    )
    subject = PlainWords(
        label=_("Who or what it is about"),
        max_length=200,
        help_text=_("in words such as “a household of two, building 7”; no names or numbers"),
    )
    why = PlainWords(label=_("Why the rules do not fit"), max_length=500, rows=3)

    def __init__(self, *args: Any, scope: Scope, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer_places(self, scope, levels=("community",))


class WordForm(forms.Form):
    """One hand's word; the button that was pressed says which."""

    action = forms.ChoiceField(
        choices=[choice for choice in RequestStep.Action.choices if choice[0] != "ask"],
        widget=forms.HiddenInput,
    )
    reason = PlainWords(label=_("Reason"), max_length=500, rows=2)
