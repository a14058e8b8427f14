"""One's own page: what is asked of me, in my words; steps by button and by phone, each once."""

from __future__ import annotations

import json
import uuid
from datetime import timedelta

import pytest
from django.test import Client

from core import clock
from core.inputs import Conflict
from logistics.models import Order, OrderStep, PhoneStep, Trip
from logistics.services import orders, phone
from personnel.models import Duty, StaffMember
from personnel.roles import Role
from personnel.services import duty as duties
from personnel.services.duty_locks import BUSY
from personnel.services.places import place_of_street
from tests.logistics.duty_call import BY, OnDuty, made, make_on_duty, send, verdicts
from tests.logistics.wheels import HOUR, scope_of, there_and_back
from tests.personnel.make import make_district, make_user
from tests.personnel.people import START, floor_of


@pytest.fixture
def place(db, monkeypatch):
    monkeypatch.setattr(clock, "now", lambda: START)
    monkeypatch.setattr(clock, "rate", lambda: 1.0)
    return make_district()


@pytest.fixture
def me(place) -> OnDuty:
    return make_on_duty(place)


def test_an_order_says_where_when_why_and_from_which_figure(me) -> None:
    order = me.order()

    page = me.client.get("/my/")

    text = page.content.decode()
    for said in (str(order.duty.place), "queue of 50 minutes", "52 min", "11-04 20:00", "#1"):
        assert said in text or said in text.replace("今天 ", ""), said
    assert page.headers["X-Jinjian-Person"] == str(me.user.pk)
    assert (
        "no-store" in page.headers["Cache-Control"] or "no-cache" in page.headers["Cache-Control"]
    )


def test_nobody_sees_what_is_asked_of_another(place, me) -> None:
    other = make_on_duty(place)
    order = other.order()

    text = me.client.get("/my/").content.decode()

    assert str(order.duty.place) not in text
    assert verdicts(send(me, made("order", order.pk, "accepted"))) == ["refused"]
    assert verdicts(send(me, made("duty", order.duty_id, "arrived"))) == ["refused"]
    assert Order.objects.get(pk=order.pk).state == "requested"


def test_nobody_drives_for_another(place, me) -> None:
    order = make_on_duty(place).drive()
    stop = order.trip.stops.all()[0]

    answered = send(
        me, made("trip", order.trip_id, "depart"), made("stop", stop.pk, "reached"),
        made("visit", 1, "done"),
    )  # fmt: skip

    assert verdicts(answered) == ["refused"] * 3
    assert Trip.objects.get(pk=order.trip_id).state == "planned"
    assert PhoneStep.objects.count() == 0


def test_an_account_that_is_nobody_is_told_what_to_do(place) -> None:
    user = make_user(Role.FIELD_STAFF, place.here)
    client = Client()
    client.force_login(user)
    client.cookies["jinjian_language"] = "en"

    page = client.get("/my/")

    assert page.status_code == 200
    assert "connect your account" in page.content.decode()
    refused = client.post(
        "/my/steps/", json.dumps({"steps": [made("order", 1, "accepted")]}),
        content_type="application/json",
    )  # fmt: skip
    assert (refused.status_code, refused.json()["code"]) == (409, "not_on_list")


def test_somebody_lent_elsewhere_still_finds_the_own_page(place) -> None:
    """Posted here, and on the list of the neighbour street: the floor would hide the own row."""
    me = make_on_duty(place)
    with floor_of(place.district):
        StaffMember.objects.filter(pk=me.member.pk).update(street_id=place.there.pk)
    with floor_of(place.district):
        order = make_order_there(me)

    text = me.client.get("/my/").content.decode()

    assert f"#{order.number}" in text


def make_order_there(me: OnDuty) -> Order:
    spot = place_of_street(street_id=me.place.there.pk, scope=scope_of(me.place))
    return me.order(place_id=spot.pk)


def test_a_phones_batch_is_taken_in_order_and_once(me) -> None:
    order = me.order()
    steps = [
        made("order", order.pk, act, device_at=(START - HOUR + timedelta(minutes=at)).isoformat())
        for at, act in ((1, "accepted"), (5, "en_route"), (30, "on_site"))
    ]

    assert verdicts(send(me, *steps)) == ["created"] * 3
    assert verdicts(send(me, *steps)) == ["duplicate"] * 3

    order.refresh_from_db()
    duty = Duty.objects.get(pk=order.duty_id)
    assert (order.state, order.steps.count()) == ("on_site", 4)
    # Whenever it came, the person was there at the phone's time.
    assert (duty.state, duty.arrived_at) == ("present", START - HOUR + timedelta(minutes=30))


