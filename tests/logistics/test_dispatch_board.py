"""The board: gaps by hour, what fills them, who is suggested, and who may look."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from core import clock
from core.scope import scoped
from logistics.queries.board import frame_at, street_rows
from logistics.queries.candidates import (
    DISTRICT,
    NEAR,
    OTHER_STREET,
    SAME_STREET,
    Wish,
    free_by_role,
    people_for,
    taken_for,
)
from logistics.queries.suggestions import teams_for, vehicles_for
from personnel.queries.staffing import lacks
from personnel.roles import Role
from tests.boards.make import make_board
from tests.logistics.dispatch_make import HOUR, World, make_dispatch, signed_in, spot_of_point
from tests.personnel.make import make_unit, make_user
from tests.personnel.people import make_role, make_team

pytestmark = pytest.mark.django_db


@pytest.fixture
def world() -> World:
    return make_dispatch()


def rows_of(world: World, **over):
    frame = frame_at(world.now)
    with scoped(world.scope):
        return street_rows(
            world.scope, frame, round_id=world.place.round.pk, street_id=world.place.here.pk,
            now=world.now, **over,
        )  # fmt: skip


def at(world: World, row, hours: float):
    moment = world.now + hours * HOUR
    return next(run for run in row.runs if run.starts_at <= moment < run.ends_at)


def test_a_surplus_in_one_role_fills_no_gap_in_another(world: World) -> None:
    usher = make_role(world.place.district, "usher")
    world.need(2, (0, 6))
    world.need(1, (0, 6), role=usher)
    for _ in range(3):
        world.book(world.sampler_of(roles=[usher]), (0, 6), role=usher)

    (row,) = rows_of(world)

    assert at(world, row, 1).worst.missing == 2
    assert at(world, row, 1).worst.widest.role_id == world.sampler.pk
    assert at(world, row, 7).worst.needed == 0


def test_people_at_units_and_parts_of_teams_count_for_the_point_once(world: World) -> None:
    unit = world.point.units.get()
    from personnel.models import DutyPlace

    desk = DutyPlace.objects.create(
        kind="unit", point=world.point, unit=unit, district_id=unit.district_id,
        street_id=unit.street_id,
    )  # fmt: skip
    world.need(6, (0, 6))
    world.book(world.sampler_of(), (0, 6), place=desk)
    team = make_team(world.place.district, headcount=4)
    booked = world.book_team(team, (0, 6), 4)
    # A listed member is booked with the team, so that nobody else takes them, and counts once.
    world.book(world.sampler_of(team=team), (0, 6), team_duty=booked)
    world.book(world.sampler_of(), (0, 6), state="cancelled")

    (row,) = rows_of(world)

    assert at(world, row, 2).worst.booked == 5
    assert at(world, row, 2).worst.missing == 1


def test_a_column_shows_its_worst_moment_and_equal_neighbours_are_one_run(world: World) -> None:
    world.need(1, (0, 6))
    world.book(world.sampler_of(), (0, 2.5))
    world.book(world.sampler_of(), (2.75, 6))

    (row,) = rows_of(world)

    shown = [(run.span, run.worst.missing) for run in row.runs if run.worst.needed]
    assert shown == [(2, 0), (1, 1), (3, 0)]


def test_the_strip_says_the_same_as_the_rows(world: World) -> None:
    other = make_unit(world.place, street=world.place.there).point
    world.need(3, (0, 6))
    world.need(2, (0, 1), place=spot_of_point(other))
    world.book(world.sampler_of(), (0, 6), state="present", arrived_at=world.now)

    now, later = lacks(world.scope, world.now, world.now + 2 * HOUR)

    (row,) = rows_of(world)
    assert now[world.place.here.pk].missing == row.now.missing == 2
    assert now[world.place.here.pk].present == 1
    assert now[world.place.there.pk].missing == 2
    assert world.place.there.pk not in later


def wish(world: World, hours: tuple[float, float] = (0, 4)) -> Wish:
    return Wish.at(
        world.spot, world.sampler, world.now + hours[0] * HOUR, world.now + hours[1] * HOUR
    )


def test_suggestions_hold_only_the_free_and_certified_nearest_first(world: World) -> None:
    far = world.sampler_of(world.place.there)
    same = world.sampler_of()
    everywhere = world.sampler_of()
    everywhere.street_id = None
    near = world.sampler_of(world.place.there)
    with scoped(world.scope):
        everywhere.save(update_fields=["street_id"])
        world.sampler_of(left_at=world.now)
        uncertified = world.sampler_of()
        uncertified.qualifications.update(withdrawn_at=world.now)
        expired = world.sampler_of()
        expired.qualifications.update(expires_on=clock.day_of(world.now) - timedelta(days=1))
        world.book(near, (-20, -16))
        busy = world.sampler_of()
        world.book(busy, (3, 8))

        found = people_for(world.scope, wish(world))

        assert [(p.member_id, p.distance) for p in found] == [
            (near.pk, NEAR), (same.pk, SAME_STREET), (everywhere.pk, DISTRICT),
            (far.pk, OTHER_STREET),
        ]  # fmt: skip
        assert [(t.member_id, t.ends_at) for t in taken_for(world.scope, wish(world))] == [
            (busy.pk, world.now + 8 * HOUR)
        ]
        free = free_by_role(world.scope, starts_at=world.now, ends_at=world.now + 4 * HOUR)
        assert free[world.sampler.pk] == len(found)


def test_who_is_short_of_rest_or_belongs_to_a_team_comes_last(world: World) -> None:
    tired = world.sampler_of()
    rested = world.sampler_of(world.place.there)
    of_team = world.sampler_of(team=make_team(world.place.district))
    with scoped(world.scope):
        world.book(tired, (-5, -1))

        found = people_for(world.scope, wish(world))

    assert [p.member_id for p in found] == [rested.pk, of_team.pk, tired.pk]
    assert [p.tight for p in found] == [False, False, True]


def test_a_street_is_suggested_nobody(world: World) -> None:
    world.sampler_of()
    official = make_user(Role.STREET_OFFICIAL, world.place.here)
    from core.scope import Scope

    street = Scope(streets=frozenset({world.place.here.pk}), actor=f"user:{official.pk}:x")
    with scoped(street):
        assert people_for(street, wish(world)) == []


def test_teams_that_are_here_free_and_large_enough_first(world: World) -> None:
    small = make_team(world.place.district, headcount=2)
    large = make_team(world.place.district, headcount=20)
    make_team(world.place.district, arrives_at=world.now + HOUR)
    make_team(world.place.district, returns_at=world.now + 2 * HOUR)
    world.book_team(make_team(world.place.district), (1, 2), 3)

    found = teams_for(world.scope, starts_at=world.now, ends_at=world.now + 4 * HOUR, people=6)

    assert [team.pk for team in found] == [large.pk, small.pk]


def test_the_reserve_is_the_last_vehicle_to_be_suggested(world: World) -> None:
    spare = world.vehicle("渝A00001", pool="reserve", street_id=world.place.here.pk)
    coach = world.vehicle("渝A00002")
    world.vehicle("渝A00003", pool="out", pool_reason="tyre")
    world.vehicle("渝A00004", seats=3)

    found = vehicles_for(
        world.scope, starts_at=world.now, ends_at=world.now + HOUR, people=10,
        street_id=world.place.here.pk,
    )  # fmt: skip

    assert [each.pk for each in found] == [coach.pk, spare.pk]


def test_the_board_names_the_gap_in_a_word_and_leads_to_the_form(world: World) -> None:
    world.need(3, (0, 6), basis="one sampler for each unit")
    world.book(world.sampler_of(name="王小明"), (0, 6))
    client = world.client()

    page = client.get(reverse("dispatch:board"), {"street": world.place.here.pk}).content.decode()

    assert "short 2" in page
    assert f"spot=point-{world.point.pk}&amp;role={world.sampler.pk}" in page
    opened = client.get(
        reverse("dispatch:board"),
        {"street": world.place.here.pk, "open": f"point-{world.point.pk}"},
    ).content.decode()
    assert "王*" in opened
    assert "王小明" not in opened
    assert "one sampler for each unit" in opened


def test_the_board_asks_as_little_for_forty_points_as_for_one(world: World) -> None:
    client = world.client()
    address = reverse("dispatch:board") + f"?street={world.place.here.pk}"
    world.need(2, (0, 5))
    world.book(world.sampler_of(), (0, 5))
    client.get(address)
    with CaptureQueriesContext(
        connection,
    ) as few:
        assert client.get(address).status_code == 200
    for _ in range(8):
        spot = spot_of_point(make_unit(world.place).point)
        world.need(2, (0, 5), place=spot)
        world.book(world.sampler_of(), (0, 5), place=spot)

    with CaptureQueriesContext(connection) as many:
        client.get(address)

    assert asked(many) <= asked(few)


def asked(captured: CaptureQueriesContext) -> int:
    """Statements but for the clock's, which is asked once a second."""
    return sum("core_clock" not in query["sql"] for query in captured.captured_queries)


