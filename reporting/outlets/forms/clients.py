"""Shapes of what people type about machine clients; the rules are in the services."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django import forms
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from campaigns.models import Division
from campaigns.models.divisions import Level
from core.forms import NameField, RuleField, WholeNumberField
from core.inputs import Refused, clean_name, clean_note
from core.scope import Scope
from reporting.alerts.forms.words import PlainWords
from reporting.outlets.models import ApiClient
from reporting.outlets.models.clients import MOST_PER_MINUTE, PER_MINUTE
from reporting.outlets.services.clients import Wanted, clean_networks

OVERLAPS = (
    (24, _("for 24 hours")),
    (168, _("for 7 days")),
    (1, _("for one hour")),
    (0, _("not at all: it may have been seen by others")),
)


class ContactField(RuleField):
    """Who answers for the client: an office, a name, a telephone."""

    def apply(self, text: str) -> str:
        return clean_name(text, max_length=120)


class NetworksField(RuleField):
    """Addresses and networks, one a line; empty is an empty text."""

    widget = forms.Textarea

    def apply(self, text: str) -> tuple[str, ...]:
        parts = clean_note(text).replace(",", "\n").replace("，", "\n").split()
        return clean_networks(parts)


class StreetsField(forms.ModelMultipleChoiceField):
    """Streets to tick; one that has ended says so."""

    def label_from_instance(self, street: Division) -> str:
        return _("%(street)s (ended)") % {"street": street} if street.valid_to else str(street)


class ClientForm(forms.Form):
    """What a client is called, what it may read, and where from."""

    name = NameField(
        label=_("Name"), help_text=_("The system that pulls, such as “city reporting centre”.")
    )
    contact = ContactField(
        label=_("Contact"), help_text=_("Who is called when it stands still: office, telephone.")
    )
    may_aggregate = forms.BooleanField(
        label=_("Figures, areas, rounds, points, events"), required=False, initial=True
    )
    may_daily = forms.BooleanField(label=_("Daily numbers"), required=False)
    whole_district = forms.TypedChoiceField(
        label=_("Area"),
        choices=((1, _("the whole district")), (0, _("only the streets ticked here"))),
        coerce=lambda text: text == "1",
        widget=forms.RadioSelect,
        initial=1,
    )
    streets = StreetsField(
        label=_("Streets"),
        queryset=Division.objects.none(),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    addresses = NetworksField(
        label=_("Only from these addresses"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 3, "spellcheck": "false"}),
        help_text=_("One a line, such as 10.1.2.3 or 10.1.0.0/16. Empty: from anywhere."),
    )
    per_minute = WholeNumberField(
        label=_("Requests a minute"), minimum=1, maximum=MOST_PER_MINUTE, initial=PER_MINUTE
    )

    def __init__(
        self,
        *args: Any,
        district: Division,
        scope: Scope,
        client: ApiClient | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        streets = self.fields["streets"]
        assert isinstance(streets, forms.ModelMultipleChoiceField)
        offered = Division.objects.streets().within(scope).filter(district_id=district.pk)
        # A street that has ended stays until somebody takes it away knowingly.
        own = Q(pk__in=client.streets.values("pk")) if client else Q()
        streets.queryset = offered.filter(Q(valid_to__isnull=True) | own).order_by("code")

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if not (cleaned.get("may_aggregate") or cleaned.get("may_daily")):
            self.add_error("may_aggregate", _("A client may read figures, daily numbers, or both."))
        return cleaned


class NewClientForm(ClientForm):
    """A new client also names its district."""

    district = forms.ModelChoiceField(
        label=_("District"), queryset=Division.objects.none(), empty_label=None
    )
    field_order = ("name", "contact", "district")

    def __init__(self, *args: Any, scope: Scope, **kwargs: Any) -> None:
        found = Division.objects.filter(pk__in=sorted(scope.districts)).order_by("code")
        first = found.first()
        if first is None:
            raise Refused("no_district", _("Only the district runs API clients."))
        super().__init__(*args, district=first, scope=scope, **kwargs)
        district, streets = self.fields["district"], self.fields["streets"]
        assert isinstance(district, forms.ModelChoiceField)
        assert isinstance(streets, forms.ModelMultipleChoiceField)
        district.queryset = found
        if len(scope.districts) > 1:
            seen = Division.objects.within(scope).current().filter(level=Level.STREET)
            streets.queryset = seen.order_by("code")
        else:
            district.widget = forms.HiddenInput()
            district.initial = first.pk


class RotateForm(forms.Form):
    """How long the old secret works beside the new one."""

    overlap = forms.TypedChoiceField(
        label=_("The old secret goes on working"), choices=OVERLAPS, coerce=int
    )

    def clean_overlap(self) -> timedelta:
        """The choice as a span of time."""
        return timedelta(hours=self.cleaned_data["overlap"])


class RevokeForm(forms.Form):
    reason = PlainWords(label=_("Why it is revoked"), max_length=200)


class AskPersonsForm(forms.Form):
    reason = PlainWords(label=_("What the rows of people are needed for"), max_length=200)


class DecidePersonsForm(forms.Form):
    decision = forms.ChoiceField(choices=[("grant", _("grant")), ("refuse", _("refuse"))])


def wanted(data: dict[str, Any]) -> Wanted:
    """A valid form's data as the service takes it."""
    return Wanted(
        name=data["name"],
        contact=data["contact"],
        may_aggregate=data["may_aggregate"],
        may_daily=data["may_daily"],
        per_minute=data["per_minute"],
        addresses=tuple(data["addresses"]),
        whole_district=data["whole_district"],
        streets=tuple(data["streets"]),
    )


def initial_of(client: ApiClient) -> dict[str, Any]:
    """What the form of an existing client begins with."""
    return {
        "name": client.name,
        "contact": client.contact,
        "may_aggregate": client.may_aggregate,
        "may_daily": client.may_daily,
        "whole_district": int(client.whole_district),
        "streets": list(client.streets.values_list("pk", flat=True)),
        "addresses": "\n".join(client.addresses),
        "per_minute": client.per_minute,
    }
