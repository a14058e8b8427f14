"""One way for a page to do what a form asks: done, or refused in words on the form itself.

A page reads the same everywhere::

    form = PointForm(request.POST)
    done = accepted(form, lambda data: add_point(**data, **who(request)))
    if done:
        return HttpResponseRedirect(reverse("sites:point", args=[done.value.pk]))
    return _page(request, form, status=422)

The form then holds what was typed and why it was not accepted. A page of one button or one field
that shows a single sentence takes it from `done.refused`, and without any form calls `attempt`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from django.core.exceptions import ValidationError
from django.db import IntegrityError
from django.forms import Form
from django.http import HttpRequest

from core import clock
from core.constraints import readable
from core.inputs import Refused
from core.scope import Scope

T = TypeVar("T")
NOT_FOUND = 404


@dataclass(frozen=True)
class Answer(Generic[T]):
    """What became of an act; true if it was done. `refused` is the sentence for a person if not."""

    result: T | None = None
    refused: Refused | None = None

    def __bool__(self) -> bool:
        return self.refused is None

    @property
    def value(self) -> T:
        """What the service returned; a refusal has none and is raised again."""
        if self.refused is not None:
            raise self.refused
        return self.result  # type: ignore[return-value]  # a service of None has None as value


def who(request: HttpRequest) -> dict[str, Any]:
    """The `scope`, `by` and `at` of a service call made for this request, at the time it is now."""
    scope: Scope = request.scope  # type: ignore[attr-defined]  # put there by the middleware
    return {"scope": scope, "by": scope.actor, "at": clock.now()}


def accepted(
    form: Form,
    act: Callable[[dict[str, Any]], T],
    *,
    fields: Mapping[str, str] | None = None,
    otherwise: str | None = None,
) -> Answer[T]:
    """Call `act` with the cleaned data of a valid form; whatever is refused becomes a form error.

    The error stands at the field that the refusal names by its path, or that `fields` gives for
    its code, or at the field `otherwise`, and on top of the form if there is none.
    """
    if not form.is_valid():
        return Answer(refused=_first_error(form))
    try:
        answer = attempt(lambda: act(form.cleaned_data))
    except ValidationError as unfit:
        _take_over(form, unfit)
        return Answer(refused=_first_error(form))
    refused = answer.refused
    if refused is not None:
        name = (fields or {}).get(refused.code) or refused.path
        form.add_error(name if name in form.fields else otherwise, refused.as_validation_error())
    return answer


def attempt(act: Callable[[], T]) -> Answer[T]:
    """Do it; a refusal, or a broken constraint in its own words, comes back instead of flying.

    The service holds its own transaction, so that nothing is half done. What lies outside the
    caller's area (a refusal of status 404, Http404) or is not theirs to do (PermissionDenied)
    stays an error of the whole request.
    """
    try:
        return Answer(act())
    except IntegrityError as broken:
        return Answer(refused=readable(broken))
    except Refused as refused:
        if refused.status == NOT_FOUND:
            raise
        return Answer(refused=refused)


def _first_error(form: Form) -> Refused:
    """What is wrong with a form, for a page that shows one sentence."""
    for errors in form.errors.as_data().values():
        for error in errors:
            return Refused(error.code or "invalid", error.messages[0])
    return Refused("invalid", "")


def _take_over(form: Form, unfit: ValidationError) -> None:
    """A model's complaints, each where the person can mend it."""
    if not hasattr(unfit, "error_dict"):
        form.add_error(None, unfit)
        return
    for name, errors in unfit.error_dict.items():
        form.add_error(name if name in form.fields else None, ValidationError(errors))