def test_what_did_not_change_is_not_sent_again(world: World) -> None:
    client = world.client()
    clock.set_clock(world.now, rate=0.001)
    address = reverse("dispatch:board") + f"?street={world.place.here.pk}"
    first = client.get(address, headers={"HX-Request": "true"})

    again = client.get(
        address, headers={"HX-Request": "true", "X-Board-Seen": first["X-Board-Seen"]}
    )

    assert (first.status_code, again.status_code) == (200, 204)
    assert 'id="board_live"' in first.content.decode()
    assert "<html" not in first.content.decode()


def test_a_street_sees_its_own_rows_and_orders_nothing(world: World) -> None:
    client = signed_in(make_user(Role.STREET_OFFICIAL, world.place.here))
    world.need(3, (0, 6))

    page = client.get(reverse("dispatch:board"))

    assert page.status_code == 200
    assert "short 3" in page.content.decode()
    assert "data-assign" not in page.content.decode()
    assert client.get(
        reverse("dispatch:board"), {"street": world.place.there.pk}
    ).status_code == 404  # fmt: skip
    assert client.get(
        reverse("dispatch:assign"), {"spot": f"point-{world.point.pk}"}
    ).status_code == 403  # fmt: skip


def test_help_is_sent_from_a_streets_page_by_who_may_order() -> None:
    board = make_board(Role.COMMANDER)
    street = board.desk.place.here.pk
    link = f"/dispatch/?street={street}&amp;help=1"
    official = signed_in(make_user(Role.STREET_OFFICIAL, board.desk.place.here))

    assert link in board.client.get(f"/streets/{street}/").content.decode()
    assert link not in official.get(f"/streets/{street}/").content.decode()
    page = board.client.get("/dispatch/", {"street": street, "help": "1"}).content.decode()
    assert "data-help" in page


def test_an_address_that_means_nothing_is_refused_in_words(world: World) -> None:
    client = world.client()

    for query in ({"step": "45"}, {"begins": "tomorrow"}, {"open": "unit-7"}, {"street": "north"}):
        assert client.get(reverse("dispatch:board"), query).status_code == 400, query


def test_an_earlier_day_is_shown_from_its_own_hour(world: World) -> None:
    world.need(3, (-30, -26))
    begins = (world.now - 32 * HOUR).strftime("%Y-%m-%dT%H:%MZ")

    page = world.client().get(
        reverse("dispatch:board"), {"street": world.place.here.pk, "begins": begins, "step": "120"}
    )

    # What is over is shown, and nobody is sent to it any more.
    assert "c-past" in page.content.decode()
    assert "data-assign" not in page.content.decode().split("board-table")[1].split("</table>")[0]
