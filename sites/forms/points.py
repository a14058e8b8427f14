"""What people type about points: one of them, its areas and units, or many at a time."""

from __future__ import annotations

from typing import Any

from django import forms
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from campaigns.models import Division, Round
from core.choices import PlainSelect
from core.forms import PhoneField, WholeNumberField
from core.scope import Scope
from sites.forms.fields import ClockTimeField, ShortCode, ShortName, ShortNote
from sites.models import SamplingPoint
from sites.models.points import Channel, QueueBand, State
from sites.queries.preparation import AREAS
from sites.services.bulk import BulkAct
from sites.services.points import PointDetails
from sites.services.units import MOST_UNITS


class CommunityField(forms.ModelChoiceField):
    """A community, shown with its street."""

    def label_from_instance(self, division: Any) -> str:
        return f"{division.parent.name} · {division.name}" if division.parent else division.name


class PointForm(forms.Form):
    """A point's data. Communities served and the backup are chosen once the street is known."""

    code = ShortCode(label=_("Code"), max_length=24)
    name = ShortName(label=_("Name"), max_length=80)
    community = CommunityField(
        label=_("Community"), queryset=Division.objects.none(), widget=PlainSelect
    )
    kind = forms.ChoiceField(
        label=_("Kind"),
        choices=SamplingPoint.Kind.choices,
        initial=SamplingPoint.Kind.TEMPORARY,
    )
    address = ShortName(label=_("Address"), max_length=160, required=False)
    opens = ClockTimeField(label=_("Opens at"), required=False)
    closes = ClockTimeField(
        label=_("Closes at"),
        required=False,
        help_text=_("An end before the start is on the next day."),
    )
    lead_name = ShortName(label=_("Head of the point"), max_length=40, required=False)
    lead_phone = PhoneField(label=_("Telephone of the head"), required=False)
    has_power = forms.BooleanField(label=_("Power"), required=False)
    has_cover = forms.BooleanField(label=_("Cover from rain and sun"), required=False)
    has_network = forms.BooleanField(label=_("Network"), required=False)
    has_step_free_lane = forms.BooleanField(label=_("Step-free lane"), required=False)
    flags = ("has_power", "has_cover", "has_network", "has_step_free_lane")

    def __init__(self, *args: Any, scope: Scope, round_: Round, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        communities = (
            Division.objects.within(scope)
            .communities()
            .current()
            .filter(district_id=round_.campaign.district_id)
            .select_related("parent")
            .order_by("code")
        )
        _offer(self, "community", communities)

    def details(self, **more: Any) -> PointDetails:
        """The cleaned data as the service takes them."""
        names = PointDetails.__dataclass_fields__
        kept = {name: value for name, value in self.cleaned_data.items() if name in names}
        return PointDetails(**kept | more)


class NewPointForm(PointForm):
    """A new point with its units."""

    general = WholeNumberField(
        label=_("General units"), required=False, maximum=MOST_UNITS, initial=4
    )
    yellow = WholeNumberField(
        label=_("Yellow-code units"), required=False, maximum=MOST_UNITS, initial=0
    )
    priority = WholeNumberField(
        label=_("Priority units"), required=False, maximum=MOST_UNITS, initial=0
    )
    unit_fields = tuple(channel.value for channel in Channel)

    def unit_counts(self) -> dict[str, int]:
        return {name: self.cleaned_data[name] or 0 for name in self.unit_fields}


class EditPointForm(PointForm):
    """An existing point, with the communities it serves and its backup."""

    backup = forms.ModelChoiceField(
        label=_("Backup point"),
        queryset=SamplingPoint.objects.none(),
        required=False,
        empty_label=_("none"),
        widget=PlainSelect,
        help_text=_("Where people are sent when this point cannot go on."),
    )
    serves = forms.ModelMultipleChoiceField(
        label=_("Communities served"),
        queryset=Division.objects.none(),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("None ticked: the community it lies in."),
    )

    def __init__(self, *args: Any, point: SamplingPoint, scope: Scope, **kwargs: Any) -> None:
        kwargs.setdefault("initial", _initial(point))
        super().__init__(*args, scope=scope, **kwargs)
        near = SamplingPoint.objects.within(scope).of_round(point.round_id).exclude(pk=point.pk)
        _offer(self, "backup", near.filter(_near(point)).order_by("code"))
        served = Division.objects.within(scope).communities().current()
        neighbours = Q(street_id=point.street_id) | Q(served_by=point)
        _offer(self, "serves", served.filter(neighbours).distinct().order_by("code"))


def _near(point: SamplingPoint) -> Q:
    """Points of the same street, and the backup chosen before wherever it lies."""
    return Q(street_id=point.street_id) | Q(pk=point.backup_id)


def _initial(point: SamplingPoint) -> dict[str, Any]:
    names = [name for name in PointDetails.__dataclass_fields__ if name != "serves"]
    return {name: getattr(point, name) for name in names} | {
        "serves": [division.pk for division in point.serves.all()]
    }


class UnitCountForm(forms.Form):
    """How many units of each channel the point has in all."""

    general = WholeNumberField(label=_("General units"), maximum=MOST_UNITS)
    yellow = WholeNumberField(label=_("Yellow-code units"), maximum=MOST_UNITS)
    priority = WholeNumberField(label=_("Priority units"), maximum=MOST_UNITS)


class StateForm(forms.Form):
    """The next state of a point or a unit, with the reason where one is due."""

    to = forms.ChoiceField(choices=State.choices)
    reason = ShortNote(required=False, max_length=200)
    alone = forms.BooleanField(required=False)


class QueueForm(forms.Form):
    """One tap."""

    band = forms.ChoiceField(choices=QueueBand.choices)


class CheckForm(forms.Form):
    """One line of the checklist, met or not."""

    code = forms.CharField(max_length=24)
    met = forms.BooleanField(required=False)


class AreasForm(forms.Form):
    """How many areas of each kind are there, and how many are required."""

    def __init__(self, *args: Any, may_require: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for kind in AREAS:
            label = SamplingPoint._meta.apps.get_model("sites", "PointArea").Kind(kind).label
            self.fields[f"ready_{kind}"] = WholeNumberField(label=label, maximum=99)
            if may_require:
                self.fields[f"required_{kind}"] = WholeNumberField(label=label, maximum=99)

    def counts(self, what: str) -> dict[str, int]:
        """The counts named `ready` or `required` that were sent."""
        prefix = f"{what}_"
        return {
            name.removeprefix(prefix): value
            for name, value in self.cleaned_data.items()
            if name.startswith(prefix)
        }


class BulkForm(forms.Form):
    """What to do with all ticked points at a time."""

    act = forms.ChoiceField(
        label=_("Do with the ticked points"), choices=BulkAct.choices, widget=PlainSelect
    )
    opens = ClockTimeField(label=_("Opens at"), required=False)
    closes = ClockTimeField(label=_("Closes at"), required=False)
    kind = forms.ChoiceField(
        label=_("Kind"), choices=SamplingPoint.Kind.choices, required=False, widget=PlainSelect
    )
    backup = ShortCode(label=_("Code of the backup point"), max_length=24, required=False)
    reason = ShortNote(
        label=_("Reason"),
        required=False,
        max_length=200,
    )


def _offer(form: forms.Form, name: str, rows: QuerySet[Any]) -> None:
    field = form.fields[name]
    assert isinstance(field, forms.ModelChoiceField)
    field.queryset = rows