def test_one_step_that_is_not_taken_holds_up_no_other(me) -> None:
    order = me.order()

    answered = send(
        me, made("order", order.pk, "declined"), made("order", order.pk, "flown"),
        made("order", 999_999_999, "accepted"), made("order", order.pk, "accepted"),
    )  # fmt: skip

    assert verdicts(answered) == ["refused", "refused", "refused", "created"]
    assert [one["code"] for one in answered.json()["outcomes"]] == [
        "reason_missing", "step_unknown", "order_unknown", "",
    ]  # fmt: skip


def test_a_step_for_an_order_that_is_over_is_told_so_each_time(me, place) -> None:
    order = me.order()
    with floor_of(place.district):
        orders.take_step(
            order_id=order.pk, to="withdrawn", reason="not needed", scope=scope_of(place), by=BY,
            at=START,
        )  # fmt: skip
    late = made("order", order.pk, "accepted")

    first, again = send(me, late), send(me, late)

    assert verdicts(first) == verdicts(again) == ["conflict"]
    assert "not needed" in first.json()["outcomes"][0]["words"]
    assert first.json()["outcomes"] == again.json()["outcomes"]
    assert OrderStep.objects.filter(order=order, to_state="accepted").count() == 1


def test_a_clock_that_is_ahead_makes_nothing_later_seem_older(me) -> None:
    order = me.order()
    ahead = made("order", order.pk, "accepted", device_at=(START + 5 * HOUR).isoformat())
    no = made("order", order.pk, "declined", reason="ill")

    assert verdicts(send(me, ahead)) == ["created"]
    assert verdicts(send(me, no)) == ["created"]

    order.refresh_from_db()
    assert order.state == "declined"
    assert PhoneStep.objects.get(act="accepted").device_at == START


def test_a_no_that_came_too_late_is_told_so_each_time(me) -> None:
    order = me.order()
    early = made(
        "order", order.pk, "declined", reason="ill", device_at=(START - HOUR / 2).isoformat()
    )
    me.client.cookies["jinjian_language"] = "en"
    send(me, made("order", order.pk, "en_route"))

    first, again = send(me, early), send(me, early)

    assert verdicts(first) == verdicts(again) == ["conflict"]
    assert first.json()["outcomes"][0]["words"].startswith("Order 1 is ")
    # A yes from before is no news: whoever is on the way has accepted.
    yes = made("order", order.pk, "accepted", device_at=early["device_at"])
    assert verdicts(send(me, yes)) == ["created"]
    order.refresh_from_db()
    assert order.state == "en_route"


def test_a_step_that_meets_a_lock_is_an_outage_and_is_sent_again(me, monkeypatch) -> None:
    order = me.order()
    steps = [made("order", order.pk, "accepted"), made("order", order.pk, "en_route")]

    def locked(*_args) -> str:
        raise Conflict(BUSY, "somebody else is changing it")

    with monkeypatch.context() as patch:
        patch.setitem(phone._TAKE, "order", locked)
        answered = send(me, *steps)

    assert (answered.status_code, PhoneStep.objects.count()) == (503, 0)
    assert verdicts(send(me, *steps)) == ["created"] * 2


def test_a_key_of_another_step_is_a_conflict(me) -> None:
    order = me.order()
    step = made("order", order.pk, "accepted")
    send(me, step)

    assert verdicts(send(me, step | {"act": "en_route"})) == ["conflict"]
    assert Order.objects.get(pk=order.pk).state == "accepted"


def test_a_driver_walks_the_stops_on_the_phone(me) -> None:
    order = me.drive()
    first, second = order.trip.stops.all()

    answered = send(
        me, made("trip", order.trip_id, "depart"),
        made("stop", first.pk, "reached", counted="３８"),
        made("stop", second.pk, "reached"), made("trip", order.trip_id, "finish"),
    )  # fmt: skip

    assert verdicts(answered) == ["created"] * 4
    first.refresh_from_db()
    order.refresh_from_db()
    assert (first.counted, order.state) == (38, "released")
    assert Trip.objects.get(pk=order.trip_id).state == "done"


def test_a_breakdown_gives_the_order_back(me) -> None:
    order = me.drive()

    answered = send(
        me, made("trip", order.trip_id, "depart"),
        made("trip", order.trip_id, "broken", reason="flat tyre"),
    )  # fmt: skip

    assert verdicts(answered) == ["created"] * 2
    order.refresh_from_db()
    assert order.state == "declined"


