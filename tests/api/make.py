"""Builders of the API's tests: what was written is published, as if its transaction had ended."""

from __future__ import annotations

from typing import Any

from django.test import Client

from reporting.outlets.models import Change


def publish() -> None:
    """Put all notes under the horizon: a test's own transaction never ends.

    Their order stays: it is then that of `seq` alone.
    """
    Change.objects.update(xid=2)


def pull(client: Client, name: str, **query: Any) -> dict[str, Any]:
    """One page of a list, which must be there."""
    response = client.get(f"/api/v1/{name}/", query)
    assert response.status_code == 200, response.content
    body: dict[str, Any] = response.json()
    return body


def copy_of(client: Client, name: str, **query: Any) -> dict[Any, dict[str, Any]]:
    """A copy as a caller would keep it, from the beginning to the end of the feed."""
    return follow(client, name, {}, "", **query)[0]


def follow(
    client: Client, name: str, copy: dict[Any, dict[str, Any]], cursor: str, **query: Any
) -> tuple[dict[Any, dict[str, Any]], str]:
    """Go on from a cursor until there is no more; the copy and the next cursor."""
    more = True
    while more:
        body = pull(client, name, **query, **({"cursor": cursor} if cursor else {}))
        for item in body["items"]:
            copy.pop(item["id"], None) if item.get("deleted") else copy.update({item["id"]: item})
        cursor, more = body["next_cursor"], body["more"]
    return copy, cursor
