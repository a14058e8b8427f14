"""What a resource of the API is: one kind of thing, its filters, how its rows are loaded and shown.

Views, documentation, formats and tests go through this description, so a new resource is one entry.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from core.scope import Scope

Loaded = Mapping[str, Any]


class Item(serializers.Serializer[Any]):
    """What every item has. `changed_at` is real time and says how old this state may be."""

    changed_at = serializers.DateTimeField(
        help_text=_("Real time of the last change that was noted. Scenario clocks do not move it.")
    )


@extend_schema_field({"type": ["integer", "string"]})
class AnyId(serializers.Field[Any, Any, Any, Any]):
    """An id as the resource has it: a number, or of the series a text."""


@extend_schema_field({"type": "boolean", "const": True})
class Gone(serializers.Field[Any, Any, Any, Any]):
    """Always true."""


class Tombstone(serializers.Serializer[Any]):
    """Drop your copy of this item: it was deleted, or has left your area."""

    id = AnyId(help_text=_("The id that the item had."))
    deleted = Gone(help_text=_("Always true."))
    changed_at = serializers.DateTimeField(help_text=_("Real time of the deletion."))


@dataclass(frozen=True)
class Filter:
    """A filter of a list, under which a copy stays whole.

    `on` is where it is known. `round` and `street`: the feed notes them, and tells who asked for
    them what has left. `load`: it chooses what an item says, never which items there are. Others
    are compared with the loaded item's field of the same name, and must never change for an item.
    """

    name: str
    help: Promise
    on: str = ""
    choices: tuple[str, ...] = ()


ROUND = Filter("round", _("Id of a round: only what belongs to it."), on="round")
STREET = Filter("street", _("Id of a street: only what lies in it."), on="street")


@dataclass(frozen=True)
class Resource:
    """One resource. `load` gives the things of these keys that a scope may see, by key; what is
    missing in its answer is gone for this caller."""

    name: str
    title: Promise
    about: Promise
    source: str
    serializer: type[Item]
    load: Callable[[Scope, Sequence[str], Mapping[str, Any]], Loaded]
    example: Mapping[str, Any]
    filters: tuple[Filter, ...] = ()
    # The stream of the feed, where one resource has several: chosen by a filter.
    streams: Mapping[str, str] = field(default_factory=dict)
    stream_filter: Filter | None = None
    # What belongs to no street is also shown to those who see streets only.
    shared: bool = False
    # Where a thing is noted in the feed, if not under its own key.
    noted_as: Callable[[str, Any], Sequence[str]] = lambda key, _thing: [key]
    # The id of what a note under these filters is of, if not the note's key (key, district).
    noted_of: Callable[[str, int, Mapping[str, Any]], str] = lambda key, _district, _asked: key
    # Things as known at an instant, in order of id, after one id; None: not kept.
    frozen: Callable[[Scope, datetime, Mapping[str, Any], int, int], list[Any]] | None = None
    right: str = ""
    daily: bool = False

    def stream(self, choice: str) -> str:
        """The feed's stream, under the choice of `stream_filter`."""
        return self.streams[choice] if self.streams else self.name

    @property
    def all_streams(self) -> tuple[str, ...]:
        """Every stream of the feed that tells of this resource."""
        return tuple(sorted(set(self.streams.values()))) or (self.name,)

    @property
    def all_filters(self) -> tuple[Filter, ...]:
        return (*self.filters, *((self.stream_filter,) if self.stream_filter else ()))


@dataclass(frozen=True)
class Page:
    """A page of items, ready to be written in any format. `next_cursor` is where to go on, also
    after an empty page; `asked` are the parameters it was asked with."""

    resource: Resource
    items: list[dict[str, Any]]
    as_of: datetime
    next_cursor: str
    more: bool
    asked: Mapping[str, str]
    # The feed's name and what is asked of it: part of the entity tag, so that whoever starts again
    # after a restore is never told to have these items already.
    question: str = ""

    @property
    def body(self) -> dict[str, Any]:
        """The envelope of the JSON form."""
        return {
            "as_of": self.as_of, "source": self.resource.source,
            "next_cursor": self.next_cursor, "more": self.more, "items": self.items,
        }  # fmt: skip
