"""The stops of a trip add up: everybody who gets on gets off, and one kind of load rides (S004)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import accumulate

from django.utils.translation import gettext_lazy as _

from core.inputs import Refused, clean_name
from logistics.models import Trip

CARRIES_PEOPLE = frozenset({Trip.Kind.STAFF.value, Trip.Kind.FETCH.value})
MOST_STOPS = 40


@dataclass(frozen=True, slots=True)
class Stop:
    """One halt as planned: how many people or boxes get on (above 0) or off (below 0)."""

    place: str
    planned_at: datetime
    point_id: int | None = None
    people: int = 0
    boxes: int = 0


@dataclass(frozen=True, slots=True)
class Load:
    """The most that rides at one time."""

    people: int
    boxes: int


def checked(
    stops: Sequence[Stop], *, kind: str, starts_at: datetime, ends_at: datetime
) -> list[Stop]:
    """The stops with clean names, in order. Raises Refused for times outside the trip or out of
    order, for a mixed load, and for people or boxes that would stay on board."""
    if ends_at <= starts_at:
        raise Refused("trip_ends_after_start", _("A trip ends after it starts.")).at("ends_at")
    if not 1 <= len(stops) <= MOST_STOPS:
        raise Refused(
            "stops_missing", _("Name 1 to %(most)s stops, in their order."), most=MOST_STOPS
        ).at("stops")
    clean = [replace(stop, place=clean_name(stop.place, max_length=120)) for stop in stops]
    times = [stop.planned_at for stop in clean]
    if times != sorted(times) or times[0] < starts_at or times[-1] > ends_at:
        raise Refused(
            "stops_times",
            _("The stops follow one another in time, between leaving and being free again."),
        ).at("stops")
    carries_people = kind in CARRIES_PEOPLE
    if any(stop.boxes if carries_people else stop.people for stop in clean):
        raise Refused(
            "trip_closed_loop", _("One trip carries people or boxes, never both.")
        ).at("stops")  # fmt: skip
    _refuse_left_over([stop.people or stop.boxes for stop in clean])
    return clean


def load_of(stops: Sequence[Stop], *, people: int, boxes: int) -> Load:
    """The most on board at one time. Raises Refused where a stated number is another one."""
    most = Load(
        people=max(accumulate(stop.people for stop in stops), default=0),
        boxes=max(accumulate(stop.boxes for stop in stops), default=0),
    )
    if people not in (0, most.people):
        raise Refused(
            "stops_people",
            _("%(people)s passengers are stated, and the stops take on %(most)s."),
            people=people,
            most=most.people,
        ).at("people")
    # Boxes are often not known before they are sealed: the driver counts them at the stop.
    if boxes and most.boxes not in (0, boxes):
        raise Refused(
            "stops_boxes",
            _("%(boxes)s boxes are stated, and the stops take on %(most)s."),
            boxes=boxes,
            most=most.boxes,
        ).at("boxes")
    return replace(most, boxes=most.boxes or boxes)


def _refuse_left_over(moves: Sequence[int]) -> None:
    on_board = list(accumulate(moves))
    if min(on_board) < 0:
        raise Refused(
            "stops_negative", _("At one stop more get off than are on board.")
        ).at("stops")  # fmt: skip
    if on_board[-1]:
        raise Refused(
            "stops_left_over",
            _("%(left)s would still be on board at the end: say where they get off."),
            left=on_board[-1],
        ).at("stops")
