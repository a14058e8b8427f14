"""Shapes of what people enter about divisions, groups and rounds; the rules are in the services."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from campaigns.models import Campaign, ChecklistItem, Division, Exemption, RiskZone
from campaigns.models.divisions import Level
from core.choices import PlainSelectMultiple
from core.forms import (
    ClientKeyField,
    CodeField,
    LocalDayField,
    LocalMomentField,
    NameField,
    NoteField,
)
from core.forms import WholeNumberField as Count
from core.scope import Scope


class RoundShape(forms.Form):
    """Times, pool size and capacity of a round."""

    name = NameField(label=_("Name of the round"), required=False)
    starts_at = LocalMomentField(label=_("Starts"))
    pool_size = Count(label=_("People per tube"), minimum=1, maximum=30, initial=10)
    open_hours = Count(
        label=_("Hours of sampling"),
        minimum=1,
        maximum=120,
        initial=10,
        help_text=_("hours in which units sample; fewer hours need more units"),
    )
    lab_tubes_per_day = Count(
        label=_("Laboratory capacity, tubes a day"),
        required=False,
        minimum=1,
        help_text=_("what the laboratories have promised, all together"),
    )


class NewRoundForm(RoundShape):
    """A round of a campaign that exists, or of a new one."""

    campaign = forms.ModelChoiceField(
        label=_("Campaign"),
        queryset=Campaign.objects.none(),
        required=False,
        empty_label=_("a new campaign"),
    )
    campaign_name = NameField(label=_("Name of the new campaign"), required=False)
    kind = forms.ChoiceField(label=_("Kind"), choices=Campaign.Kind.choices, required=False)
    trigger = NoteField(
        label=_("What set it off"),
        required=False,
        widget=forms.TextInput,
        help_text=_("for instance one positive case found on 4 April; no names"),
    )
    is_template = forms.BooleanField(
        label=_("Pre-made plan: kept, to be copied and started in one step"), required=False
    )
    client_key = ClientKeyField()
    field_order = ["campaign", "campaign_name", "kind", "trigger", "name", "starts_at"]

    def __init__(self, *args: Any, scope: Scope, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["campaign"]
        assert isinstance(field, forms.ModelChoiceField)
        field.queryset = Campaign.objects.within(scope).order_by("-created_at", "-pk")

    def clean(self) -> dict[str, Any]:
        """A new campaign needs a name."""
        data: dict[str, Any] = super().clean() or {}
        if not data.get("campaign") and not data.get("campaign_name"):
            self.add_error("campaign_name", _("Name the new campaign, or choose one above."))
        return data


class AreaForm(forms.Form):
    """The streets and communities of a round; the page draws the boxes itself."""

    divisions = forms.ModelMultipleChoiceField(
        label=_("Area"), queryset=Division.objects.none(), required=False
    )

    def __init__(self, *args: Any, scope: Scope, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _offer(self, "divisions", scope)

    @property
    def ticked(self) -> set[int]:
        """The boxes as they were sent, whether or not the form is accepted."""
        sent = self["divisions"].value() or []
        return {int(text) for text in sent if text.isascii() and text.isdigit() and len(text) < 10}


class ZoneForm(forms.Form):
    """A risk zone with its divisions and its pool size."""

    kind = forms.ChoiceField(label=_("Kind"), choices=RiskZone.Kind.choices)
    name = NameField(label=_("Name of the zone"))
    pool_size = Count(label=_("People per tube"), minimum=1, maximum=30)
    divisions = forms.ModelMultipleChoiceField(
        label=_("Streets or communities"),
        queryset=Division.objects.none(),
        widget=PlainSelectMultiple,
    )

    def __init__(self, *args: Any, scope: Scope, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _offer(self, "divisions", scope)


class DeadlinesForm(forms.Form):
    """Hours from the start until each level is done."""

    communities = forms.ModelMultipleChoiceField(
        label=_("Key communities"),
        queryset=Division.objects.none(),
        required=False,
        widget=PlainSelectMultiple,
    )
    community_hours = Count(
        label=_("Key communities, hours"), required=False, minimum=1, maximum=720
    )
    street_hours = Count(label=_("Streets, hours"), required=False, minimum=1, maximum=720)
    district_hours = Count(label=_("District, hours"), minimum=1, maximum=720)

    def __init__(self, *args: Any, scope: Scope, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _offer(self, "communities", scope)


def _offer(form: forms.Form, name: str, scope: Scope) -> None:
    field = form.fields[name]
    assert isinstance(field, forms.ModelMultipleChoiceField)
    levels = [Level.STREET, Level.COMMUNITY]
    field.queryset = Division.objects.within(scope).current().filter(level__in=levels)


class ReasonForm(forms.Form):
    """Why; empty where no reason is needed."""

    reason = NoteField(label=_("Reason"), required=False, max_length=200, widget=forms.TextInput)


class FreezeForm(ReasonForm):
    """Why the targets are frozen, needed once the round runs."""

    client_key = ClientKeyField()


class StepForm(ReasonForm):
    """One step of a round: where to, and what that step needs to know."""

    to = forms.ChoiceField(
        choices=[(name, name) for name in ("draft", "ready", "running", "closing", "closed")]
    )
    late_data_until = LocalMomentField(label=_("Late data is taken until"), required=False)
    backlog_seen = forms.CharField(required=False, max_length=32)


class ExtendForm(forms.Form):
    """A later end, with the reason."""

    to_end = LocalMomentField(label=_("New planned end"))
    reason = NoteField(label=_("Reason"), max_length=200, widget=forms.TextInput)


class CopyForm(forms.Form):
    """A new start for a copy of a round."""

    name = NameField(label=_("Name"), required=False)
    starts_at = LocalMomentField(label=_("Starts"))
    with_points = forms.BooleanField(
        label=_("Copy its points and units too"), required=False, initial=True
    )
    is_template = forms.BooleanField(label=_("Keep it as a pre-made plan"), required=False)
    client_key = ClientKeyField()


class ItemForm(forms.Form):
    """An item of a checklist."""

    phase = forms.ChoiceField(label=_("Phase"), choices=ChecklistItem.Phase.choices)
    title = NameField(label=_("What is to be done"))
    owner = NameField(label=_("Owner"), required=False)
    due_at = LocalMomentField(label=_("Due"), required=False)


class SettleForm(ReasonForm):
    """Done, waived with a reason, or open again."""

    how = forms.ChoiceField(choices=[(name, name) for name in ("done", "waive", "reopen")])


class DivisionForm(forms.Form):
    """A division to be added or changed."""

    level = forms.ChoiceField(label=_("Level"), choices=Level.choices, required=False)
    code = CodeField(label=_("Code"), max_length=24)
    name = NameField(label=_("Name"))
    name_en = NameField(label=_("English name"), required=False)
    population = Count(label=_("Population"), required=False, maximum=99_999_999)
    population_is_estimate = forms.BooleanField(label=_("an estimate"), required=False)


class ReplaceForm(forms.Form):
    """The successor of a division, and from which day."""

    code = CodeField(label=_("New code"), max_length=24)
    name = NameField(label=_("New name"))
    day = LocalDayField(label=_("From the day"), help_text=_("such as 2021-11-04"))


class GroupForm(forms.Form):
    """A population group."""

    code = CodeField(label=_("Code"), max_length=24, help_text=_("short, Latin letters"))
    name = NameField(label=_("Name"))
    name_en = NameField(label=_("English name"), required=False)
    pool_size = Count(
        label=_("People per tube"),
        required=False,
        minimum=1,
        maximum=30,
        help_text=_("empty: as the round or the zone says"),
    )
    needs_knock = forms.BooleanField(label=_("knock at the door"), required=False)
    at_home = forms.BooleanField(label=_("sampled at home"), required=False)


class AgeRuleForm(forms.Form):
    """The age below which people are exempt."""

    under_age = Count(
        label=_("Exempt people younger than, years"),
        required=False,
        maximum=18,
        help_text=_("empty: no age is exempt; notices say two, three or six"),
    )


class GroupRuleForm(forms.Form):
    """Whether and why a group is exempt."""

    reason = forms.ChoiceField(
        label=_("Reason"),
        required=False,
        choices=[("", _("not exempt")), *Exemption.Reason.choices],
    )


class NormForm(forms.Form):
    """A planning norm that this district sets itself."""

    value = forms.DecimalField(
        label=_("Value"), min_value=Decimal("0.001"), max_digits=9, decimal_places=3
    )
    reason = NoteField(label=_("Reason"), max_length=200, widget=forms.TextInput)
