"""What is typed about report forms: times, columns, checks."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from campaigns.models import Round
from core import clock
from core.choices import PlainSelect
from core.forms import (
    CodeField,
    LocalMomentField,
    NameField,
    RuleField,
    WholeNumberField,
)
from core.inputs import clean_code, clean_name, clean_note, fold_digits, parse_local_time
from reporting.daily.models import ReportCheck, ReportColumn, ReportForm, Source, Unit

DAY = 1440


def _minute(text: str) -> int:
    """Minutes after local midnight of `15:00`; 24:00 ends the day."""
    folded = fold_digits(text).strip().replace("：", ":")
    if folded == "24:00":
        return DAY
    day = clock.day_of(clock.now())
    moment = clock.local(parse_local_time(day, folded))
    return moment.hour * 60 + moment.minute


class MinuteField(RuleField):
    """A clock time, kept as minutes after midnight."""

    empty = None
    rule = staticmethod(_minute)

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.widget.attrs |= {"inputmode": "numeric", "maxlength": "5", "placeholder": "15:00"}

    def prepare_value(self, value: Any) -> Any:
        return f"{value // 60:02d}:{value % 60:02d}" if isinstance(value, int) else value


class TitleField(NameField):
    """A title as its column has it."""

    def apply(self, text: str) -> str:
        return clean_name(text, max_length=self.max_length or 40)


class ShortCodeField(CodeField):
    """A code as its column has it."""

    def apply(self, text: str) -> str:
        return clean_code(text, max_length=40)


class WhyField(RuleField):
    """A reason in one line."""

    def apply(self, text: str) -> str:
        return clean_note(text, max_length=200)


class TimesForm(forms.Form):
    """When numbers are of, when they are due, when they lock."""

    cutoff_minute = MinuteField(
        label=_("Cut-off"), help_text=_("The moment that the numbers are of. 24:00 ends the day.")
    )
    due_after = WholeNumberField(label=_("Due, minutes after the cut-off"), maximum=DAY)
    lock_after = WholeNumberField(
        label=_("Locks, minutes after it was due"), minimum=1, maximum=2 * DAY
    )
    opens_before = WholeNumberField(label=_("Opens, minutes before the cut-off"), maximum=DAY)

    def __init__(self, *args: Any, form: ReportForm, **kwargs: Any) -> None:
        kwargs.setdefault("initial", {name: getattr(form, name) for name in self.base_fields
                                      if hasattr(form, name)})  # fmt: skip
        super().__init__(*args, **kwargs)
        if form.cadence == ReportForm.Cadence.HOURLY:
            # Every full hour is a cut-off: there is no time to choose.
            del self.fields["cutoff_minute"]


class FormTimesForm(TimesForm):
    """The form's own times, and whether it is asked at all."""

    active = forms.BooleanField(label=_("In use"), required=False)


class RoundTimesForm(TimesForm):
    """Other times in one round."""

    round = forms.ModelChoiceField(
        label=_("Round"), queryset=Round.objects.none(), widget=PlainSelect
    )
    reason = WhyField(label=_("Why"), max_length=200)
    field_order = ["round", "cutoff_minute", "due_after", "lock_after", "opens_before", "reason"]

    def __init__(self, *args: Any, rounds: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["round"].queryset = rounds  # type: ignore[attr-defined]


class MoveForm(forms.Form):
    """Another time for one cut-off that is open and not due yet."""

    due_at = LocalMomentField(label=_("New due time"))
    lock_at = LocalMomentField(label=_("New lock"))
    reason = WhyField(label=_("Why"), max_length=200)


class ColumnForm(forms.Form):
    """What may be changed of a column; its code and unit of count stay."""

    title = TitleField(label=_("Title"), max_length=40)
    title_en = TitleField(label=_("Title in English"), max_length=40, required=False)
    position = WholeNumberField(
        label=_("Position"), maximum=9999, help_text=_("Columns stand in this order.")
    )
    source = forms.ChoiceField(
        label=_("Pre-filled from"), choices=Source.choices, required=False, widget=PlainSelect
    )
    required = forms.BooleanField(label=_("Must be filled"), required=False)
    cumulative = forms.BooleanField(
        label=_("Cumulative: never falls within a round"), required=False
    )


class NewColumnForm(ColumnForm):
    """One thing more that is asked."""

    code = ShortCodeField(
        label=_("Code"), max_length=40, help_text=_("For machines; it never changes.")
    )
    unit = forms.ChoiceField(label=_("Unit of count"), choices=Unit.choices, widget=PlainSelect)
    per_community = forms.BooleanField(
        label=_("Asked of each community, not once of the street"), required=False, initial=True
    )
    field_order = ["title", "title_en", "code", "unit", "source", "per_community", "required",
                   "cumulative"]  # fmt: skip

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        del self.fields["position"]  # it comes last


class CheckForm(forms.Form):
    """A rule that a column's numbers must keep."""

    column = forms.ModelChoiceField(
        label=_("Indicator"), queryset=ReportColumn.objects.none(), widget=PlainSelect
    )
    kind = forms.ChoiceField(label=_("Rule"), choices=ReportCheck.Kind.choices, widget=PlainSelect)
    other = forms.ModelChoiceField(
        label=_("Compared with"),
        queryset=ReportColumn.objects.none(),
        required=False,
        empty_label=_("none"),
        widget=PlainSelect,
    )
    limit = WholeNumberField(label=_("Limit, percent"), required=False, maximum=1000)
    weight = forms.ChoiceField(
        label=_("When it is broken"), choices=ReportCheck.Weight.choices, widget=PlainSelect
    )

    def __init__(self, *args: Any, columns: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("column", "other"):
            self.fields[name].queryset = columns  # type: ignore[attr-defined]
