"""Forms of the rosters: needs by template or by hand, a booking, a move, a post."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from campaigns.models import Division
from core.choices import PlainSelect
from core.forms import ClientKeyField, LocalMomentField, WholeNumberField
from core.inputs import clean_note
from personnel.models import DutyPlace, DutyRole
from personnel.services.places import NAMED
from personnel.services.shifts import MOST_PEOPLE
from personnel.services.templates import TEMPLATES
from sites.forms.fields import ShortName
from sites.models import SamplingPoint, SamplingUnit

ROLES_AT_ONCE = 3
_KINDS = [(kind.value, kind.label) for kind in NAMED]


class Words(forms.CharField):
    """A line of free words, of at most 200 characters."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_length=200, strip=True, **kwargs)

    def to_python(self, value: Any) -> str:
        return clean_note(value or "", max_length=200)


class SpanForm(forms.Form):
    """From when to when, cut into so many shifts."""

    starts_at = LocalMomentField(label=_("From"))
    ends_at = LocalMomentField(label=_("To"))
    shifts = WholeNumberField(label=_("Shifts"), minimum=1, maximum=31 * 24, required=False)


class TemplateForm(SpanForm):
    """What a point, or each point of a street, needs in a stretch of time."""

    template = forms.ChoiceField(
        label=_("Template"), choices=[(each.code, each.title) for each in TEMPLATES.values()]
    )
    field_order = ("template", "starts_at", "ends_at", "shifts")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{"auto_id": "template_%s", **kwargs})
        self.fields["shifts"].help_text = _("empty: as the template has them")


class NeedsForm(SpanForm):
    """A few roles with how many of each; 0 takes a need away."""

    def __init__(self, *args: Any, roles: Iterable[DutyRole], **kwargs: Any) -> None:
        super().__init__(*args, **{"auto_id": "needs_%s", **kwargs})
        choices = [("", "—"), *((role.pk, str(role)) for role in roles)]
        ordered = []
        for number in range(1, ROLES_AT_ONCE + 1):
            self.fields[f"role_{number}"] = forms.TypedChoiceField(
                label=_("Role"), choices=choices, coerce=int, empty_value=None,
                required=number == 1, widget=PlainSelect,
            )  # fmt: skip
            self.fields[f"people_{number}"] = WholeNumberField(
                label=_("People"), maximum=MOST_PEOPLE, required=number == 1
            )
            ordered += [f"role_{number}", f"people_{number}"]
        self.order_fields([*ordered, "starts_at", "ends_at", "shifts"])

    def clean(self) -> dict[str, Any]:
        """Each role with its number, and none twice."""
        data = super().clean() or {}
        seen: set[int] = set()
        for number in range(1, ROLES_AT_ONCE + 1):
            role, people = data.get(f"role_{number}"), data.get(f"people_{number}")
            if role and people is None and f"people_{number}" not in self.errors:
                self.add_error(f"people_{number}", _("Say how many."))
            if role in seen:
                self.add_error(f"role_{number}", _("This role is named twice."))
            if role:
                seen.add(role)
        return data

    def needs(self) -> dict[int, int]:
        """How many of each role."""
        data = self.cleaned_data
        numbers = range(1, ROLES_AT_ONCE + 1)
        return {data[f"role_{n}"]: data[f"people_{n}"] for n in numbers if data.get(f"role_{n}")}


class SeekForm(forms.Form):
    """Whom to look for: a role, from when to when, at which unit, from which body."""

    role = forms.TypedChoiceField(label=_("Role"), coerce=int, widget=PlainSelect)
    starts_at = LocalMomentField(label=_("From"))
    ends_at = LocalMomentField(label=_("To"))
    unit = forms.TypedChoiceField(
        label=pgettext_lazy("place", "At"),
        coerce=int,
        empty_value=None,
        required=False,
        widget=PlainSelect,
    )
    body = forms.TypedChoiceField(
        label=pgettext_lazy("people", "Home unit"),
        coerce=int,
        empty_value=None,
        required=False,
        widget=PlainSelect,
    )
    any_role = forms.BooleanField(label=_("also certified people of other roles"), required=False)

    def __init__(
        self,
        *args: Any,
        roles: Iterable[DutyRole],
        units: Iterable[SamplingUnit],
        bodies: Iterable[Any],
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self._choose("role", [(role.pk, str(role)) for role in roles])
        desks = [(unit.pk, _("unit %(n)s") % {"n": unit.number}) for unit in units]
        self._choose("unit", [("", _("the whole point")), *desks])
        self._choose("body", [("", _("any")), *((body.pk, str(body)) for body in bodies)])
        if not desks:
            del self.fields["unit"]

    def _choose(self, name: str, choices: list[tuple[Any, Any]]) -> None:
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)
        field.choices = choices


class BookForm(SeekForm):
    """The same, with the person and, where a limit is passed over, why."""

    client_key = ClientKeyField()
    member = forms.UUIDField(widget=forms.HiddenInput, label=_("Person"))
    override = Words(label=_("Why in spite of that"), required=False)


class MoveForm(forms.Form):
    """Where somebody is sent instead, from when, and why."""

    client_key = ClientKeyField()
    place = forms.ChoiceField(label=_("To"), widget=PlainSelect)
    starts_at = LocalMomentField(label=_("There from"))
    reason = Words(label=_("Why"))

    def __init__(
        self, *args: Any, places: Iterable[SamplingPoint | DutyPlace], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["place"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [(_key(place), str(place)) for place in places]

    def chosen(self) -> tuple[str, int]:
        """`point` or `place`, and its number: a point may not be a place of duty yet."""
        kind, _sep, number = self.cleaned_data["place"].partition("-")
        return kind, int(number)


def _key(place: SamplingPoint | DutyPlace) -> str:
    return f"{'point' if isinstance(place, SamplingPoint) else 'place'}-{place.pk}"


class PostForm(forms.Form):
    """A checkpoint or a command post."""

    kind = forms.ChoiceField(label=_("Kind"), choices=_KINDS)
    name = ShortName(label=_("Name"), max_length=120)
    street = forms.TypedChoiceField(
        label=_("Street or town"), coerce=int, empty_value=None, required=False, widget=PlainSelect
    )
    around_the_clock = forms.BooleanField(label=_("never empty: around the clock"), required=False)

    def __init__(
        self, *args: Any, streets: Iterable[Division], of_district: bool, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["street"]
        assert isinstance(field, forms.ChoiceField)
        own = [("", pgettext_lazy("place of duty", "the whole district"))] if of_district else []
        field.choices = [*own, *((street.pk, street.spoken) for street in streets)]
        field.required = not of_district


class ActForm(forms.Form):
    """One act on a duty; cancelling needs a reason."""

    act = forms.ChoiceField(
        choices=[(each, each) for each in ("arrive", "leave", "cancel")], label=_("Act")
    )
    reason = Words(label=_("Why"), required=False)
    day = forms.DateField(required=False, label=_("Day"))


class AttendanceForm(forms.Form):
    """Whether presence is noted in the district, and why."""

    wanted = forms.ChoiceField(choices=[("on", "on"), ("off", "off")], label=_("Presence"))
    reason = Words(label=_("Why"), required=False)
