"""Today tells people on duty what waits for their answer, and dispatchers who gave none."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import translation

from core import clock
from core.scope import Scope, scoped
from personnel.models import User
from personnel.roles import POLICY, Role
from reporting.boards.today import today
from tests.logistics.duty_call import OnDuty, make_on_duty
from tests.logistics.wheels import HOUR
from tests.personnel.make import make_district, make_user
from tests.personnel.people import START

ASKED = START - HOUR


@pytest.fixture
def me(db, monkeypatch) -> OnDuty:
    monkeypatch.setattr(clock, "now", lambda: ASKED)
    return make_on_duty(make_district())


def scope_for(user: User, role: Role, **area) -> Scope:
    permissions = frozenset(permission.value for permission in POLICY[role].permissions)
    return Scope(permissions=permissions, actor=f"user:{user.pk}:{role.value}", **area)


def cards(scope: Scope, at):
    with scoped(scope), translation.override("en"):
        return [(card.title, card.standing, card.url) for card in today(scope, at=at).cards]


def test_an_order_waits_for_my_answer_and_not_for_another_persons(me: OnDuty) -> None:
    me.order()
    street = {"streets": frozenset({me.place.here.pk})}
    mine = scope_for(me.user, Role.FIELD_STAFF, **street)
    others = scope_for(make_user(), Role.FIELD_STAFF, **street)

    assert cards(mine, ASKED) == [("1 order waits for your answer", "warn", "/my/")]
    late = ASKED + timedelta(minutes=11)
    assert cards(mine, late) == [("1 order waits for your answer", "crit", "/my/")]
    assert cards(others, ASKED) == []


def test_my_trip_is_told_of_before_it_leaves(me: OnDuty) -> None:
    me.drive()
    mine = scope_for(me.user, Role.DRIVER, districts=frozenset({me.place.district.pk}))

    titles = [title for title, _standing, _url in cards(mine, START - timedelta(minutes=20))]

    assert titles[0] == "1 order waits for your answer"
    assert titles[1] == "Your trip leaves at 20:00"
    assert all("trip" not in title for title, *_rest in cards(mine, START - 13 * HOUR))


def test_the_dispatcher_is_told_who_has_not_answered(me: OnDuty) -> None:
    me.order()
    district = frozenset({me.place.district.pk})
    other = frozenset({make_district().district.pk})
    late = ASKED + timedelta(minutes=10)

    def told(role: Role, area: frozenset[int], at) -> list[str]:
        found = cards(scope_for(make_user(), role, districts=area), at)
        return [url for title, _standing, url in found if "unanswered" in title]

    assert told(Role.DISPATCHER, district, ASKED) == []
    assert told(Role.DISPATCHER, district, late) == ["/dispatch/list/"]
    assert told(Role.DISPATCHER, other, late) == []
    assert told(Role.PLANNER, district, late) == []


@pytest.mark.parametrize("role", [Role.DRIVER, Role.FIELD_STAFF])
def test_who_has_nothing_but_own_duties_begins_there(me: OnDuty, role: Role) -> None:
    client = Client()
    client.force_login(make_user(role, me.place.here))

    assert client.get("/home/").headers["Location"] == "/my/"
