"""Fields of free text that names no resident."""

from __future__ import annotations

from typing import Any

from django import forms

from core.forms import ClientKeyField, RuleField
from reporting.alerts.plainwords import without_persons


class PlainWords(RuleField):
    """One line of at most `max_length` characters; with `rows` it is a box of so many lines."""

    def __init__(self, *, max_length: int, rows: int = 0, **kwargs: Any) -> None:
        if rows:
            kwargs["widget"] = forms.Textarea(attrs={"rows": rows})
        super().__init__(max_length=max_length, **kwargs)
        self.widget.attrs.setdefault("autocomplete", "off")

    def apply(self, text: str) -> str:
        return without_persons(text, max_length=self.max_length or 200)


class SentOnce(forms.Form):
    """A form whose key makes a second press of its button harmless."""

    client_key = ClientKeyField(required=True)

    def renewed(self) -> None:
        """Give the form a key of its own again, after it was refused for its old one."""
        if any(
            e.code == "already_sent" for errors in self.errors.as_data().values() for e in errors
        ):
            self.data = self.data.copy()  # type: ignore[attr-defined]  # a QueryDict of a request
            self.data["client_key"] = str(ClientKeyField().initial())  # type: ignore[index,operator]
