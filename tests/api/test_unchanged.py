"""Entity tags of lists: 304 spares an answer and holds nobody in place."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from personnel.roles import Role
from reporting.outlets.queries import changes
from sites.models import SamplingPoint
from tests.api.test_feed import _own_horizon, place
from tests.api.world import signed_in
from tests.personnel.make import District, make_unit

__all__ = ["_own_horizon", "place"]
pytestmark = pytest.mark.django_db(transaction=True)


def ask(client: Client, name: str, tag: str, **query: Any) -> Any:
    headers = {"If-None-Match": tag} if tag else {}
    return client.get(f"/api/v1/{name}/", query, headers=headers)


def test_equal_pages_with_more_behind_them_are_all_sent(place: District) -> None:
    commander = signed_in(Role.COMMANDER, place.district)
    tag, cursor, statuses, came = "", "", [], []
    while True:
        query = {"level": "street", "limit": 1} | ({"cursor": cursor} if cursor else {})
        response = ask(commander, "divisions", tag, **query)
        statuses.append(response.status_code)
        cursor, tag = response.headers["X-Next-Cursor"], response.headers["ETag"]
        if response.status_code == 200:
            came += [item["id"] for item in response.json()["items"]]
        if response.headers["X-More"] == "false" or len(statuses) > 20:
            break

    # Between two streets lie divisions of other levels: pages of nothing, with more behind them.
    assert set(came) == {place.here.pk, place.there.pk}
    assert 304 not in statuses[:-1]
    assert len(statuses) < 20


def test_an_idle_reader_goes_on_with_the_horizon(place: District) -> None:
    commander = signed_in(Role.COMMANDER, place.district)
    unit = make_unit(place)
    first = ask(commander, "points", "")
    second = ask(commander, "points", "", cursor=first.headers["X-Next-Cursor"])
    make_unit(place, street=place.there)  # the feed moves, and this reader's part of it does not
    query = {"street": place.here.pk}
    own = ask(commander, "points", "", **query)
    idle = ask(commander, "points", "", **query, cursor=own.headers["X-Next-Cursor"])
    SamplingPoint.objects.filter(pk__gt=unit.point_id).update(name="elsewhere")

    same = ask(commander, "points", idle.headers["ETag"], **query,
               cursor=idle.headers["X-Next-Cursor"])  # fmt: skip

    assert (first.headers["X-Next-Cursor"], first.headers["X-More"]) == (
        first.json()["next_cursor"], "false",
    )  # fmt: skip
    assert second.json()["items"] == []
    assert (same.status_code, same.content) == (304, b"")
    assert same.headers["X-More"] == "false"
    assert same.headers["X-Next-Cursor"] != idle.headers["X-Next-Cursor"]
    SamplingPoint.objects.filter(pk=unit.point_id).update(name="changed")
    after = ask(commander, "points", same.headers["ETag"], **query,
                cursor=same.headers["X-Next-Cursor"])  # fmt: skip
    assert [item["name"] for item in after.json()["items"]] == ["changed"]


def test_after_a_restore_nobody_is_told_to_have_it_already(
    place: District, monkeypatch: pytest.MonkeyPatch
) -> None:
    commander = signed_in(Role.COMMANDER, place.district)
    make_unit(place)
    first = ask(commander, "points", "")
    now = changes.horizon()
    monkeypatch.setattr(changes, "horizon", lambda: changes.Horizon("0" * 12, now.xid))

    again = ask(commander, "points", first.headers["ETag"])

    assert again.status_code == 200
    assert again.json()["items"] == first.json()["items"]
