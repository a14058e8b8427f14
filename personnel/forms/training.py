"""A course, the people found for it, and the table of marks."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django import forms
from django.db.models import Case, QuerySet, When
from django.utils.translation import gettext_lazy as _

from campaigns.models import Division
from campaigns.models.divisions import Level
from core.choices import PlainSelect
from core.forms import ClientKeyField, LocalDayField, WholeNumberField
from core.inputs import Refused, whole_number
from core.scope import Scope
from personnel.models import Course, Organisation, QualificationKind
from personnel.services.certification import HIGHEST, Marks
from personnel.services.training import CourseDetails
from sites.forms.fields import ShortName, ShortNote


def areas_of(scope: Scope) -> QuerySet[Division]:
    """What a course may be for: one's districts and their streets, or one's own streets."""
    return (
        Division.objects.within(scope)
        .current()
        .filter(level__in=[Level.DISTRICT, Level.STREET])
        .order_by(Case(When(level=Level.DISTRICT, then=0), default=1), "code")
    )


class CourseForm(forms.Form):
    """What is said about a course; the area only when it is new."""

    client_key = ClientKeyField()
    area = forms.ModelChoiceField(
        label=_("Held for"), queryset=Division.objects.none(), empty_label=None, widget=PlainSelect
    )
    title = ShortName(label=_("Title"), max_length=120)
    teaches = forms.ModelMultipleChoiceField(
        label=_("Teaches"),
        queryset=QualificationKind.objects.none(),
        widget=forms.CheckboxSelectMultiple,
        help_text=_("who passes both examinations holds all of these"),
    )
    starts_on = LocalDayField(label=_("First day"), widget=forms.TextInput(attrs={"type": "date"}))
    ends_on = LocalDayField(label=_("Last day"), widget=forms.TextInput(attrs={"type": "date"}))
    place = ShortName(label=_("Place of the course"), max_length=120, required=False)
    organiser = forms.ModelChoiceField(
        label=_("Organised by"),
        queryset=Organisation.objects.none(),
        required=False,
        widget=PlainSelect,
    )
    pass_theory = WholeNumberField(
        label=_("Theory passed from"), maximum=HIGHEST, initial=60, help_text=_("of 100")
    )
    pass_practical = WholeNumberField(
        label=_("Practical passed from"), maximum=HIGHEST, initial=60, help_text=_("of 100")
    )

    def __init__(
        self, *args: Any, scope: Scope, course: Course | None = None, **kwargs: Any
    ) -> None:
        if course is not None:
            kwargs["initial"] = _said(course)
        super().__init__(*args, **kwargs)
        areas = areas_of(scope)
        of = [course] if course is not None else areas
        districts = {each.district_id for each in of if each.district_id is not None}
        self._set("area", areas)
        self._set("teaches", QualificationKind.objects.filter(district_id__in=districts))
        bodies = Organisation.objects.filter(district_id__in=districts, closed_at__isnull=True)
        self._set("organiser", bodies.order_by("name"))
        if course is not None:
            del self.fields["area"]
            del self.fields["client_key"]

    def _set(self, name: str, queryset: Any) -> None:
        chosen = self.fields[name]
        assert isinstance(chosen, forms.ModelChoiceField)
        chosen.queryset = queryset

    def details(self) -> CourseDetails:
        """What the service takes."""
        data = self.cleaned_data
        return CourseDetails(
            title=data["title"],
            teaches=[kind.pk for kind in data["teaches"]],
            starts_on=data["starts_on"],
            ends_on=data["ends_on"],
            place=data["place"],
            organiser_id=data["organiser"].pk if data["organiser"] else None,
            pass_theory=data["pass_theory"],
            pass_practical=data["pass_practical"],
        )

    def clean(self) -> dict[str, Any]:
        """The last day is not before the first."""
        data = super().clean() or {}
        first, last = data.get("starts_on"), data.get("ends_on")
        if first and last and last < first:
            self.add_error("ends_on", _("The last day is not before the first."))
        return data


class FindPeopleForm(forms.Form):
    """Somebody by the last four of the document number, or everybody of a unit."""

    last4 = ShortName(
        label=_("Last four of the document number"),
        max_length=4,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "characters"}),
    )
    unit = forms.ModelChoiceField(
        label=_("or everybody of"),
        queryset=Organisation.objects.none(),
        required=False,
        widget=PlainSelect,
    )

    def __init__(self, *args: Any, district_id: int, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        chosen = self.fields["unit"]
        assert isinstance(chosen, forms.ModelChoiceField)
        chosen.queryset = Organisation.objects.filter(
            district_id=district_id, closed_at__isnull=True
        ).order_by("name")

    def clean(self) -> dict[str, Any]:
        """One of both at least."""
        data = super().clean() or {}
        if not self.errors and not data.get("last4") and data.get("unit") is None:
            self.add_error("last4", _("Give four characters, or choose a unit."))
        return data


class WithdrawForm(forms.Form):
    """Why a qualification is taken away."""

    reason = ShortNote(label=_("Reason"), max_length=160)


@dataclass
class MarkTable:
    """The marks of a page as they were typed; `errors` and `typed` are by attendance."""

    marks: dict[int, Marks] = field(default_factory=dict)
    errors: dict[int, str] = field(default_factory=dict)
    typed: dict[int, tuple[str, str]] = field(default_factory=dict)

    @classmethod
    def read(cls, posted: Mapping[str, str], attendances: Iterable[int]) -> MarkTable:
        """Read the two marks of each person; a person who is not in the form is left alone."""
        table = cls()
        for pk in attendances:
            if f"theory-{pk}" not in posted:
                continue
            texts = [posted.get(f"{name}-{pk}", "").strip() for name in ("theory", "practical")]
            table.typed[pk] = (texts[0], texts[1])
            try:
                theory, practical = (_mark(text) for text in texts)
            except Refused as refused:
                table.errors[pk] = refused.text
                continue
            seen = [_seen(posted.get(f"seen-{name}-{pk}", "")) for name in ("theory", "practical")]
            table.marks[pk] = Marks(theory, practical, seen[0], seen[1])
        return table


def _mark(text: str) -> int | None:
    return whole_number(text, maximum=HIGHEST) if text else None


def _seen(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 4 else None


def _said(course: Course) -> dict[str, Any]:
    return {
        "title": course.title,
        "teaches": list(course.teaches.all()),
        "starts_on": course.starts_on,
        "ends_on": course.ends_on,
        "place": course.place,
        "organiser": course.organiser_id,
        "pass_theory": course.pass_theory,
        "pass_practical": course.pass_practical,
    }