def test_a_count_that_is_no_number_is_refused_in_words(me) -> None:
    order = me.drive()
    stop = order.trip.stops.all()[0]

    answered = send(me, made("stop", stop.pk, "reached", counted="many"))

    assert verdicts(answered) == ["refused"]
    assert answered.json()["outcomes"][0]["words"]


def test_a_duty_without_an_order_begins_and_ends_on_the_phone(me, place) -> None:
    order = me.order()
    with floor_of(place.district):
        duty = duties.book(
            client_key=uuid.uuid4(), member_id=me.member.pk, place_id=order.duty.place_id,
            role_id=order.duty.role_id, starts_at=START + 12 * HOUR, ends_at=START + 16 * HOUR,
            scope=scope_of(place), by=BY, at=START,
        )  # fmt: skip
    later = (START + 13 * HOUR).isoformat()

    assert verdicts(send(me, made("duty", duty.pk, "left"))) == ["conflict"]
    assert verdicts(send(me, made("duty", duty.pk, "arrived", device_at=later))) == ["conflict"]


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ("[]", "body_shape"),
        ('{"steps": []}', "too_many"),
        ('{"steps": [1]}', "step_shape"),
        ('{"steps": [{"key": "x"}]}', "key"),
        ('{"steps": [{"colour": "red"}]}', "field_unknown"),
        ('{"steps": [{"key": ["a"]}]}', "step_text"),
    ],
)
def test_a_body_that_cannot_be_read_is_refused_whole(me, body, code) -> None:
    response = me.client.post("/my/steps/", body, content_type="application/json")

    assert (response.status_code, response.json()["code"]) == (400, code)


def test_what_one_person_tapped_is_not_sent_under_anothers_name(me) -> None:
    order = me.order()

    response = send(me, made("order", order.pk, "accepted"), **{"X-Jinjian-Person": "0"})

    assert (response.status_code, response.json()["code"]) == (409, "other_person")
    assert Order.objects.get(pk=order.pk).state == "requested"


def test_without_scripts_a_button_leads_back_to_the_page(me) -> None:
    order = me.order()
    me.client.cookies["jinjian_language"] = "en"
    form = {"key": str(uuid.uuid4()), "subject": "order", "id": str(order.pk), "act": "accepted"}

    first, again = me.client.post("/my/step/", form), me.client.post("/my/step/", form)

    assert (first.status_code, first.url, again.status_code) == (302, "/my/", 302)
    order.refresh_from_db()
    assert (order.state, order.steps.count()) == ("accepted", 2)
    refused = me.client.post("/my/step/", form | {"key": str(uuid.uuid4()), "act": "declined"})
    assert refused.status_code == 422
    assert "Say why the order is declined" in refused.content.decode()
    chosen = form | {
        "key": str(uuid.uuid4()),
        "act": "declined",
        "choice": "ill",
        "reason": "fever",
    }
    assert me.client.post("/my/step/", chosen).status_code == 302
    assert order.steps.get(to_state="declined").reason == "ill: fever"


def test_the_fragment_is_the_pages_own_part(me) -> None:
    me.order()

    fragment = me.client.get("/my/", headers={"HX-Request": "true"})

    text = fragment.content.decode()
    assert text.lstrip().startswith('<div id="own"')
    assert "<html" not in text


def test_numbers_of_people_are_struck_out_of_reasons(me) -> None:
    order = me.order()
    alone = made("order", order.pk, "declined", reason="13912345678")
    among = made("order", order.pk, "declined", reason="ill, call 13912345678")

    assert verdicts(send(me, alone, among)) == ["refused", "created"]
    assert order.steps.get(to_state="declined").reason == "ill, call …"


def test_a_step_that_breaks_is_set_aside_and_holds_up_no_other(me, monkeypatch) -> None:
    order, drive = me.order(), me.drive(
        starts_at=START + 6 * HOUR, ends_at=START + 8 * HOUR, override="short night",
        stops=there_and_back(START + 6 * HOUR, 40),
    )  # fmt: skip

    def broken(*_args) -> str:
        raise ValueError("nobody foresaw this")

    monkeypatch.setitem(phone._TAKE, "trip", broken)
    answered = send(
        me, made("trip", drive.trip_id, "depart"), made("order", order.pk, "accepted")
    )  # fmt: skip

    assert verdicts(answered) == ["refused", "created"]
    assert answered.json()["outcomes"][0]["code"] == "set_aside"
    assert PhoneStep.objects.count() == 1
