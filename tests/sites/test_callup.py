"""Call-up: buildings come in turn, none is called to a jam or a closed gate, taps are harmless."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta

import pytest
from django.utils import translation

from campaigns.models import PopulationGroup, Resident
from core import clock
from core.inputs import Refused
from core.scope import Scope, scoped
from personnel.roles import Role
from sites.models import BuildingCall, BuildingNotice, SamplingPoint
from sites.queries.callup import advise, call_sheet
from sites.services.callup import (
    build_queue,
    finish_building,
    give_notice,
    move_building,
    undo_step,
)
from sites.services.slots import plan_slots
from tests.personnel.make import make_user
from tests.sites.make import NOW, make_desk, make_resident, make_round
from tests.sites.point_world import make_point, opened, scope_of, signed_in, statements

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def in_english():
    with translation.override("en"):
        yield


def settle(place, buildings: dict[str, int], *, groups: tuple[str, ...] = ()) -> None:
    """So many residents in each building of the community here."""
    for building, people in buildings.items():
        for _ in range(people):
            resident, _number = make_resident(place)
            with scoped(Scope(streets=frozenset({place.here.pk}))):
                Resident.objects.filter(pk=resident.pk).update(
                    building=building, groups=list(groups)
                )


@pytest.fixture
def queue():
    """An open point with three buildings lined up; the scope that opened them stays open."""
    place = make_round()
    point = opened(make_point(place, units=1))
    settle(place, {"10号楼": 1, "2号楼": 2, "9号楼": 1})
    scope = scope_of(place)
    with scoped(scope):
        build_queue(point_id=point.pk, scope=scope, by="test", at=NOW)
        yield place, point, scope


def names(point) -> list[str]:
    calls = BuildingCall.objects.filter(point=point).order_by("position")
    return list(calls.values_list("building", flat=True))


def call_of(point, building: str) -> BuildingCall:
    return BuildingCall.objects.get(point=point, building=building)


def tap(service, call, scope, at=NOW, **more):
    service(call_id=call.pk, scope=scope, by="test", at=at, **more)
    call.refresh_from_db()


def test_buildings_stand_in_the_order_in_which_people_count(queue):
    _place, point, _scope = queue

    assert names(point) == ["2号楼", "9号楼", "10号楼"]
    assert list(point.calls.order_by("position").values_list("residents", flat=True)) == [2, 1, 1]


def test_lining_up_again_adds_only_what_the_register_gained(queue):
    place, point, scope = queue
    settle(place, {"2号楼": 1, "1号楼": 1})

    built = build_queue(point_id=point.pk, scope=scope, by="test", at=NOW)

    assert built.added == 1
    assert names(point) == ["2号楼", "9号楼", "10号楼", "1号楼"]
    assert call_of(point, "2号楼").residents == 3


def test_a_building_waits_in_one_queue_of_the_round_only(queue):
    place, _point, scope = queue
    second = make_point(place)

    built = build_queue(point_id=second.pk, scope=scope, by="test", at=NOW)

    assert built.added == 0
    assert BuildingCall.objects.count() == 3


def test_people_without_a_building_are_counted_and_not_called():
    place = make_round()
    point = make_point(place)
    settle(place, {"": 3, "1号楼": 1})
    scope = scope_of(place)

    with scoped(scope):
        built = build_queue(point_id=point.pk, scope=scope, by="test", at=NOW)

    assert (built.added, built.without_building) == (1, 3)


def test_a_community_lines_up_its_own_buildings_only():
    place = make_round()
    point = make_point(place, there=True)
    point.serves.set([place.community_here, place.community_there])
    settle(place, {"1号楼": 1})
    other, _number = make_resident(place, place.community_there)
    worker = Scope(
        communities=frozenset({place.community_here.pk}),
        floor_streets=frozenset({place.here.pk, place.there.pk}),
        actor="test",
    )
    with scoped(worker):
        Resident.objects.filter(pk=other.pk).update(building="别家楼")

        build_queue(point_id=point.pk, scope=worker, by="test", at=NOW)

    assert names(point) == ["1号楼"]


def test_moving_changes_places_with_the_neighbour_and_stops_at_the_end(queue):
    _place, point, scope = queue
    last = call_of(point, "10号楼")

    for _ in range(3):
        tap(move_building, last, scope, up=True)

    assert names(point) == ["10号楼", "2号楼", "9号楼"]
    slots = list(point.calls.order_by("position").values_list("slot_from", flat=True))
    assert slots == sorted(slots)


def test_a_notice_calls_once_and_a_second_tap_changes_nothing(queue):
    _place, point, scope = queue
    call = call_of(point, "2号楼")

    tap(give_notice, call, scope, kind="loudspeaker")
    tap(give_notice, call, scope, at=NOW + timedelta(minutes=3), kind="loudspeaker")
    tap(give_notice, call, scope, at=NOW + timedelta(minutes=4), kind="door")

    assert call.called_at == NOW
    assert list(call.notices.order_by("at").values_list("kind", "at")) == [
        ("loudspeaker", NOW),
        ("door", NOW + timedelta(minutes=4)),
    ]


def test_before_the_gate_opens_only_the_group_message_goes_and_calls_nobody(queue):
    _place, point, scope = queue
    SamplingPoint.objects.filter(pk=point.pk).update(state="paused")
    call = call_of(point, "2号楼")

    tap(give_notice, call, scope, kind="message")
    with pytest.raises(Refused) as refused:
        tap(give_notice, call, scope, kind="loudspeaker")

    assert refused.value.code == "point_not_open"
    assert call.called_at is None
    assert BuildingNotice.objects.get().kind == "message"


def test_a_building_is_called_before_it_is_through(queue):
    _place, point, scope = queue
    call = call_of(point, "2号楼")
    with pytest.raises(Refused) as refused:
        tap(finish_building, call, scope)
    assert refused.value.code == "call_not_called"
    tap(give_notice, call, scope, kind="door")

    tap(finish_building, call, scope, at=NOW + timedelta(minutes=9))

    assert call.done_at == NOW + timedelta(minutes=9)


def test_an_undo_sent_twice_goes_one_step_back(queue):
    _place, point, scope = queue
    call = call_of(point, "2号楼")
    tap(give_notice, call, scope, kind="door")
    tap(finish_building, call, scope)

    tap(undo_step, call, scope, was="done")
    tap(undo_step, call, scope, was="done")

    assert (call.done_at, call.called_at) == (None, NOW)
    tap(undo_step, call, scope, was="called")
    assert call.called_at is None
    assert not call.notices.exists()


@pytest.mark.parametrize(
    ("band", "age", "kind", "words"),
    [
        ("smooth", 5, "go", "Call the next building now"),
        ("busy", 5, "wait", "Wait"),
        ("jammed", 5, "stop", "Do not call"),
        ("smooth", 90, "ask", "First ask"),
        ("", 0, "ask", "First ask"),
    ],
)
def test_the_queue_says_whether_to_call(queue, band, age, kind, words):
    _place, point, scope = queue
    point.queue_band = band
    point.queue_at = NOW - timedelta(minutes=age) if band else None

    advice = advise(point, call_sheet(point, scope, NOW), NOW)

    assert advice.kind == kind
    assert words in str(advice.title)


def test_nobody_is_called_to_a_point_without_an_open_unit(queue):
    _place, point, scope = queue
    point.queue_band, point.queue_at = "smooth", NOW
    point.units.update(state="paused")

    assert advise(point, call_sheet(point, scope, NOW), NOW).kind == "stop"


def test_who_must_be_knocked_for_and_who_is_sampled_is_counted_by_building():
    desk = make_desk()
    place, point = desk.place, desk.unit.point
    PopulationGroup.objects.create(
        district=place.district, code="deaf", name="听障", needs_knock=True
    )
    settle(place, {"1号楼": 2}, groups=("deaf",))
    resident, number = make_resident(place)
    scope = scope_of(place)
    with scoped(scope):
        Resident.objects.filter(pk=resident.pk).update(building="1号楼")
        build_queue(point_id=point.pk, scope=scope, by="test", at=NOW)
    assert desk.verdicts(desk.open("TUBE000001"), desk.add("TUBE000001", number)) == [
        "created",
        "created",
    ]

    with scoped(scope):
        row = call_sheet(point, scope, NOW).waiting[0]

    assert (row.people.residents, row.people.sampled, row.people.knock) == (3, 1, 2)


def test_slots_follow_the_rate_and_keep_to_the_hours():
    start = datetime(2021, 11, 4, 11, 52, tzinfo=UTC)  # 19:52 here

    slots = list(
        plan_slots([96, 48, 240], per_hour=96, start=start, opens=time(8), closes=time(22))
    )

    here = [
        (clock.local(a).strftime("%d %H:%M"), clock.local(b).strftime("%H:%M")) for a, b in slots
    ]
    # 240 people take two and a half hours: no longer that evening.
    assert here == [("04 19:55", "20:55"), ("04 20:55", "21:25"), ("05 08:00", "10:30")]


def test_slots_know_hours_over_midnight():
    start = datetime(2021, 11, 4, 16, 30, tzinfo=UTC)  # 00:30 here, within 19:00-02:00

    slots = list(plan_slots([96, 96], per_hour=96, start=start, opens=time(19), closes=time(2)))

    assert [clock.local(begin).strftime("%d %H:%M") for begin, _end in slots] == [
        "05 00:30",
        "05 19:00",
    ]


def test_the_page_asks_as_much_for_three_buildings_as_for_thirty(queue):
    place, point, scope = queue
    client = signed_in(make_user(Role.COMMUNITY_WORKER, place.community_here))
    url = f"/call-up/?point={point.pk}"
    client.get(url)
    few = statements(client, url)
    with scoped(scope):
        settle(place, {f"{n}幢": 1 for n in range(27)})
        build_queue(point_id=point.pk, scope=scope, by="test", at=NOW)

    assert client.get(url).content.count(b'<li id="call-') == 30
    assert len(statements(client, url)) == len(few)


def test_the_taps_of_the_page(queue):
    place, point, _scope = queue
    client = signed_in(make_user(Role.POINT_LEAD, place.here))
    call = call_of(point, "2号楼")
    url = f"/call-up/buildings/{call.pk}/"

    assert client.post(url, {"act": "done"}).status_code == 422
    told = client.post(url, {"act": "notice", "kind": "loudspeaker"})
    assert told["Location"] == f"/call-up/?point={point.pk}#call-{call.pk}"
    assert client.post(url, {"act": "done"}).status_code == 302
    call.refresh_from_db()
    assert call.done_at is not None
