"""A page about the API for people who are signed in: the lists that they may read, and what their
fields mean, from the same description that the document is made of."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from core.query import refuse_unknown_query
from core.scope import Scope
from reporting.outlets.api.registry import RESOURCES
from reporting.outlets.api.resources import Resource
from reporting.outlets.permissions import can_pull


@dataclass(frozen=True, slots=True)
class Row:
    """A filter or field, and what it means."""

    name: str
    meaning: str


@dataclass(frozen=True, slots=True)
class ListGuide:
    """One list, as the page shows it."""

    name: str
    title: str
    url: str
    about: str
    rows: list[Row]


@require_safe
def guide(request: Any) -> HttpResponse:
    """What the API has for whoever looks at the page."""
    found = lists_for(request.scope)
    if not found:
        raise PermissionDenied
    plain: HttpRequest = request
    refuse_unknown_query(plain, ())
    return render(plain, "outlets/api/guide.html", {"lists": found})


def lists_for(scope: Scope) -> list[ListGuide]:
    """The lists that a caller of this scope may pull."""
    return [
        ListGuide(
            name=each.name,
            title=str(each.title),
            url=reverse(f"api:{each.name}"),
            about=str(each.about),
            rows=_rows(each),
        )
        for each in RESOURCES
        if can_pull(scope, right=each.right, daily=each.daily)
    ]


def _rows(resource: Resource) -> list[Row]:
    filters = [Row(f"?{each.name}=", str(each.help)) for each in resource.all_filters]
    fields = resource.serializer().fields
    return filters + [Row(name, str(field.help_text or "")) for name, field in fields.items()]
