"""What people enter about visits: shape and kind words; the rules are in the services."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from campaigns.models import Division, Resident
from campaigns.models.divisions import Level
from campaigns.register_import import DOCUMENT_NAMES
from core.choices import PlainSelect, Ready
from core.forms import ClientKeyField, LocalMomentField, PhoneField
from core.inputs import NO_DOCUMENT, RESIDENT, Refused, id_document
from core.scope import Scope
from logistics.models import Vehicle, Visit, VisitState
from logistics.services.visit_cars import Ride
from logistics.services.visit_opening import OpenReason
from logistics.services.visit_requests import Ask
from logistics.services.visits import OUTCOMES, TRANSITIONS
from personnel.models import StaffMember
from sites.forms.fields import ShortName, ShortNote
from sites.models import SamplingPoint
from sites.models.points import State

_QUIET = {"autocomplete": "off", "spellcheck": "false"}


class AskForm(forms.Form):
    """Who cannot come, why, and when somebody is there. Without a resident the name is typed."""

    client_key = ClientKeyField()
    resident = forms.UUIDField(widget=forms.HiddenInput, required=False)
    community = forms.ModelChoiceField(
        label=_("Community"), queryset=Division.objects.none(), required=False, widget=PlainSelect
    )
    name = ShortName(
        label=pgettext_lazy("person", "Name"),
        max_length=40,
        required=False,
        widget=forms.TextInput(_QUIET),
    )
    id_type = forms.ChoiceField(
        label=_("Document"),
        choices=[choice for choice in DOCUMENT_NAMES if choice[0] != NO_DOCUMENT],
        required=False,
        initial=RESIDENT,
    )
    number = forms.CharField(
        label=_("Number, if known"),
        help_text=_("so that one person is not asked for twice; it is not kept"),
        max_length=40,
        required=False,
        widget=forms.TextInput(_QUIET),
    )
    phone = PhoneField(label=_("Telephone"), required=False, widget=forms.TextInput(_QUIET))
    building = ShortName(label=_("Building"), max_length=60, required=False)
    address = ShortNote(
        label=_("Floor and door"),
        max_length=160,
        required=False,
        help_text=_("for the team alone; erased after the round"),
        widget=forms.TextInput(_QUIET),
    )
    reason = forms.ChoiceField(
        label=_("Why the person cannot come"),
        choices=[("", _("choose a reason")), *Visit.Reason.choices],
    )
    way = forms.ChoiceField(label=_("How"), choices=Visit.Way.choices, initial=Visit.Way.HOME)
    source = forms.ChoiceField(
        label=_("Asked by"), choices=Visit.Source.choices, initial=Visit.Source.STREET
    )
    window_starts = LocalMomentField(label=_("At home from"), required=False)
    window_ends = LocalMomentField(label=_("At home until"), required=False)
    note = ShortNote(
        label=_("Note for the team"), max_length=200, required=False, widget=forms.TextInput
    )
    urgent = forms.BooleanField(label=_("Urgent"), required=False)

    def __init__(
        self, *args: Any, scope: Scope, resident: Resident | None = None, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.person = resident
        homes = Division.objects.within(scope).filter(level=Level.COMMUNITY).current()
        field = self.fields["community"]
        assert isinstance(field, forms.ModelChoiceField)
        field.queryset = homes
        rows = list(homes.order_by("code").values_list("pk", "name"))
        if len(rows) == 1:
            field.initial = rows[0][0]
        field.choices = Ready([("", str(_("choose a community"))), *rows])
        if resident is not None:
            for name in ("name", "id_type", "number", "phone"):
                del self.fields[name]
            self.initial.update(
                resident=resident.pk, community=resident.community_id, building=resident.building
            )

    def clean(self) -> dict[str, Any]:
        """A number is brought into its one form; without one, the kind of document is nothing."""
        data = super().clean() or {}
        if data.get("number"):
            try:
                data["number"] = id_document(data.get("id_type") or RESIDENT, data["number"])
            except Refused as refused:
                self.add_error("number", refused.as_validation_error())
        return data

    def asked(self) -> Ask:
        """What was typed, as the service takes it."""
        data = dict(self.cleaned_data)
        community = data.pop("community")
        del data["client_key"]
        data.pop("resident", None)
        data["id_type"] = data.get("id_type") or RESIDENT
        return Ask(
            **data,
            community_id=community.pk if community else None,
            resident_id=self.person.pk if self.person else None,
        )


class StepForm(forms.Form):
    """What became of a visit, noted at the desk for a team or for somebody who called."""

    to = forms.ChoiceField(label=_("What became of it"))
    reason = ShortNote(
        label=_("Why or how"),
        max_length=200,
        required=False,
        help_text=_("no names, no telephone numbers"),
        widget=forms.TextInput,
    )

    def __init__(self, *args: Any, visit: Visit, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        leads = TRANSITIONS[VisitState(visit.state)]
        offered = [s for s in (*OUTCOMES, VisitState.ASKED, VisitState.WITHDRAWN) if s in leads]
        words = {VisitState.ASKED: _("waits for a team again")}
        field = self.fields["to"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [(s.value, words.get(s, s.label)) for s in offered]


class StandForm(forms.Form):
    """Why a refusal is left at that."""

    reason = ShortNote(
        label=_("What was said"),
        max_length=200,
        help_text=_("no names, no telephone numbers"),
        widget=forms.TextInput,
    )


class OpenForm(forms.Form):
    """Why somebody must read who it is."""

    reason = forms.ChoiceField(
        label=_("Reason"), choices=[("", _("choose a reason")), *OpenReason.choices]
    )


class TeamForm(forms.Form):
    """A visit team: its street, its name, its people."""

    street = forms.ModelChoiceField(label=_("Street or town"), queryset=Division.objects.none())
    name = ShortName(label=_("Name of the team"), max_length=60)
    members = forms.ModelMultipleChoiceField(
        label=_("Members"),
        queryset=StaffMember.objects.none(),
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": _("Choose at least one member.")},
    )

    def __init__(
        self, *args: Any, scope: Scope, people: Sequence[StaffMember], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        streets = Division.objects.within(scope).streets().current().order_by("code")
        street, members = self.fields["street"], self.fields["members"]
        assert isinstance(street, forms.ModelChoiceField)
        assert isinstance(members, forms.ModelMultipleChoiceField)
        street.queryset = streets
        members.queryset = StaffMember.objects.within(scope).serving()
        members.choices = Ready([(person.pk, name_of(person)) for person in people])
        only = list(streets[:2])
        if len(only) == 1:
            street.initial = only[0].pk
            street.widget = forms.HiddenInput()


class MembersForm(forms.Form):
    """Who is in a team now."""

    members = forms.ModelMultipleChoiceField(
        label=_("Members"),
        queryset=StaffMember.objects.none(),
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": _("Choose at least one member.")},
    )

    def __init__(
        self, *args: Any, scope: Scope, people: Sequence[StaffMember], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        members = self.fields["members"]
        assert isinstance(members, forms.ModelMultipleChoiceField)
        members.queryset = StaffMember.objects.within(scope).serving()
        members.choices = Ready([(person.pk, name_of(person)) for person in people])


def name_of(person: StaffMember) -> str:
    """A member in a list: masked name and last four, and where from."""
    return f"{person.name_mask} {person.id_last4} · {person.source}"


class RideForm(forms.Form):
    """A car that fetches: which, to which point, when, and whether it takes them home again."""

    client_key = ClientKeyField()
    vehicle = forms.ModelChoiceField(
        label=_("Car"), queryset=Vehicle.objects.none(), widget=PlainSelect
    )
    point = forms.ModelChoiceField(
        label=_("To the point"), queryset=SamplingPoint.objects.none(), widget=PlainSelect
    )
    leaves_at = LocalMomentField(label=_("At the first door at"))
    at_point_at = LocalMomentField(label=_("At the point at"))
    home_from = LocalMomentField(
        label=_("Takes them home from"),
        required=False,
        help_text=_("empty: somebody else takes them home"),
    )
    free_at = LocalMomentField(label=_("Car free again at"))

    def __init__(self, *args: Any, scope: Scope, round_id: int, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        cars = Vehicle.objects.within(scope).usable().filter(seats__gt=0)
        points = SamplingPoint.objects.within(scope).filter(round_id=round_id)
        points = points.exclude(state=State.CLOSED)
        vehicle, point = self.fields["vehicle"], self.fields["point"]
        assert isinstance(vehicle, forms.ModelChoiceField)
        assert isinstance(point, forms.ModelChoiceField)
        vehicle.queryset, point.queryset = cars, points
        named = cars.select_related("driver").order_by("seats", "plate")
        vehicle.choices = Ready(
            [("", str(_("choose a car"))), *((c.pk, car_name(c)) for c in named)]
        )
        rows = points.order_by("code", "pk").values_list("pk", "name")
        point.choices = Ready([("", str(_("choose a point"))), *rows])

    def ride(self) -> Ride:
        """What was typed, as the service takes it."""
        data = self.cleaned_data
        times = {name: data[name] for name in ("leaves_at", "at_point_at", "home_from", "free_at")}
        return Ride(vehicle_id=data["vehicle"].pk, point_id=data["point"].pk, **times)


def car_name(car: Vehicle) -> str:
    """A car in a list: plate, seats, and its usual driver, masked."""
    parts = [car.plate, str(_("%(n)s seats") % {"n": car.seats})]
    return " · ".join([*parts, car.driver.name_mask] if car.driver else parts)
