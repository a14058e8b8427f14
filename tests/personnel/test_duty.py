"""One person: booked once, fit, rested; a no says who, where and until when."""

from __future__ import annotations

import uuid

import pytest
from django.utils.translation import override

from core.inputs import Conflict, Refused
from core.models import AuditEvent
from core.scope import scoped
from personnel.models import Duty, DutyPlace
from personnel.services import duty, places
from personnel.services.duty_rules import in_words
from tests.personnel.roster import NOW, Roster, after, make_roster

pytestmark = pytest.mark.django_db


@pytest.fixture
def roster() -> Roster:
    return make_roster()


def act(roster: Roster, name: str, one: Duty, at: float = 0, **more) -> Duty:
    scope = more.pop("scope", roster.scope)
    with scoped(scope):
        return getattr(duty, name)(duty_id=one.pk, scope=scope, by="test", at=after(at), **more)


def test_the_same_key_is_the_same_duty(roster) -> None:
    member, where, key = roster.member(), roster.at_point(), uuid.uuid4()
    first = roster.book(member, where, key=key)

    assert roster.book(member, where, key=key).pk == first.pk
    assert first.round_id == roster.place.round.pk
    with pytest.raises(Conflict) as no:
        roster.book(roster.member(), where, key=key)
    assert no.value.code == "key_reused"


def test_taken_says_who_where_and_until_when(roster) -> None:
    member, where = roster.member(name="张三丰"), roster.at_point()
    roster.book(member, where, 1, 4)

    with pytest.raises(Conflict) as no:
        roster.book(member, roster.at_point(roster.unit_there), 3.5, 5)

    assert no.value.code == "taken"
    assert member.name_mask in no.value.text
    assert where.point.name in no.value.text
    assert "11-05 00:00" in no.value.text
    assert "张三丰" not in no.value.text


def test_taken_elsewhere_does_not_name_the_neighbours_place(roster) -> None:
    member, there = roster.member(roster.place.here), roster.at_point(roster.unit_there)
    roster.book(member, there, 1, 4)

    with pytest.raises(Conflict) as no:
        roster.book(member, roster.at_point(), 2, 3, scope=roster.street_scope())

    assert there.point.name not in no.value.text
    with override("en"):
        assert "booked elsewhere until 11-05 00:00" in no.value.text


def test_back_to_back_is_not_twice(roster) -> None:
    member, where = roster.member(), roster.at_point()
    roster.book(member, where, 1, 4)

    assert roster.book(member, where, 4, 6, override="nobody else was found").pk


@pytest.mark.parametrize(
    ("start", "end", "elsewhere", "code"),
    [
        (20, 25, False, "limit_ppe"),
        (4.25, 6, True, "limit_travel"),
        (8, 10, False, "limit_rest"),
        (8, 10, True, "limit_rest"),
    ],
)
def test_limits_refuse_unless_words_say_why(roster, start, end, elsewhere, code) -> None:
    member, where = roster.member(), roster.at_point()
    roster.book(member, where, 1, 4)
    other = roster.at_point(roster.unit_there) if elsewhere else where

    with pytest.raises(Refused) as no:
        roster.book(member, other, start, end)
    assert no.value.code == code
    with pytest.raises(Refused):
        roster.book(member, other, start, end, override="13800000000")
    booked = roster.book(member, other, start, end, override="relief did not come")

    assert booked.reason == "relief did not come"
    event = AuditEvent.objects.filter(act="duty.book", object_id=str(booked.pk)).get()
    assert event.summary["override"] == "relief did not come"
    assert code in event.summary["passed_over"]


def test_words_are_not_kept_where_no_limit_was_passed(roster) -> None:
    assert roster.book(roster.member(), roster.at_point(), override="just so").reason == ""


def test_a_driver_needs_no_rest_between_two_trips(roster) -> None:
    place = roster.place
    cars = [
        DutyPlace.objects.create(district_id=place.district.pk, kind="vehicle", name=f"渝A{n}")
        for n in (1, 2)
    ]
    driver = roster.member(None, "driver")
    roster.book(driver, cars[0], 1, 2, role="driver")

    assert roster.book(driver, cars[0], 2, 3, role="driver").pk
    with pytest.raises(Refused) as no:
        roster.book(driver, cars[1], 3, 4, role="driver")
    assert no.value.code == "limit_travel"


