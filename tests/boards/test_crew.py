"""People and vehicles beside the figures: what the rosters say, of one's own area, as of now."""

from __future__ import annotations

import re
import uuid

import pytest

from core.scope import Scope, scoped
from personnel.models import Shift
from personnel.queries.staffing import headcount, staffing
from personnel.roles import POLICY, Role
from personnel.services import duty
from personnel.services.places import place_of_point
from personnel.services.terms import add_builtin_terms
from reporting.boards.source import forget_pictures
from tests.boards.make import Board, make_board, signed_in
from tests.personnel.make import make_unit, make_user
from tests.personnel.people import make_category, make_member, make_role
from tests.personnel.roster import FIT, HOUR


def staff(board: Board, street, point_id: int, needed: int, booked: int) -> None:
    """State a need at a point, book people for it, and let the first of them arrive."""
    district = board.desk.place.district
    scope = Scope(districts=frozenset({district.pk}), actor="user:1:dispatcher")
    role = make_role(district, "sampler")
    begins, ends = board.now - HOUR, board.now + 3 * HOUR
    with scoped(scope):
        place = place_of_point(point_id=point_id, scope=scope)
        Shift.objects.create(
            place=place, district_id=district.pk, street_id=street.pk, role=role,
            round=board.desk.place.round, starts_at=begins, ends_at=ends, needed=needed,
        )  # fmt: skip
        for number in range(booked):
            member = make_member(
                district, street, qualified=FIT, source=make_category(district, "medic")
            )
            done = duty.book(
                client_key=uuid.uuid4(), member_id=member.pk, place_id=place.pk, role_id=role.pk,
                starts_at=begins, ends_at=ends, scope=scope, by="t", at=begins,
            )  # fmt: skip
            if not number:
                duty.arrive(duty_id=done.pk, scope=scope, by="t", at=begins)


@pytest.fixture
def board(db) -> Board:
    board = make_board()
    place = board.desk.place
    add_builtin_terms(district_id=place.district.pk, by="t", at=board.now)
    there = make_unit(place, street=place.there)
    staff(board, place.here, board.desk.unit.point_id, needed=5, booked=3)
    staff(board, place.there, there.point_id, needed=4, booked=1)
    forget_pictures()
    return board


def crew_of(html: str) -> list[int]:
    """Needed, booked, on site, missing as the panel writes them."""
    panel = html[html.index('data-panel="crew"') :].split("</dl>")[0]
    numbers = [re.sub(r"<[^>]+>", " ", part) for part in re.findall(r"<dd.*?</dd>", panel, re.S)]
    return [int(re.search(r"\d+", number)[0]) for number in numbers[:4]]


def test_the_overview_shows_what_the_rosters_say(board: Board) -> None:
    html = board.client.get("/").content.decode()

    assert crew_of(html) == [9, 4, 2, 5]
    place = board.desk.place
    scope = Scope(
        districts=frozenset({place.district.pk}), permissions=POLICY[Role.COMMANDER].permissions
    )
    with scoped(scope):
        sums = staffing(scope, round_id=place.round.pk, at=board.now).streets.values()
        assert sum(s.missing for s in sums) == 5
        assert headcount(scope, at=board.now, round_id=place.round.pk).total == 4


def test_a_street_sees_its_own_people_alone(board: Board) -> None:
    place = board.desk.place
    official = signed_in(make_user(Role.STREET_OFFICIAL, place.here))

    for path in ("/", f"/streets/{place.here.pk}/"):
        html = official.get(path, {"round": place.round.pk}).content.decode()
        assert crew_of(html) == [5, 3, 1, 2], path
        assert place.there.name not in html


def test_looking_back_shows_nobody(board: Board) -> None:
    from reporting.progress.services.snapshots import take_due_snapshots

    board.capture("TUBE000001")
    take_due_snapshots(at=board.now)
    at = board.now.isoformat()

    html = board.client.get("/", {"as_of": at}).content.decode()

    assert 'data-panel="crew"' in html
    assert "<dl" not in html[html.index('data-panel="crew"') :].split("</section>")[0]
