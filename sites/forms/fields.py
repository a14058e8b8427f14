"""Form fields of the sites: a time of day, names and codes as the columns have them."""

from __future__ import annotations

from datetime import time
from typing import Any

from core import clock
from core.forms import CodeField, NameField, RuleField
from core.inputs import clean_code, clean_name, clean_note, fold_digits, parse_local_time


def read_time(text: str) -> time:
    """A local time of day, `8:00` or `08:00`; 24:00 is midnight. Raises Refused."""
    folded = fold_digits(text).strip().replace("：", ":")
    day = clock.day_of(clock.now())
    return clock.local(parse_local_time(day, folded)).time()


class ClockTimeField(RuleField):
    """A time of day on the 24-hour clock; an optional empty field is None."""

    empty = None
    rule = staticmethod(read_time)

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.widget.attrs.setdefault("placeholder", "08:00")
        self.widget.attrs.setdefault("inputmode", "numeric")
        self.widget.attrs.setdefault("maxlength", "5")

    def prepare_value(self, value: Any) -> Any:
        return value.strftime("%H:%M") if isinstance(value, time) else value


class ShortName(NameField):
    """A name of at most `max_length` characters, as the column has them."""

    def apply(self, text: str) -> str:
        return clean_name(text, max_length=self.max_length or 60)


class ShortCode(CodeField):
    """A code of at most `max_length` characters."""

    def apply(self, text: str) -> str:
        return clean_code(text, max_length=self.max_length or 64)


class ShortNote(RuleField):
    """A reason in one line of at most `max_length` characters."""

    def apply(self, text: str) -> str:
        return clean_note(text, max_length=self.max_length or 200)


def id_of(text: str) -> int | None:
    """A row's id out of a hidden field, None for anything that cannot be one."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None