def test_only_the_certified_are_booked(roster) -> None:
    member = roster.member(qualified=("swab",))

    with pytest.raises(Refused) as no:
        roster.book(member, roster.at_point())

    assert no.value.code == "not_certified"
    assert roster.book(member, roster.at_point(), role="usher").pk


def test_the_neighbours_people_and_places_do_not_exist(roster) -> None:
    scope = roster.street_scope()
    theirs, there = roster.member(roster.place.there), roster.at_point(roster.unit_there)

    for member, where in ((theirs, roster.at_point()), (roster.member(roster.place.here), there)):
        with pytest.raises(Refused) as no:
            roster.book(member, where, scope=scope)
        assert no.value.status == 404
    with pytest.raises(Refused) as no:
        places.place_of_point(point_id=roster.unit_there.point_id, scope=scope)
    assert no.value.status == 404
    booked = roster.book(theirs, there)
    for name in ("arrive", "leave"):
        with pytest.raises(Refused) as no:
            act(roster, name, booked, 2, scope=scope)
        assert no.value.status == 404


def test_who_helps_out_here_is_bookable_here_until_it_is_over(roster) -> None:
    scope, helper = roster.street_scope(), roster.member(roster.place.there)
    first = roster.book(helper, roster.at_point(), 1, 3)

    assert roster.book(helper, roster.at_point(), 12, 14, scope=scope).pk
    Duty.objects.exclude(pk=first.pk).delete()
    act(roster, "cancel", first, reason="rain")
    with pytest.raises(Refused) as no:
        roster.book(helper, roster.at_point(), 20, 22, scope=scope)
    assert no.value.status == 404


def test_a_cancelled_duty_sets_the_person_free_and_keeps_the_reason(roster) -> None:
    member, where = roster.member(), roster.at_point()
    booked = roster.book(member, where)

    with pytest.raises(Refused) as no:
        act(roster, "cancel", booked, reason=" ")
    assert no.value.code == "reason_missing"
    assert act(roster, "cancel", booked, reason="rain").reason == "rain"
    assert act(roster, "cancel", booked, reason="again").reason == "rain"
    assert roster.book(member, where).pk


def test_cancelling_a_helper_of_another_street_twice_is_once(roster) -> None:
    scope = roster.street_scope()
    booked = roster.book(roster.member(roster.place.there), roster.at_point())

    assert act(roster, "cancel", booked, reason="rain", scope=scope).state == "cancelled"
    assert act(roster, "cancel", booked, reason="again", scope=scope).reason == "rain"


def test_leaving_early_ends_the_duty_then_and_late_does_not_lengthen_it(roster) -> None:
    where = roster.at_point()
    early, late = (roster.book(roster.member(), where, 1, 4) for _ in range(2))

    for one in (early, late):
        assert act(roster, "arrive", one, 0.5).arrived_at == after(0.5)
        assert act(roster, "arrive", one, 2).arrived_at == after(0.5)
    assert act(roster, "leave", early, 2).ends_at == after(2)
    left = act(roster, "leave", late, 5)

    assert (left.ends_at, left.left_at) == (after(4), after(5))
    assert roster.book(early.member, where, 2, 3, override="came back").pk


def test_steps_out_of_turn_are_refused(roster) -> None:
    where = roster.at_point()
    one = roster.book(roster.member(), where, 10, 13)

    for name, at, code in (
        ("arrive", 1, "not_its_time"), ("arrive", 13, "not_its_time"), ("leave", 2, "not_begun"),
    ):  # fmt: skip
        with pytest.raises(Conflict) as no:
            act(roster, name, one, at)
        assert no.value.code == code
    act(roster, "arrive", one, 10)
    with pytest.raises(Conflict) as no:
        act(roster, "cancel", one, reason="rain")
    assert no.value.code == "duty_begun"


def test_moving_ends_one_duty_and_begins_the_other(roster) -> None:
    member, where, there = roster.member(), roster.at_point(), roster.at_point(roster.unit_there)
    old = roster.book(member, where, 0.5, 4)
    act(roster, "arrive", old, 1)
    key = uuid.uuid4()
    to = {"client_key": key, "place_id": there.pk, "starts_at": after(2.5), "reason": "long queue"}

    new = act(roster, "move", old, 2, **to)

    old.refresh_from_db()
    assert (old.state, old.ends_at) == ("done", after(2))
    assert (new.place_id, new.starts_at, new.ends_at) == (there.pk, after(2.5), after(4))
    assert act(roster, "move", old, 2, **to).pk == new.pk
    assert Duty.objects.count() == 2


