"""Shapes of what people report as a matter, and of each step after it."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from campaigns.models.campaigns import TAKING_SAMPLES
from core.choices import PlainSelect
from core.scope import Scope
from reporting.alerts.forms.places import IdField, offer_places
from reporting.alerts.forms.words import PlainWords, SentOnce
from reporting.alerts.models import MatterStep
from reporting.alerts.models.matters import Kind, Urgency
from reporting.alerts.services.responsible import Responsible
from sites.models import SamplingPoint


class MatterForm(SentOnce):
    """One matter."""

    kind = forms.ChoiceField(label=_("Kind"), choices=[("", _("choose")), *Kind.choices])
    urgency = forms.ChoiceField(
        label=_("Urgency"), choices=Urgency.choices, widget=forms.RadioSelect, initial="serious"
    )
    place = IdField(label=_("Place"), required=False)
    point = IdField(label=_("Sampling point, if it is about one"), required=False)
    what = PlainWords(
        label=_("What happened"),
        max_length=500,
        rows=3,
        help_text=_("no names, document or telephone numbers of residents"),
    )
    wanted = PlainWords(label=_("What is asked for"), max_length=300, rows=2)
    leader_name = PlainWords(
        label=_("First responsible (leader in charge)"),
        required=False,
        max_length=40,
    )
    leader_post = PlainWords(label=_("Post"), required=False, max_length=40)
    direct_name = PlainWords(
        label=_("Directly responsible (community secretary)"),
        required=False,
        max_length=40,
    )
    direct_post = PlainWords(label=_("Post"), required=False, max_length=40)

    def __init__(self, *args: Any, scope: Scope, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer_places(self, scope)
        points = SamplingPoint.objects.within(scope).filter(round__state__in=TAKING_SAMPLES)
        listed = points.order_by("round_id", "code").values_list("pk", "code", "name")
        choices: list[Any] = [("", _("none"))]
        choices += [(pk, f"{code} {name}") for pk, code, name in listed]
        self.fields["point"].widget = PlainSelect(choices=choices)

    @property
    def responsible(self) -> Responsible:
        """The two persons as typed."""
        return Responsible(**{name: self.cleaned_data.get(name) or "" for name in PEOPLE})


PEOPLE = ("leader_name", "leader_post", "direct_name", "direct_post")


class StepForm(SentOnce):
    """What is done about a matter; the button that was pressed says what."""

    action = forms.ChoiceField(
        choices=[choice for choice in MatterStep.Action.choices if choice[0] != "raise"],
        widget=forms.HiddenInput,
    )
    words = PlainWords(label=_("In a few words"), required=False, max_length=500, rows=2)
    # Somebody held the matter when the page was shown: taking it up then means taking it over.
    over = forms.BooleanField(required=False, widget=forms.HiddenInput)
