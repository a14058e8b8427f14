"""Hexes with the point upwards in rows; odd rows stand half a hex to the right.

A place is (column, row). Pure functions: the map is drawn, arranged and read from files by them.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

Place = tuple[int, int]

#: Half the height of a hex in the units of the drawing, and the distances that follow from it.
SIZE = 20.0
ACROSS = SIZE * math.sqrt(3)
DOWN = SIZE * 1.5
#: Corners of a hex around its centre, a little smaller so that neighbours do not touch.
CORNERS = " ".join(
    f"{round((SIZE - 1) * math.cos(a), 1):g},{round((SIZE - 1) * math.sin(a), 1):g}"
    for a in (math.radians(60 * k - 90) for k in range(6))
)

STEPS: dict[str, tuple[Place, Place]] = {
    # direction: (step from an even row, step from an odd row)
    "left": ((-1, 0), (-1, 0)),
    "right": ((1, 0), (1, 0)),
    "up_left": ((-1, -1), (0, -1)),
    "up_right": ((0, -1), (1, -1)),
    "down_left": ((-1, 1), (0, 1)),
    "down_right": ((0, 1), (1, 1)),
}


def neighbour(place: Place, direction: str) -> Place:
    """The next hex in one of six directions."""
    column, row = place
    dx, dy = STEPS[direction][row % 2]
    return column + dx, row + dy


def centre(place: Place) -> tuple[float, float]:
    """Where the middle of a hex is drawn."""
    column, row = place
    return ACROSS * (column + 0.5 * (row % 2)), DOWN * row


def nearest(x: float, y: float) -> Place:
    """The hex whose centre lies nearest to a point of the drawing."""
    row = round(y / DOWN)
    near = [
        (column, each)
        for each in (row - 1, row, row + 1)
        for column in (
            math.floor(x / ACROSS - 0.5 * (each % 2)),
            math.ceil(x / ACROSS - 0.5 * (each % 2)),
        )
    ]
    return min(near, key=lambda place: (_distance(place, x, y), place))


def _distance(place: Place, x: float, y: float) -> float:
    cx, cy = centre(place)
    return round((cx - x) ** 2 + (cy - y) ** 2, 6)


def around(start: Place) -> Iterator[Place]:
    """The hex itself, then ring after ring around it, without end."""
    yield start
    ring = 0
    while True:
        ring += 1
        place = start
        for _ in range(ring):
            place = neighbour(place, "left")
        for direction in ("up_right", "right", "down_right", "down_left", "left", "up_left"):
            for _ in range(ring):
                yield place
                place = neighbour(place, direction)


def nearest_free(start: Place, taken: set[Place]) -> Place:
    """The first hex of `around` that nobody has."""
    return next(place for place in around(start) if place not in taken)


def automatic(groups: Sequence[Sequence[int]]) -> dict[int, Place]:
    """Each group (a street's communities) as a block, the blocks in rows with a gap between.

    The same groups always give the same map. A row of hexes stays free above each block for the
    street's name.
    """
    total = sum(len(group) for group in groups)
    widest = max(math.ceil(math.sqrt(total * 1.7)) + len(groups) // 4, 4)
    placed: dict[int, Place] = {}
    left, top, tallest = 0, 0, 0
    for group in groups:
        if not group:
            continue
        width = min(math.ceil(math.sqrt(len(group) * 1.3)), widest)
        height = math.ceil(len(group) / width)
        if left and left + width > widest:
            left, top, tallest = 0, top + tallest + 1, 0
        for index, key in enumerate(group):
            placed[key] = (left + index % width, top + index // width)
        left, tallest = left + width + 1, max(tallest, height)
    return placed


def completed(groups: Sequence[Sequence[int]], stored: Mapping[int, Place]) -> dict[int, Place]:
    """Where everybody stands: as arranged by somebody, else near the others of the group."""
    if not stored:
        return automatic(groups)
    placed = dict(stored)
    taken = set(placed.values())
    bottom = max((row for _column, row in taken), default=0)
    for group in groups:
        known = [placed[key] for key in group if key in placed]
        start = _middle(known) if known else (0, bottom + 2)
        for key in group:
            if key not in placed:
                placed[key] = nearest_free(start, taken)
                taken.add(placed[key])
    return placed


def _middle(places: Sequence[Place]) -> Place:
    points = [centre(place) for place in places]
    return nearest(
        sum(x for x, _y in points) / len(points), sum(y for _x, y in points) / len(points)
    )


def from_points(points: Mapping[int, tuple[float, float]]) -> dict[int, Place]:
    """Points of any plane (y downwards) on the hexes nearest to them, one each.

    The scale is chosen so that as many hexes as points cover about their area; who finds a hex
    taken gets the nearest free one.
    """
    if not points:
        return {}
    xs, ys = [p[0] for p in points.values()], [p[1] for p in points.values()]
    width, height = max(xs) - min(xs), max(ys) - min(ys)
    reach = max(width, height)
    if reach <= 0:
        scale = 0.0
    else:
        area = max(width, reach / 20) * max(height, reach / 20)
        scale = math.sqrt(len(points) * 1.35 * ACROSS * DOWN / area)
    taken: set[Place] = set()
    placed = {}
    for key, (x, y) in sorted(points.items(), key=lambda item: (item[1][1], item[1][0], item[0])):
        place = nearest_free(nearest((x - min(xs)) * scale, (y - min(ys)) * scale), taken)
        placed[key] = place
        taken.add(place)
    return placed


@dataclass(frozen=True, slots=True)
class Frame:
    """The part of the plane that a drawing shows."""

    left: float
    top: float
    width: float
    height: float

    @property
    def view_box(self) -> str:
        return f"{self.left:.1f} {self.top:.1f} {self.width:.1f} {self.height:.1f}"


def frame(places: Iterable[Place], *, above: float = 16.0) -> Frame:
    """The smallest frame around hexes, with room for words `above`."""
    points = [centre(place) for place in places] or [(0.0, 0.0)]
    left, right = min(x for x, _y in points), max(x for x, _y in points)
    top, bottom = min(y for _x, y in points), max(y for _x, y in points)
    margin = 4.0
    return Frame(
        left - ACROSS / 2 - margin,
        top - SIZE - margin - above,
        right - left + ACROSS + 2 * margin,
        bottom - top + 2 * SIZE + 2 * margin + above,
    )