def test_who_has_not_come_yet_is_moved_by_cancelling(roster) -> None:
    member, there = roster.member(), roster.at_point(roster.unit_there)
    old = roster.book(member, roster.at_point(), 5, 8)

    new = act(
        roster, "move", old, 0, client_key=uuid.uuid4(), place_id=there.pk, starts_at=NOW,
        reason="more urgent",
    )  # fmt: skip

    old.refresh_from_db()
    assert old.state == "cancelled"
    assert (new.starts_at, new.ends_at) == (after(5), after(8))


def test_who_left_the_list_is_not_booked(roster) -> None:
    with pytest.raises(Conflict) as no:
        roster.book(roster.member(left_at=NOW), roster.at_point())
    assert no.value.code == "member_left"


def test_a_closed_place_takes_nobody_and_an_occupied_one_does_not_close(roster) -> None:
    scope = roster.scope
    post = places.add_place(
        kind="checkpoint", name="北门卡口", street_id=roster.place.here.pk, around_the_clock=True,
        scope=scope, by="test", at=NOW,
    )  # fmt: skip
    booked = roster.book(roster.member(), post, role="gate_guard")
    with pytest.raises(Conflict) as no:
        places.close_place(place_id=post.pk, scope=scope, by="test", at=NOW)
    assert no.value.code == "place_in_use"
    act(roster, "cancel", booked, reason="closed")
    for start in (-1, 2):
        roster.need(post, 2, start, start + 2, "gate_guard")
    places.close_place(place_id=post.pk, scope=scope, by="test", at=NOW)
    assert [shift.ends_at for shift in post.shifts.all()] == [NOW]
    with pytest.raises(Conflict) as no:
        roster.book(roster.member(), post, role="gate_guard")
    assert no.value.code == "place_closed"


def test_places_are_made_once_and_a_unit_brings_its_point(roster) -> None:
    scope = roster.scope
    one = places.place_of_unit(unit_id=roster.unit.pk, scope=scope)
    two = places.place_of_unit(unit_id=roster.unit.pk, scope=scope)
    street = [places.place_of_street(street_id=roster.place.here.pk, scope=scope) for _ in "ab"]

    assert one == two
    assert street[0] == street[1]
    assert DutyPlace.objects.filter(kind="point", point=roster.unit.point).count() == 1
    with pytest.raises(Refused) as no:
        places.place_of_street(street_id=roster.place.there.pk, scope=roster.street_scope())
    assert no.value.status == 404


def test_who_came_early_and_goes_before_the_beginning_is_free_then(roster) -> None:
    point, member = roster.at_point(), roster.member()
    one = roster.book(member, point, 1, 4)
    who = {"duty_id": one.pk, "scope": roster.scope, "by": "test"}
    with scoped(roster.scope):
        duty.arrive(**who, at=after(0.5))
        duty.leave(**who, at=after(0.7))
        duty.leave(**who, at=after(0.8))

    one.refresh_from_db()
    assert (one.state, one.arrived_at, one.left_at) == ("cancelled", after(0.5), None)
    assert roster.book(member, point, 1, 4).state == "booked"


def test_a_key_does_not_bring_back_what_was_cancelled(roster) -> None:
    key, point, member = uuid.uuid4(), roster.at_point(), roster.member()
    one = roster.book(member, point, key=key)
    with scoped(roster.scope):
        duty.cancel(duty_id=one.pk, reason="rain", scope=roster.scope, by="test", at=NOW)

    with pytest.raises(Conflict) as no:
        roster.book(member, point, key=key)
    assert no.value.code == "duty_over"


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("call 13800001111 first", "call … first"),
        ("ill, 99000019800101001X", "ill, …"),
        ("order 20211104123456 of the day", "order 20211104123456 of the day"),
        ("13800001111", ""),
    ],
)
def test_reasons_keep_no_numbers_of_people(said, kept) -> None:
    assert in_words(said) == kept
