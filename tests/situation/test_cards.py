"""Today's cards: the draft for who writes, what others submitted for who approves."""

from __future__ import annotations

from datetime import timedelta

import pytest

from core.scope import scoped
from personnel.roles import Role
from reporting.outlets.situation_cards import situation_cards
from tests.boards.make import signed_in
from tests.personnel.make import make_user
from tests.situation.make import APPROVER, WRITER, Desk, make_desk


@pytest.fixture
def desk(db: None) -> Desk:
    return make_desk()


def test_the_writer_is_told_of_the_draft_and_the_chief_of_what_waits(desk: Desk) -> None:
    writer, chief = desk.scope(), desk.scope(Role.COMMANDER, APPROVER)
    assert list(situation_cards(writer, desk.at)) == []
    report = desk.open()
    (card,) = situation_cards(writer, desk.at)
    assert card.url == f"/situation/{report.pk}/"
    assert list(situation_cards(chief, desk.at)) == []

    desk.submit(report)

    (card,) = situation_cards(chief, desk.at)
    assert card.url == f"/situation/{report.pk}/"
    # The writer may approve others' reports, and so is not told of the own one.
    assert list(situation_cards(desk.scope(actor=WRITER), desk.at)) == []


def test_a_draft_with_figures_is_told_before_one_that_waits_for_them(desk: Desk) -> None:
    with scoped(desk.scope()):
        desk.open(desk.at + timedelta(minutes=15))
    report = desk.open()

    (card,) = situation_cards(desk.scope(), desk.at)

    assert card.url == f"/situation/{report.pk}/"


def test_the_card_stands_on_the_page_of_today(desk: Desk) -> None:
    report = desk.submit(desk.open())
    client = signed_in(make_user(Role.COMMANDER, desk.district))

    assert f"/situation/{report.pk}/" in client.get("/today/").content.decode()
