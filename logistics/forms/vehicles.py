"""A vehicle, its pool, a class of vehicles."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from campaigns.models import Division
from campaigns.models.divisions import Level
from core.choices import PlainSelect
from core.forms import RuleField, WholeNumberField
from core.scope import Scope
from logistics.models import Vehicle, VehicleClass
from logistics.services.vehicles import Details, clean_plate
from personnel.forms.training import areas_of
from personnel.models import Organisation, StaffMember
from sites.forms.fields import ShortCode, ShortName, ShortNote

MOST = 2_000


class PlateField(RuleField):
    """A number plate in its one written form."""

    rule = staticmethod(clean_plate)


class VehicleForm(forms.Form):
    """What is said about a vehicle; the pool has a form of its own once it is there."""

    area = forms.ModelChoiceField(
        label=_("Serves"),
        queryset=Division.objects.none(),
        empty_label=None,
        widget=PlainSelect,
        help_text=_("the whole district, or one street that sees it on its list"),
    )
    plate = PlateField(label=_("Number plate"))
    vehicle_class = forms.ModelChoiceField(
        label=_("Class"), queryset=VehicleClass.objects.none(), widget=PlainSelect
    )
    seats = WholeNumberField(
        label=_("Seats for passengers"),
        maximum=MOST,
        required=False,
        help_text=_("empty: as usual for its class"),
    )
    boxes = WholeNumberField(
        label=_("Room for boxes"),
        maximum=MOST,
        required=False,
        help_text=_("empty: as usual for its class"),
    )
    owner = forms.ModelChoiceField(
        label=pgettext_lazy("vehicle", "Owner"),
        queryset=Organisation.objects.none(),
        widget=PlainSelect,
    )
    driver = forms.ModelChoiceField(
        label=_("Usual driver"),
        queryset=StaffMember.objects.none(),
        required=False,
        widget=PlainSelect,
        help_text=_("people whose role is driver"),
    )

    def __init__(
        self, *args: Any, scope: Scope, vehicle: Vehicle | None = None, **kwargs: Any
    ) -> None:
        if vehicle is not None:
            kwargs["initial"] = {
                "area": vehicle.street_id or vehicle.district_id,
                "plate": vehicle.plate,
                "vehicle_class": vehicle.vehicle_class_id,
                "seats": vehicle.seats,
                "boxes": vehicle.boxes,
                "owner": vehicle.owner_id,
                "driver": vehicle.driver_id,
            }
        super().__init__(*args, **kwargs)
        areas = areas_of(scope)
        districts = set(scope.districts)
        if vehicle is not None:
            districts = {vehicle.district_id}
            areas = areas.filter(district_id=vehicle.district_id)
        self._set("area", areas)
        self._set("vehicle_class", VehicleClass.objects.filter(district_id__in=districts))
        bodies = Organisation.objects.filter(district_id__in=districts, closed_at__isnull=True)
        self._set("owner", bodies.order_by("name"))
        drivers = StaffMember.objects.within(scope).serving().filter(roles__code="driver")
        drivers = drivers.select_related("home_unit").defer(
            "id_number", "name", "phone", "home_unit__phone"
        )
        self._set("driver", drivers.order_by("name_mask", "id_last4"))
        field = self.fields["driver"]
        assert isinstance(field, forms.ModelChoiceField)
        field.label_from_instance = _person  # type: ignore[method-assign,assignment]

    def _set(self, name: str, queryset: Any) -> None:
        chosen = self.fields[name]
        assert isinstance(chosen, forms.ModelChoiceField)
        chosen.queryset = queryset

    @property
    def district_id(self) -> int:
        """The district of the area that was chosen."""
        found: int = self.cleaned_data["area"].district_id
        return found

    def details(self) -> Details:
        """What the service takes."""
        data = self.cleaned_data
        area = data["area"]
        return Details(
            plate=data["plate"],
            class_id=data["vehicle_class"].pk,
            owner_id=data["owner"].pk,
            seats=data["seats"],
            boxes=data["boxes"],
            street_id=area.pk if area.level == Level.STREET else None,
            driver_id=data["driver"].pk if data["driver"] else None,
        )


class PoolForm(forms.Form):
    """Where a vehicle stands, and why."""

    pool = forms.ChoiceField(label=_("Pool"), choices=Vehicle.Pool.choices, widget=PlainSelect)
    reason = ShortNote(
        label=_("Reason"),
        max_length=200,
        required=False,
        help_text=_("needed when it is out of service"),
        widget=forms.TextInput,
    )


class ClassForm(forms.Form):
    """A class of vehicles; its code is fixed once it is there."""

    district = forms.ModelChoiceField(
        label=_("District"), queryset=Division.objects.none(), empty_label=None, widget=PlainSelect
    )
    code = ShortCode(label=_("Code"), max_length=24)
    name = ShortName(label=_("Name"), max_length=60)
    name_en = ShortName(label=_("English name"), max_length=80, required=False)
    seats = WholeNumberField(label=_("Seats for passengers"), maximum=MOST, initial=0)
    boxes = WholeNumberField(label=_("Room for boxes"), maximum=MOST, initial=0)

    def __init__(
        self, *args: Any, scope: Scope, known: VehicleClass | None = None, **kwargs: Any
    ) -> None:
        if known is not None:
            names = ("name", "name_en", "seats", "boxes")
            kwargs["initial"] = {name: getattr(known, name) for name in names}
        super().__init__(*args, **kwargs)
        if known is not None:
            del self.fields["district"], self.fields["code"]
            return
        field = self.fields["district"]
        assert isinstance(field, forms.ModelChoiceField)
        field.queryset = Division.objects.filter(pk__in=scope.districts)
        if len(scope.districts) == 1:
            field.initial, field.widget = min(scope.districts), forms.HiddenInput()


def _person(member: StaffMember) -> str:
    return f"{member.name_mask} · {member.id_last4} · {member.home_unit}"
