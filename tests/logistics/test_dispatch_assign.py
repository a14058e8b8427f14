"""Ordering from the board: one form for a drop and the dialog, refusals in words, undo, sheets."""

from __future__ import annotations

import re
import uuid
from datetime import timedelta

import pytest
from django.urls import reverse

from core import clock
from core.inputs import Refused
from core.scope import scoped
from logistics.models import Order, Trip
from logistics.services.assigning import read_spot
from personnel.models import Duty, DutyPlace, TeamPlace
from personnel.roles import Role
from tests.logistics.dispatch_make import HOUR, World, make_dispatch, signed_in, spot_of_point
from tests.personnel.make import make_unit, make_user
from tests.personnel.people import make_member, make_role, make_team

pytestmark = pytest.mark.django_db


@pytest.fixture
def world() -> World:
    return make_dispatch()


def local(moment) -> str:
    return clock.local(moment).strftime("%Y-%m-%dT%H:%M")


def body(world: World, subject: str, **over) -> dict[str, str]:
    return {
        "client_key": str(uuid.uuid4()), "spot": f"point-{world.point.pk}",
        "role": str(world.sampler.pk), "starts_at": local(world.now),
        "ends_at": local(world.now + 4 * HOUR), "subject": subject, "reason": "short of two",
        "figure": "needed 3, booked 1", "figure_at": local(world.now), **over,
    }  # fmt: skip


def post(client, said: dict[str, str], **headers):
    return client.post(reverse("dispatch:assign"), said, headers=headers)


def test_the_form_is_filled_in_from_the_gap(world: World) -> None:
    world.need(3, (1, 9))
    first = world.sampler_of()
    address = f"?spot=point-{world.point.pk}&role={world.sampler.pk}"

    page = world.client().get(reverse("dispatch:assign") + address).content.decode()

    assert "missing 3 sampler at" in page
    assert "needed 3, booked 0, missing 3" in page
    assert f'value="member:{first.pk}" checked' in page
    # From when the need begins, and no longer than protective clothing is worn.
    assert local(world.now + HOUR) in page
    assert local(world.now + 5 * HOUR) in page


def test_a_person_is_ordered_with_reason_and_figure_and_can_be_undone(world: World) -> None:
    member, client = world.sampler_of(), world.client()
    said = body(world, f"member:{member.pk}")

    first, again = post(client, said), post(client, said)

    order = Order.objects.get()
    assert first.status_code == again.status_code == 302
    assert first["Location"] == again["Location"]
    assert (order.duty.member_id, order.reason) == (member.pk, "short of two")
    assert (order.figure, order.figure_at) == ("needed 3, booked 1", world.now)
    board = client.get(first["Location"]).content.decode()
    assert "data-undo" in board
    undone = client.post(reverse("dispatch:order_undo", args=[order.pk]))
    order.refresh_from_db()
    assert undone.status_code == 302
    assert order.state == "withdrawn"
    assert Duty.objects.get().state == "cancelled"


def test_undo_is_refused_after_half_a_minute_and_to_others(world: World) -> None:
    client = world.client()
    post(client, body(world, f"member:{world.sampler_of().pk}"))
    order = Order.objects.get()
    other = signed_in(make_user(Role.DISPATCHER, world.place.district))
    undo = reverse("dispatch:order_undo", args=[order.pk])

    assert other.post(undo).status_code == 403
    clock.set_clock(world.now + timedelta(seconds=45), rate=1)
    late = client.post(undo)

    assert late.status_code == 409
    assert "too late" in late.content.decode()
    assert Duty.objects.get().state == "booked"


def test_taken_meanwhile_says_by_whom_until_when_and_marks_the_next(world: World) -> None:
    taken, following = world.sampler_of(name="李大"), world.sampler_of()
    with scoped(world.scope):
        world.book(taken, (1, 3))

    answer = post(world.client(), body(world, f"member:{taken.pk}"), **{"HX-Request": "true"})

    page = answer.content.decode()
    assert answer.status_code == 422
    assert f"until {clock.local(world.now + 3 * HOUR):%m-%d %H:%M}" in page
    assert "李*" in page
    assert "李大" not in page
    assert f'value="member:{following.pk}" checked' in page
    assert 'value="short of two"' in page
    assert not Order.objects.exists()


def test_a_limit_is_passed_over_only_with_words(world: World) -> None:
    member, client = world.sampler_of(), world.client()
    said = body(world, f"member:{member.pk}", ends_at=local(world.now + 8 * HOUR))

    refused = post(client, said)
    accepted = post(client, said | {"override": "relief comes at midnight"})

    assert refused.status_code == 422
    assert '<details class="limits" open>' in refused.content.decode()
    assert accepted.status_code == 302
    assert Duty.objects.get().reason == "relief comes at midnight"


