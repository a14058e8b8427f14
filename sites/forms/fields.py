"""Form fields of the sites: a time of day, a choice with a first empty line."""

from __future__ import annotations

from datetime import time
from typing import Any

from core import clock
from core.forms import RuleField
from core.inputs import fold_digits, parse_local_time


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
