"""Orders that wait too long are passed on; a slip is undone at once; lists show one's own area."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest
from django.core.exceptions import PermissionDenied

from core import clock
from core.inputs import Conflict
from core.models import AuditEvent
from core.scope import Scope, scoped
from logistics.models import OrderState, Trip
from logistics.queries.orders import (
    OrderCount,
    ended_orders,
    log_of,
    order_count,
    order_in,
    running_orders,
)
from logistics.services import orders
from logistics.tasks import follow_orders
from personnel.models import Duty
from personnel.services import duty as duties
from tests.logistics.desk import ASKED, BY, Desk, phone
from tests.logistics.wheels import (
    make_driver,
)
from tests.personnel.make import make_district
from tests.personnel.people import START, floor_of, make_member

S = OrderState


@pytest.fixture
def place(db):
    place = make_district()
    with floor_of(place.district):
        yield place


@pytest.fixture
def desk(place) -> Desk:
    return Desk(place)


def test_unanswered_orders_are_passed_on_once_and_head_the_list(desk, place) -> None:
    answered = desk.duty()
    phone(answered, S.ACCEPTED, member=desk.member, at=ASKED)
    late = desk.trip(driver=make_driver(place))
    in_time = ASKED + timedelta(minutes=9)
    over = ASKED + timedelta(minutes=10)

    assert orders.escalate_unanswered(in_time) == 0
    assert (orders.escalate_unanswered(over), orders.escalate_unanswered(over)) == (1, 0)

    late.refresh_from_db()
    assert late.escalated_at == over
    assert [line.passed_on for line in log_of(late)] == [False, True]
    assert AuditEvent.objects.filter(act="order.escalate").count() == 1
    assert [line.order.pk for line in running_orders(desk.scope, at=over)] == [late.pk, answered.pk]
    first = running_orders(desk.scope, at=over)[0]
    assert (first.order.pk, first.escalated, first.overdue) == (late.pk, True, True)
    assert not any(line.overdue for line in running_orders(desk.scope, at=in_time))


def test_an_order_is_undone_within_thirty_seconds_on_the_wall(desk, monkeypatch) -> None:
    monkeypatch.setattr(clock, "rate", lambda: 60.0)
    first, second = desk.duty(), desk.trip()
    said = {"scope": desk.scope, "by": BY}

    undone = orders.undo(order_id=first.pk, at=ASKED + timedelta(minutes=30), **said)
    with pytest.raises(Conflict) as refused:
        orders.undo(order_id=second.pk, at=ASKED + timedelta(minutes=31), **said)

    assert undone.state == "withdrawn"
    assert Duty.objects.get(pk=first.duty_id).state == "cancelled"
    assert refused.value.code == "undo_too_late"
    assert Trip.objects.get(pk=second.trip_id).state == "planned"


def test_nobody_undoes_an_order_of_another_or_one_that_is_under_way(desk) -> None:
    order = desk.duty()

    with pytest.raises(PermissionDenied):
        orders.undo(order_id=order.pk, scope=desk.scope, by="user:2:dispatcher", at=ASKED)
    phone(order, S.EN_ROUTE, member=desk.member, at=ASKED)
    with pytest.raises(Conflict):
        orders.undo(order_id=order.pk, scope=desk.scope, by="user:1:commander", at=ASKED)


def test_a_list_of_orders_takes_the_same_statements_whatever_its_length(
    desk, place, django_assert_max_num_queries
) -> None:
    desk.duty()
    for _ in range(3):
        desk.trip(driver=make_driver(place))
    desk.member = make_member(place.district)
    desk.team()

    with django_assert_max_num_queries(3):
        lines = running_orders(desk.scope, at=START)

    assert sorted(line.kind for line in lines) == ["duty", "team", "trip", "trip", "trip"]
    assert {line.where for line in lines} == {"市九院 → 翡翠广场", str(desk.spot)}


def test_a_list_that_is_cut_is_counted_whole(desk, place) -> None:
    answered = desk.duty()
    phone(answered, S.ACCEPTED, member=desk.member, at=ASKED)
    for _ in range(3):
        desk.trip(driver=make_driver(place))
    over = ASKED + timedelta(minutes=10)

    waiting = running_orders(desk.scope, at=over, waiting=True, limit=2)

    assert {line.order.state for line in waiting} == {"requested"}
    assert len(waiting) == 2
    assert order_count(desk.scope, at=over) == OrderCount(all=4, waiting=3, overdue=3)
    assert order_count(desk.scope, at=over, since=ASKED) == OrderCount(0, 0, 0)
    there = Scope(streets=frozenset({place.there.pk}))
    assert order_count(there, at=over) == OrderCount(0, 0, 0)


def test_a_street_sees_orders_of_its_own_alone(desk, place) -> None:
    order = desk.duty()
    here = Scope(streets=frozenset({place.here.pk}))
    there = Scope(streets=frozenset({place.there.pk}))

    assert [line.order.pk for line in running_orders(here, at=START)] == [order.pk]
    assert running_orders(there, at=START) == []
    assert order_in(there, order.pk, at=START) is None
    assert ended_orders(here, at=START, since=ASKED) == []


def test_how_long_an_answer_may_take_is_a_setting(desk, place) -> None:
    from campaigns.services.groups import set_norm

    set_norm(
        district=place.district, code="answer_minutes", value=Decimal(3), reason="night", by=BY,
        at=ASKED,
    )  # fmt: skip

    assert desk.duty().answer_by == ASKED + timedelta(minutes=3)


def test_a_street_lists_an_order_whose_person_it_may_not_see_any_more(desk, place) -> None:
    desk.member = make_member(place.district)
    order = desk.duty()
    desk.step(order, S.WITHDRAWN)
    here = Scope(streets=frozenset({place.here.pk}))

    with scoped(here):
        (line,) = ended_orders(here, at=START, since=ASKED)

    assert (line.order.pk, line.what, line.recipient) == (order.pk, "", "")


def test_the_tick_passes_on_and_follows(desk, place, monkeypatch) -> None:
    late, there = desk.trip(driver=make_driver(place)), desk.duty()
    duties.arrive(duty_id=there.duty_id, scope=desk.scope, by=BY, at=START)
    monkeypatch.setattr(clock, "now", lambda: START)

    follow_orders()
    follow_orders()

    late.refresh_from_db()
    there.refresh_from_db()
    assert (late.escalated_at, late.state) == (START, "requested")
    assert (there.escalated_at, there.state) == (None, "on_site")
    assert AuditEvent.objects.filter(act="order.escalate").count() == 1
