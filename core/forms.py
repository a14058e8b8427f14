"""Form fields over the input rules, so that a page refuses exactly what the API refuses."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import datetime
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from core.clock import local
from core.inputs import (
    Refused,
    barcode,
    clean_code,
    clean_name,
    clean_note,
    fold_digits,
    parse_local_day,
    parse_local_time,
    phone,
    whole_number,
)


class RuleField(forms.CharField):
    """A text field whose value goes through one rule of `core.inputs`; empty gives `empty`."""

    rule: Callable[[str], Any]
    empty: Any = ""

    def __init__(self, **kwargs: Any) -> None:
        # The rules strip and measure themselves, with their own words.
        super().__init__(strip=False, empty_value=self.empty, **kwargs)
        self.validators = []

    def clean(self, value: Any) -> Any:
        """Required check first, then the rule; a refusal becomes a form error with its code."""
        text = super().to_python(value)
        if text in (None, "") or not str(text).strip():
            self.validate("")
            return self.empty
        try:
            return self.apply(str(text))
        except Refused as refusal:
            raise refusal.as_validation_error() from None

    def apply(self, text: str) -> Any:
        """Apply the rule."""
        return type(self).rule(text)


class ClientKeyField(forms.UUIDField):
    """A key that the page gives to one filled-in form: sending it twice is one submission.

    The service keeps the key in a unique column and answers a second submission with the row of
    the first (`core.locks.submission_lock`). Missing, the form cannot be told from another.
    """

    widget = forms.HiddenInput

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{"label": _("Key of the form"), "required": False, **kwargs})
        self.initial = self.initial or uuid.uuid4


class WholeNumberField(RuleField):
    """Rule R1. An optional empty field is None, never 0."""

    empty = None

    def __init__(self, *, minimum: int = 0, maximum: int = 999_999_999, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.minimum, self.maximum = minimum, maximum
        self.widget.attrs.setdefault("inputmode", "numeric")

    def apply(self, text: str) -> int:
        """Read the number inside this field's limits."""
        return whole_number(text, minimum=self.minimum, maximum=self.maximum)


class NameField(RuleField):
    """Rule R6 for names."""

    rule = staticmethod(clean_name)


class CodeField(RuleField):
    """Rule R6 for codes."""

    rule = staticmethod(clean_code)


class NoteField(RuleField):
    """Rule R6 for notes; line breaks and emoji are welcome, up to the field's own length."""

    widget = forms.Textarea

    def apply(self, text: str) -> str:
        """The note as its column takes it: refused on the form, not by the service."""
        return clean_note(text, max_length=self.max_length) if self.max_length else clean_note(text)


class PhoneField(RuleField):
    """Rule R12."""

    rule = staticmethod(phone)


class BarcodeField(RuleField):
    """Rule R13."""

    rule = staticmethod(barcode)


class LocalDayField(RuleField):
    """Rule R3: a local day; an optional empty field is None."""

    empty = None
    rule = staticmethod(parse_local_day)


def _local_moment(text: str) -> datetime:
    day, _gap, time = fold_digits(text).replace("T", " ").partition(" ")
    return parse_local_time(parse_local_day(day), time.strip()[:5] or "00:00")


class LocalMomentField(RuleField):
    """Rule R3: a local day and time such as 2021-11-04 20:00; 24:00 ends the day; gives UTC."""

    empty = None
    rule = staticmethod(_local_moment)

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.widget.input_type = "datetime-local"

    def prepare_value(self, value: Any) -> Any:
        """A stored instant as the browser's own control wants it."""
        return local(value).strftime("%Y-%m-%dT%H:%M") if isinstance(value, datetime) else value
