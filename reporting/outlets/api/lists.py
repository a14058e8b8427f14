"""One page of a resource: from the change feed, or frozen at an instant."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from core import clock
from core.inputs import Refused
from core.scope import Scope
from reporting.outlets.api.asking import cursor_text, filters_of, instant_of, limit_of
from reporting.outlets.api.resources import Item, Page, Resource
from reporting.outlets.queries import changes as feed
from reporting.outlets.queries.changes import Cursor, Note, Question


def page_of(resource: Resource, scope: Scope, request: HttpRequest) -> Page:
    """The page that a request asks for. Raises Refused by name of the parameter."""
    asked = filters_of(request, resource)
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
        question="|".join(question.digest()),
    )


def _question(
    resource: Resource, scope: Scope, asked: Mapping[str, Any], since: datetime | None
) -> Question:
    choice = asked.get(resource.stream_filter.name, "") if resource.stream_filter else ""
    fed = {each.name for each in resource.filters if each.on in ("round", "street")}
    return Question(
        stream=resource.stream(choice or "street" if resource.streams else ""),
        scope=scope,
        round_id=asked.get("round") if "round" in fed else None,
        street_id=asked.get("street") if "street" in fed else None,
        since=since,
        shared=resource.shared,
        others=feed.as_pairs({n: v for n, v in asked.items() if n not in fed}),
    )


def _items(
    resource: Resource, scope: Scope, asked: Mapping[str, Any], notes: list[Note], born: int
) -> list[dict[str, Any]]:
    """Items for the notes, in their order; what is no longer there as a tombstone, unless it was
    gone before this reader began."""
    loaded = resource.load(scope, [note.key for note in notes], asked)
    serializer = resource.serializer()
    compared = [each for each in resource.all_filters if not each.on and each.name in asked]
    found: dict[Any, dict[str, Any]] = {}
    for note in notes:
        thing = loaded.get(note.key)
        if thing is None:
            if note.gone and note.xid >= born:
                found.pop(note.key, None)
                found[note.key] = _tombstone(resource, note)
            continue
        item = shown(serializer, thing, note.at)
        if all(item[each.name] == asked[each.name] for each in compared):
            found.pop(item["id"], None)
            found[item["id"]] = item
    return list(found.values())


def _tombstone(resource: Resource, note: Note) -> dict[str, Any]:
    key: Any = int(note.key) if note.key.isdigit() else note.key
    return {"id": key, "deleted": True, "changed_at": clock.local(note.at)}


def shown(serializer: Item, thing: Any, changed_at: datetime | None) -> dict[str, Any]:
    """A loaded thing as its item. One serializer does for a page: its fields are made once."""
    if isinstance(thing, dict):
        thing = {**thing, "changed_at": changed_at}
    else:
        thing.changed_at = changed_at
    return dict(serializer.to_representation(thing))


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
    rows = resource.frozen(scope, as_of, asked, str(after.seq), limit + 1)
    more, rows = len(rows) > limit, rows[:limit]
    serializer = resource.serializer()
    last = replace(after, seq=_last(rows, after.seq))
    return Page(
        resource=resource,
        items=[shown(serializer, row, as_of) for row in rows],
        as_of=as_of,
        next_cursor=feed.text_of(last, question, now.feed),
        more=more,
        asked={name: str(value) for name, value in asked.items()} | {"as_of": as_of.isoformat()},
        question="|".join(question.digest()),
    )


def _last(rows: Iterable[Any], otherwise: int) -> int:
    return max((int(row.pk) for row in rows), default=otherwise)