def test_somebody_not_certified_is_refused_by_name(world: World) -> None:
    stranger = make_member(world.place.district, world.place.here, roles=[world.sampler])

    answer = post(world.client(), body(world, f"member:{stranger.pk}"))

    assert answer.status_code == 422
    assert "not certified" in answer.content.decode()


def test_a_team_is_ordered_to_a_point_that_had_no_place_of_duty(world: World) -> None:
    point = make_unit(world.place).point
    team = make_team(world.place.district, headcount=12)
    said = body(world, f"team:{team.pk}", spot=f"point-{point.pk}", people="5")

    answer = post(world.client(), said)

    assert answer.status_code == 302
    part = TeamPlace.objects.get()
    assert (part.place.point_id, part.people) == (point.pk, 5)
    assert Order.objects.get().team_duty.team_id == team.pk


def test_looking_at_a_point_makes_no_place_of_duty(world: World) -> None:
    point = make_unit(world.place).point
    before = DutyPlace.objects.count()

    page = world.client().get(reverse("dispatch:assign"), {"spot": f"point-{point.pk}"})

    assert page.status_code == 200
    assert DutyPlace.objects.count() == before


def test_a_vehicle_brings_people_with_its_driver(world: World) -> None:
    make_role(world.place.district, "driver")
    driver = make_member(world.place.district, roles=[make_role(world.place.district, "driver")])
    vehicle = world.vehicle(driver=driver)
    client = world.client()
    said = body(world, f"vehicle:{vehicle.pk}", origin="Ninth Hospital", people="40")

    unsaid = post(client, said | {"origin": "", "people": ""})
    crowded = post(client, said | {"people": "46"})
    answer = post(client, said)

    assert "Say how many people ride." in unsaid.content.decode()
    assert crowded.status_code == 422
    assert answer.status_code == 302
    trip = Trip.objects.get()
    assert [(stop.place, stop.people) for stop in trip.stops.all()] == [
        ("Ninth Hospital", 40), (str(world.spot), -40),
    ]  # fmt: skip
    assert trip.driver_duty.member_id == driver.pk
    second = post(client, said | {"client_key": str(uuid.uuid4())})
    assert second.status_code == 422
    assert vehicle.plate in second.content.decode()


def test_a_usual_driver_who_left_is_not_booked(world: World) -> None:
    role = make_role(world.place.district, "driver")
    driver = make_member(world.place.district, roles=[role], left_at=world.now)
    said = body(world, f"vehicle:{world.vehicle(driver=driver).pk}", origin="depot", people="40")

    assert post(world.client(), said).status_code == 302
    assert Trip.objects.get().driver_duty is None


@pytest.mark.parametrize("spot", ["point-" + "9" * 5_000, "place-²", "street-1"])
def test_a_spot_that_is_none_is_refused(spot) -> None:
    with pytest.raises(Refused) as refused:
        read_spot(spot)
    assert refused.value.code == "spot"


def test_other_hours_show_others_and_order_nothing(world: World) -> None:
    busy = world.sampler_of()
    world.sampler_of()
    with scoped(world.scope):
        world.book(busy, (6, 8))
    said = body(
        world, "", again="1", reason="", starts_at=local(world.now + 6 * HOUR),
        ends_at=local(world.now + 8 * HOUR),
    )  # fmt: skip

    answer = post(world.client(), said)

    assert answer.status_code == 200
    assert f"member:{busy.pk}" not in answer.content.decode()
    assert not Order.objects.exists()


def test_other_hours_keep_what_was_typed_and_who_is_still_free(world: World) -> None:
    world.need(3, (0, 9))
    world.sampler_of()
    meant = world.sampler_of()
    with scoped(world.scope):
        world.book(meant, (6, 8))
    said = body(world, f"member:{meant.pk}", again="1", boxes="7", load="supplies", spread="on")
    auto = said | {"filled_reason": said["reason"], "filled_figure": said["figure"]}

    kept = post(world.client(), said).content.decode()
    anew = post(world.client(), auto).content.decode()
    later = {"starts_at": local(world.now + 5 * HOUR), "ends_at": local(world.now + 8 * HOUR)}
    busy = post(world.client(), said | later).content.decode()

    assert f'value="member:{meant.pk}" checked' in " ".join(kept.split())
    assert 'value="short of two"' in kept
    assert 'value="needed 3, booked 1"' in kept
    assert 'value="7"' in kept
    assert 'value="supplies" selected' in kept
    # What the page itself had said of the gap it says of the gap of these hours.
    assert 'value="short of two"' not in anew
    assert "missing 3 sampler at" in anew
    assert f"member:{meant.pk}" not in busy
    assert busy.count(" checked") == 2  # the best of the others, and the spread


