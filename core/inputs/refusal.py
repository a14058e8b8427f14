"""The one way in which the kernel says no to a value, with the words a person needs to mend it."""

from __future__ import annotations

from typing import Any, Self

from django.core.exceptions import ValidationError


class Refused(Exception):
    """A value or an act that is not accepted.

    `code` is stable and meant for machines; `message` is a (lazily translated) sentence that says
    what is wrong and how to mend it, with `%(name)s` places filled from `params`. The message must
    never repeat personal data. `path` names the place in a body, such as `items[3].person.phone`.
    """

    status = 400

    def __init__(self, code: str, message: Any, **params: Any) -> None:
        super().__init__(code)
        self.code = code
        self.message = message
        self.params = params
        self.path = ""

    def at(self, path: str) -> Self:
        """Return self after naming the place the value came from."""
        self.path = path
        return self

    @property
    def text(self) -> str:
        """The sentence in the language that is active now."""
        sentence = str(self.message)
        return sentence % self.params if self.params else sentence

    def __str__(self) -> str:
        return self.text

    def as_validation_error(self) -> ValidationError:
        """The same refusal for a Django form."""
        return ValidationError(self.message, code=self.code, params=self.params or None)


class Conflict(Refused):
    """The value is well formed, but what is already stored does not allow it (HTTP 409)."""

    status = 409
