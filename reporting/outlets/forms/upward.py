"""What a reporting officer types about superiors, schedules, workbooks and deliveries."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django import forms
from django.conf import settings
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from campaigns.models import Division
from core.forms import ClientKeyField, NameField, NoteField, RuleField, WholeNumberField
from core.inputs import Refused, fold_digits
from core.sheets.filling import MAX_BLANK_BYTES, Blank
from core.sheets.limits import BLANK_ROWS
from core.sheets.words import refused_file
from reporting.outlets.indicators import INDICATORS
from reporting.outlets.models import Endpoint, EntryText, Outlet, Superior, WorkbookEntry
from reporting.outlets.services.upward_steps import NOTE_LENGTH

HOURS = [(30, "0:30"), (60, "1:00"), (120, "2:00"), (180, "3:00"), (240, "4:00"), (360, "6:00"),
         (720, "12:00")]  # fmt: skip


def _minute(text: str) -> int:
    hour, _colon, minute = fold_digits(text).strip().replace("：", ":").partition(":")
    digits = hour.isascii() and hour.isdigit() and len(minute) == 2 and minute.isdigit()
    if not digits or int(hour) > 23 or int(minute) > 59:
        raise Refused("time_of_day", _("Write a time of day such as 15:30."))
    return int(hour) * 60 + int(minute)


class MinuteField(RuleField):
    """A time of day, as minutes after midnight."""

    empty = None
    rule = staticmethod(_minute)

    def prepare_value(self, value: Any) -> Any:
        """Minutes as they are written on a clock."""
        return f"{value // 60:02}:{value % 60:02}" if isinstance(value, int) else value


class SuperiorForm(forms.Form):
    """A superior of one of one's districts."""

    district = forms.ModelChoiceField(Division.objects.none(), label=_("District"))
    name = NameField(label=_("Name of the superior"))

    def __init__(self, *args: Any, districts: frozenset[int], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["district"]
        assert isinstance(field, forms.ModelChoiceField)
        field.queryset = Division.objects.filter(pk__in=sorted(districts)).order_by("code")
        if len(districts) == 1:
            field.widget = forms.HiddenInput()
            field.initial = next(iter(districts))


class OutletTimesForm(forms.Form):
    """When it is owed, how it goes there, and in which language."""

    title = NameField(label=_("Title"), help_text=_("as the superior calls it"))
    cadence = forms.ChoiceField(label=_("How often"), choices=Outlet.Cadence.choices)
    first_minute = MinuteField(
        label=_("Cut-off"), help_text=_("such as 15:30; every few hours counted from it")
    )
    every_minutes = forms.TypedChoiceField(
        label=_("Hours between two cut-offs"), choices=HOURS, coerce=int, initial=120,
        required=False, empty_value=None,
    )  # fmt: skip
    due_after = WholeNumberField(
        label=_("Due, minutes after the cut-off"), maximum=720, initial="30"
    )
    language = forms.ChoiceField(label=_("Language"), choices=settings.LANGUAGES)
    endpoint: forms.ModelChoiceField[Endpoint] = forms.ModelChoiceField(
        Endpoint.objects.none(),
        label=_("How it goes there"),
        required=False,
        empty_label=_("by hand"),
    )  # fmt: skip
    active = forms.BooleanField(label=_("In use"), required=False, initial=True)

    def __init__(self, *args: Any, superior: Superior, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["endpoint"]
        assert isinstance(field, forms.ModelChoiceField)
        field.queryset = superior.endpoints.order_by("pk")


class OutletForm(OutletTimesForm):
    """Something new that a superior gets."""

    what = forms.ChoiceField(label=_("What goes there"), choices=Outlet.What.choices)
    form = forms.ChoiceField(
        label=_("Form"), choices=Outlet.Form.choices,
        help_text=_("a workbook is filled as .xlsx, a data-value document is JSON"),
    )  # fmt: skip
    field_order = ("title", "what", "form", "cadence")


class WorkbookForm(forms.Form):
    """The superior's empty workbook."""

    file = forms.FileField(
        label=_("Empty workbook"),
        help_text=_(".xlsx without macros, at most 2 MB"),
        allow_empty_file=True,
        widget=forms.FileInput(attrs={"accept": ".xlsx"}),
    )

    def clean_file(self) -> Any:
        """Refused for its size before it is read."""
        file = self.cleaned_data["file"]
        if file.size > MAX_BLANK_BYTES:
            refused = refused_file("file_large", limit=MAX_BLANK_BYTES // 2**20)
            raise refused.as_validation_error()
        return file


class EntryForm(forms.Form):
    """What goes into a cell, or into the rows of streets."""

    kind = forms.ChoiceField(label=_("What is entered"), choices=WorkbookEntry.Kind.choices)
    sheet = forms.ChoiceField(label=_("Sheet"))
    place = forms.CharField(
        label=_("Cell or column"), max_length=60,
        help_text=_("a cell such as B4 or its name; for rows and their columns a letter such as B"),
    )  # fmt: skip
    indicator = forms.ChoiceField(label=_("Figure"), required=False)
    street = forms.ModelChoiceField(
        Division.objects.none(), label=_("Of"), required=False, empty_label=_("the whole district")
    )
    text = forms.ChoiceField(
        label=_("Words"), required=False, choices=[("", "—"), *EntryText.choices]
    )
    typed = NameField(label=_("Typed words"), required=False)
    row_key = forms.ChoiceField(
        label=_("Streets are told by"), required=False, choices=WorkbookEntry.RowKey.choices
    )
    first_row = WholeNumberField(
        label=_("First row"), required=False, minimum=1, maximum=BLANK_ROWS
    )
    last_row = WholeNumberField(label=_("Last row"), required=False, minimum=1, maximum=BLANK_ROWS)

    def __init__(self, *args: Any, blank: Blank, district_id: int, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        sheets, figures = self.fields["sheet"], self.fields["indicator"]
        streets = self.fields["street"]
        assert isinstance(sheets, forms.ChoiceField)
        assert isinstance(figures, forms.ChoiceField)
        assert isinstance(streets, forms.ModelChoiceField)
        sheets.choices = [(page.name, page.name) for page in blank.pages]
        figures.choices = [("", "—")] + [
            (key, f"{each.name} ({each.unit})") for key, each in INDICATORS.items()
        ]
        streets.queryset = Division.objects.streets().filter(district_id=district_id)


class EndpointForm(forms.Form):
    """An address of a superior's machine."""

    url = forms.CharField(
        label=_("Address"), max_length=300, help_text=_("https://… of the receiver, port 443")
    )


class PressForm(forms.Form):
    """A button that sends something: pressed twice it is one message."""

    key = ClientKeyField()

    @classmethod
    def key_of(cls, request: HttpRequest) -> UUID | None:
        """The key that came with the button, if it did."""
        form = cls(request.POST)
        form.full_clean()
        return form.cleaned_data.get("key")


class SwitchForm(forms.Form):
    """Whether messages go to an address: said, not turned round, as somebody else may press too."""

    on = forms.TypedChoiceField(
        choices=[("yes", _("Switch on")), ("no", _("Switch off"))],
        coerce=lambda word: word == "yes",
    )


class SentForm(forms.Form):
    """Where an issue was sent by hand."""

    to = NameField(
        label=_("Where it was sent"), help_text=_("a group, a portal, an e-mail box, a person")
    )
    words = NoteField(
        label=_("Note"), required=False, max_length=NOTE_LENGTH, widget=forms.TextInput
    )


class ReceiptForm(forms.Form):
    """What the superior answered."""

    receipt = NameField(label=_("Receipt"), help_text=_("its number, or who confirmed it"))
