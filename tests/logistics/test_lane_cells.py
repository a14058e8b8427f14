"""Cells below an open row of the board: every column once, and nobody left out."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

from logistics.queries.lanes import Block, Lane
from logistics.queries.sweep import Frame
from logistics.templatetags.dispatch import lane_cells

EIGHT = datetime(2021, 11, 4, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def cells(*blocks: tuple[int, int, str, int]) -> str:
    """The cells of a lane of six hours; each block from a minute to a minute, name and people."""
    lane = [Block(EIGHT + a * MINUTE, EIGHT + b * MINUTE, name, n) for a, b, name, n in blocks]
    return lane_cells(Lane(1, "1", "sampler", lane), Frame(EIGHT, timedelta(hours=1), 6))


def test_two_bookings_within_one_column_share_its_cell() -> None:
    html = cells((60, 80, "王*", 1), (80, 115, "李*", 2), (120, 240, "赵*", 1))

    assert [int(span) for span in re.findall(r'colspan="(\d+)"', html)] == [1, 1, 2, 2]
    assert html.count("<b>1</b>") == 2
    assert "+2" in html
    assert "09:20–09:55 李*" in html


def test_a_booking_inside_a_longer_one_joins_it_and_none_beside_the_frame_does() -> None:
    html = cells(
        (-120, 0, "past", 1), (0, 300, "long", 1), (60, 120, "inside", 3), (120, 120, "none", 1),
        (400, 500, "after", 1),
    )  # fmt: skip

    assert [int(span) for span in re.findall(r'colspan="(\d+)"', html)] == [5, 1]
    assert "+3" in html
    assert not re.search("past|none|after", html)