def test_the_list_holds_the_unanswered_and_a_step_for_somebody_needs_a_word(world: World) -> None:
    client = world.client()
    post(client, body(world, f"member:{world.sampler_of(name='赵云').pk}"))
    order = Order.objects.get()
    clock.set_clock(world.now + timedelta(minutes=20), rate=1)

    listed = client.get(reverse("dispatch:orders"), {"list": "waiting"}).content.decode()
    silent = client.post(reverse("dispatch:order_step", args=[order.pk]), {"to": "accepted"})
    told = client.post(
        reverse("dispatch:order_step", args=[order.pk]),
        {"to": "accepted", "reason": "by telephone"},
    )

    assert "no answer" in listed
    assert "short of two" in listed
    assert "赵*" in listed
    assert "赵云" not in listed
    assert silent.status_code == 422
    assert told.status_code == 302
    page = client.get(told["Location"]).content.decode()
    assert "by telephone" in page
    order.refresh_from_db()
    assert order.state == "accepted"


def test_a_neighbours_order_is_as_if_it_did_not_exist(world: World) -> None:
    post(world.client(), body(world, f"member:{world.sampler_of().pk}"))
    order = Order.objects.get()
    there = signed_in(make_user(Role.STREET_OFFICIAL, world.place.there))

    assert there.get(reverse("dispatch:order", args=[order.pk])).status_code == 404
    assert there.get(reverse("dispatch:place_sheet", args=[world.spot.pk])).status_code == 404
    assert f"/dispatch/orders/{order.pk}/" not in there.get(
        reverse("dispatch:orders")
    ).content.decode()  # fmt: skip


def test_sheets_mask_people_and_name_what_is_needed(world: World) -> None:
    world.need(2, (0, 6))
    world.point.lead_name, world.point.lead_phone = "周主任", "13912345678"
    world.point.save()
    client = world.client()
    with scoped(world.scope):
        leader = world.sampler_of(name="孙权", phone="13987654321")
        team = make_team(world.place.district, headcount=12, leader=leader)
    post(client, body(world, f"member:{world.sampler_of(name='吴用').pk}"))
    post(client, body(world, f"team:{team.pk}", people="6"))
    duty = Order.objects.get(team_duty__isnull=False).team_duty

    place = client.get(reverse("dispatch:place_sheet", args=[world.spot.pk])).content.decode()
    sheet = client.get(reverse("dispatch:team_sheet", args=[duty.pk])).content.decode()

    assert "吴*" in place
    assert "吴用" not in place
    assert "孙*" in sheet
    assert "孙权" not in sheet
    assert not re.search(r"1\d{10}", place + sheet)
    assert "short of two" in place
    assert "6 people from" in sheet


def test_one_team_is_spread_over_the_gaps_of_its_street_the_widest_first(world: World) -> None:
    spots = [world.spot, *(spot_of_point(make_unit(world.place).point) for _ in range(2))]
    for spot, missing in zip(spots, (1, 4, 2), strict=True):
        world.need(missing, (0, 4), place=spot)
    team = make_team(world.place.district, headcount=9)

    answer = post(world.client(), body(world, f"team:{team.pk}", spread="on", people="6"))

    assert answer.status_code == 302
    stands = dict(TeamPlace.objects.values_list("place_id", "people"))
    assert stands == {spots[1].pk: 4, spots[2].pk: 2}
    second = make_team(world.place.district, headcount=3)
    post(world.client(), body(world, f"team:{second.pk}", spread="on"))
    # One is still missing; who is left over stands at the place that was chosen.
    assert TeamPlace.objects.get(duty__team=second).people == 3


def test_a_vehicle_without_a_place_chooses_from_its_street_and_brings_a_team(world: World) -> None:
    vehicle = world.vehicle()
    booked = world.book_team(make_team(world.place.district), (0, 6), 10)
    client = world.client()
    address = {"street": world.place.here.pk, "subject": f"vehicle:{vehicle.pk}"}

    page = client.get(reverse("dispatch:assign"), address).content.decode()
    said = body(
        world, f"vehicle:{vehicle.pk}", origin="hospital", people="10", team_duty=str(booked.pk)
    )

    assert f'value="vehicle:{vehicle.pk}" checked' in page
    assert f"<b>{vehicle.plate}</b>" in page
    assert post(client, said).status_code == 302
    assert Trip.objects.get().team_duty_id == booked.pk
    assert client.get(reverse("dispatch:assign"), {"street": 999999}).status_code == 400
