"""One page of a resource: from the change feed, or frozen at an instant; and one thing alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from core import clock
from core.inputs import Refused
from core.scope import Scope
from reporting.outlets.api.asking import (
    cursor_text,
    filters_of,
    instant_of,
    limit_of,
    refuse_street_of_district,
)
from reporting.outlets.api.resources import Filter, Item, Page, Resource
from reporting.outlets.queries import changes as feed
from reporting.outlets.queries.changes import Cursor, Horizon, Note, Question

FED = ("round", "street")
"""Where the feed itself knows a filter."""


def page_of(resource: Resource, scope: Scope, request: HttpRequest) -> Page:
    """The page that a request asks for. Raises Refused by name of the parameter."""
    asked = filters_of(request, resource)
    if resource.streams:
        refuse_street_of_district(request, asked.get("level", ""))
    as_of = instant_of(request, "as_of")
    if as_of is not None:
        return _frozen(resource, scope, request, asked, as_of)
    limit, since = limit_of(request), instant_of(request, "updated_since")
    question = _question(resource, scope, asked, since)
    now = feed.horizon()
    text = cursor_text(request)
    place = feed.cursor_of(text, question, now) if text else Cursor(born=now.xid)
    found = feed.changes(question, place, limit=limit, below=now.xid)
    return Page(
        resource=resource,
        items=_items(resource, scope, asked, found.notes, place.born),
        as_of=clock.now(),
        next_cursor=feed.text_of(found.next, question, now.feed),
        more=found.more,
        asked={name: str(value) for name, value in asked.items()},
        question=_named(question, now),
    )


def one_of(resource: Resource, scope: Scope, key: str) -> dict[str, Any] | None:
    """The thing of this key as its item, or None where it is not there for this caller."""
    thing = resource.load(scope, [key], {}).get(key)
    if thing is None:
        return None
    [at] = _changed_at(resource, [(key, thing)])
    return _shown(resource.serializer(), thing, at)


def _question(
    resource: Resource, scope: Scope, asked: Mapping[str, Any], since: datetime | None
) -> Question:
    choice = asked.get(resource.stream_filter.name, "") if resource.stream_filter else ""
    fed = {each.name for each in resource.filters if each.on in FED}
    return Question(
        stream=resource.stream(choice or "street" if resource.streams else ""),
        scope=scope,
        round_id=asked.get("round") if "round" in fed else None,
        street_id=asked.get("street") if "street" in fed else None,
        since=since,
        shared=resource.shared,
        others=feed.as_pairs({n: v for n, v in asked.items() if n not in fed}),
    )


def _named(question: Question, now: Horizon) -> str:
    return "|".join((now.feed, *question.digest()))


def _items(
    resource: Resource, scope: Scope, asked: Mapping[str, Any], notes: list[Note], born: int
) -> list[dict[str, Any]]:
    """Items for the notes, in their order; what is no longer there as a tombstone, unless it was
    gone before this reader began. A thing that moved to another street than the one that was asked
    for is no longer there, whoever may see it elsewhere."""
    loaded = resource.load(scope, [note.key for note in notes], asked)
    serializer = resource.serializer()
    fed, compared = _narrowing(resource, asked)
    found: dict[str, dict[str, Any]] = {}
    for note in notes:
        thing = loaded.get(note.key)
        item = _shown(serializer, thing, note.at) if thing is not None else None
        if item is None or not _fits(item, fed, asked):
            if not note.gone or note.xid < born:
                continue
            item = _tombstone(resource.noted_of(note.key, note.district_id, asked), note.at)
        elif not _fits(item, compared, asked):
            continue
        found.pop(str(item["id"]), None)
        found[str(item["id"])] = item
    return list(found.values())


def _narrowing(resource: Resource, asked: Mapping[str, Any]) -> tuple[list[Filter], list[Filter]]:
    """The filters that were asked for: those that the feed knows, and those compared here."""
    given = [each for each in resource.all_filters if each.name in asked]
    return [each for each in given if each.on in FED], [each for each in given if not each.on]


def _fits(item: Mapping[str, Any], filters: Sequence[Filter], asked: Mapping[str, Any]) -> bool:
    return all(item[each.name] == asked[each.name] for each in filters)


def _tombstone(key: str, at: datetime) -> dict[str, Any]:
    return {
        "id": int(key) if key.isdigit() else key,
        "deleted": True,
        "changed_at": clock.local(at),
    }


def _shown(serializer: Item, thing: Any, changed_at: datetime | None) -> dict[str, Any]:
    """A loaded thing as its item. One serializer does for a page: its fields are made once."""
    if isinstance(thing, dict):
        thing = {**thing, "changed_at": changed_at}
    else:
        thing.changed_at = changed_at
    return dict(serializer.to_representation(thing))


def _changed_at(resource: Resource, things: Sequence[tuple[str, Any]]) -> list[datetime | None]:
    """When each thing was last noted as changed, wherever that is noted; one statement. Triggers
    note every row, so None is only of rows that were written past them."""
    places = [resource.noted_as(key, thing) for key, thing in things]
    found = feed.changed_at(resource.all_streams, {key for keys in places for key in keys})
    return [max((found[key] for key in keys if key in found), default=None) for keys in places]


def _frozen(
    resource: Resource, scope: Scope, request: HttpRequest, asked: dict[str, Any], as_of: datetime
) -> Page:
    """Things as known at an instant, by id: nothing changes there, so the cursor is an id."""
    if resource.frozen is None:
        raise Refused(
            "as_of_not_kept", _("What this held at an earlier time is not kept: leave out as_of.")
        ).at("as_of")
    if "updated_since" in request.GET:
        raise Refused("as_of_or_since", _("Give either as_of or updated_since, not both.")).at(
            "updated_since"
        )
    limit = limit_of(request)
    question = replace(
        _question(resource, scope, asked, None),
        others=feed.as_pairs(asked | {"as_of": as_of.isoformat()}),
    )
    now, text = feed.horizon(), cursor_text(request)
    after = feed.cursor_of(text, question, now) if text else Cursor()
    rows = resource.frozen(scope, as_of, asked, after.seq, limit + 1)
    more, rows = len(rows) > limit, rows[:limit]
    last = replace(after, seq=max((int(row.pk) for row in rows), default=after.seq))
    return Page(
        resource=resource,
        items=_frozen_items(resource, asked, rows),
        as_of=as_of,
        next_cursor=feed.text_of(last, question, now.feed),
        more=more,
        asked={name: str(value) for name, value in asked.items()} | {"as_of": as_of.isoformat()},
        question=_named(question, now),
    )


def _frozen_items(
    resource: Resource, asked: Mapping[str, Any], rows: Sequence[Any]
) -> list[dict[str, Any]]:
    serializer, (_fed, compared) = resource.serializer(), _narrowing(resource, asked)
    times = _changed_at(resource, [(str(row.pk), row) for row in rows])
    items = [_shown(serializer, row, at) for row, at in zip(rows, times, strict=True)]
    return [item for item in items if _fits(item, compared, asked)]
