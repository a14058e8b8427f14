"""Lists as known at an earlier time: daily reports as their trail tells, entries as they stood."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta
from typing import Any

import pytest

from personnel.roles import Role
from reporting.alerts.services import log
from reporting.daily.services import review
from tests.alerts.make_matters import NOON, Town, make_town
from tests.api.make import copy_of, publish
from tests.api.world import signed_in
from tests.daily.make import DUE, House, make_house, set_time

pytestmark = pytest.mark.django_db
LATER = timedelta(minutes=10)


def reports_at(house: House, at: datetime, **query: Any) -> dict[str, Any]:
    """The only report of the street, as it was known at a time."""
    client = house.client(Role.COMMANDER)
    street = house.place.here.pk
    return copy_of(client, "daily-reports", as_of=at.isoformat(), street=street, **query)


def test_a_report_is_told_as_it_stood():
    house = make_house()
    set_time(DUE + 3 * LATER)
    house.save(house.cell("staff"), "12")
    house.submit(at=DUE - LATER)
    scope = house.scope(Role.COMMANDER)
    review.accept(
        report_id=house.report().pk, version=1, scope=scope, by=scope.actor, at=DUE + LATER
    )
    (before,) = reports_at(house, DUE - 2 * LATER).values()
    (sent,) = reports_at(house, DUE).values()
    (marked,) = reports_at(house, DUE, provisional="yes").values()
    (accepted,) = reports_at(house, DUE + LATER).values()
    publish()
    now = copy_of(house.client(Role.COMMANDER), "daily-reports")[accepted["id"]]

    assert (before["state"], before["submitted_at"], before["version"]) == ("draft", None, None)
    assert (sent["state"], sent["accepted_version"], sent["figures"]) == ("submitted", None, [])
    assert (marked["version"], marked["provisional"]) == (1, True)
    assert {figure["value"] for figure in marked["figures"]} >= {12}
    assert (accepted["state"], accepted["accepted_version"]) == ("accepted", 1)
    assert accepted == now
    assert reports_at(house, DUE - timedelta(days=2)) == {}
    assert reports_at(house, DUE, round=999_999) == {}


def entries_at(town: Town, **after: int) -> dict[int, dict[str, Any]]:
    client = signed_in(Role.COMMANDER, town.place.district)
    return copy_of(client, "events", as_of=(NOON + timedelta(**after)).isoformat(), limit=1)


def test_an_entry_is_told_with_what_was_noted_of_it_by_then():
    town = make_town()
    entry, other = town.entry(), town.entry(side="there")
    log.amend_entry(
        entry_id=entry.pk, client_key=uuid.uuid4(), text="and at two",
        **town.who(Role.STREET_OFFICIAL, minutes=5),
    )  # fmt: skip
    log.promote(entry_id=entry.pk, title="Queue", **town.who(Role.COMMANDER, minutes=10))
    log.withdraw(entry_id=entry.pk, reason="minor", **town.who(Role.COMMANDER, minutes=20))

    assert entries_at(town, minutes=-1) == {}
    assert set(entries_at(town)) == {entry.pk, other.pk}
    told = [entries_at(town, minutes=minutes)[entry.pk] for minutes in (0, 5, 10, 20)]
    assert [len(each["amendments"]) for each in told] == [0, 1, 1, 1]
    assert [each["title"] for each in told] == ["", "", "Queue", ""]
