"""Builders of the boards' tests: a round with swabs in it, its people, and links to walls."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from html.parser import HTMLParser

from django.conf import settings
from django.test import Client
from django.utils import timezone

from campaigns.models import Division, RoundTarget, TargetVersion
from core import clock
from core.scope import Scope, scoped
from personnel.roles import Role
from personnel.services.walls import create_wall_link
from reporting.boards.source import forget_pictures
from reporting.progress.services.recount import recount_marked
from tests.personnel.make import make_user
from tests.sites.make import START, Desk, id_number, make_desk, make_resident


@dataclass
class Board:
    """A running round, its desk, and somebody of the command who is signed in."""

    desk: Desk
    client: Client
    now: datetime

    @property
    def round_id(self) -> int:
        return self.desk.place.round.pk

    def capture(self, tube: str, people: int = 2, strangers: int = 1) -> None:
        """Send one tube of registered and off-register people, and recount."""
        items = [self.desk.open(tube)]
        for _ in range(people):
            _resident, number = make_resident(self.desk.place)
            items.append(self.desk.add(tube, number))
        items += [self.desk.add(tube, id_number()) for _ in range(strangers)]
        assert set(self.desk.verdicts(*items)) <= {"created"}
        # the worker's account sees all rows; this one sees what a scope opens
        with scoped(Scope(districts=frozenset({self.desk.place.district.pk}))):
            recount_marked(at=clock.now())


def make_board(role: Role = Role.COMMANDER) -> Board:
    desk = make_desk()
    add_target(desk, desk.place.community_there, people=40)
    forget_pictures()
    clock.set_clock(START + timedelta(hours=2), rate=1)
    division = desk.place.district if role == Role.COMMANDER else desk.place.here
    return Board(desk, signed_in(make_user(role, division)), clock.now())


def add_target(desk: Desk, community: Division, people: int) -> None:
    """Let another community take part in the round."""
    place = desk.place
    RoundTarget.objects.create(
        version=TargetVersion.objects.get(round=place.round),
        round=place.round,
        community=community,
        street_id=community.street_id,
        district_id=place.district.pk,
        registered=people,
        exempt=0,
        target=people,
    )


def signed_in(user) -> Client:
    """A browser of somebody; that signing in takes a password is tested elsewhere."""
    client = Client()
    client.force_login(user)
    client.cookies[settings.LANGUAGE_COOKIE_NAME] = user.language
    return client


def wall_token(board: Board, division=None) -> str:
    _link, token = create_wall_link(
        round=board.desk.place.round,
        division=division or board.desk.place.district,
        label="hall",
        by="test",
        at=timezone.now(),
    )
    return token


class Panels(HTMLParser):
    """Reads a page or a fragment: its panels' inner text by name, its figures, the pulse."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.figures: dict[tuple[str, str, str], int] = {}
        self.pulse: dict[str, str] = {}
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = {name: value or "" for name, value in attrs}
        if found.get("data-figure") and found["data-value"]:
            key = (found["data-figure"], found["data-level"], found["data-key"])
            value = int(found["data-value"])
            assert self.figures.setdefault(key, value) == value, f"two values of {key}"
        if found.get("id") == "pulse":
            self.pulse = found


def panels_of(html: str) -> dict[str, str]:
    """Each panel's whole element, by name; panels are never nested."""
    found = {}
    for piece in html.split('<div class="panel panel-')[1:]:
        name = piece.split('"', 1)[0]
        depth, at = 1, 0
        while depth:
            opening, closing = piece.find("<div", at), piece.find("</div>", at)
            if 0 <= opening < closing:
                depth, at = depth + 1, opening + 4
            else:
                depth, at = depth - 1, closing + 6
        found[name] = '<div class="panel panel-' + piece[:at]
    return found


def beat(client: Client, page: Panels, **over: str):
    """One pulse, as ``pulse.js`` sends it."""
    headers = {
        "X-Jinjian-Ticket": over.get("ticket", page.pulse["data-ticket"]),
        "X-Jinjian-Panels": over.get("panels", page.pulse["data-panels"]),
        "HX-Request": "true",
    }
    url = over.get("url", page.pulse["hx-get"])
    return client.get(f"{url}&tag={over.get('tag', page.pulse['data-tag'])}", headers=headers)
