"""S4: the picture of one street, painted and pulsed as the overview is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.urls import NoReverseMatch, reverse
from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_lazy as _

from campaigns.models import Deadline
from core.scope import Scope, scoped
from reporting.boards import panels, status
from reporting.boards.advice import advice, is_jammed
from reporting.boards.source import Picture, Reading
from reporting.progress import queries
from reporting.progress.figures import Overview
from reporting.progress.queries import CommunityRow, PointRow, StreetDetail
from sites.models.points import Channel, QueueBand, SamplingPoint, State

QUEUE = {QueueBand.SMOOTH: "ok", QueueBand.BUSY: "warn", QueueBand.JAMMED: "crit"}
QUEUE_WORDS = {
    QueueBand.SMOOTH: _("≤25 min"),
    QueueBand.BUSY: _("26–49 min"),
    QueueBand.JAMMED: _("≥50 min"),
}
STATES = {
    State.PLANNED: "info",
    State.OPEN: "ok",
    State.PAUSED: "warn",
    State.CLOSED: "stale",
}
DEADLINES = {
    Deadline.Level.COMMUNITY: _("key communities"),
    Deadline.Level.STREET: _("this street"),
    Deadline.Level.DISTRICT: _("district"),
}
CONFLICTS = ("conflict", "overfull")


@dataclass(frozen=True, slots=True)
class StreetReading(Reading):
    """What a board shows, and the street in full."""

    detail: StreetDetail


class StreetPicture(Picture):
    """One street at one instant; the street is the one of the scope, which holds no other."""

    @property
    def street_id(self) -> int:
        [street_id] = self.scope.streets
        return street_id

    def read(self) -> StreetReading:
        with scoped(self.scope):
            round_ = queries.visible_rounds(self.scope).get(pk=self.round_id)
            detail = queries.street_detail(self.scope, round_, self.street_id, self.as_of)
            return StreetReading(
                detail.board,
                queries.curve(self.scope, round_, self.as_of, board=detail.board),
                queries.exceptions(self.scope, round_, self.as_of),
                self.crew_beside(detail.board),
                detail,
            )

    @property
    def detail(self) -> StreetDetail:
        reading = self.reading
        assert isinstance(reading, StreetReading)
        return reading.detail

    @cached_property
    def context(self) -> dict[str, Any]:
        """What the panel templates read."""
        reading, detail = self.reading, self.detail
        context = panels.board_context(
            reading.board, reading.curve, reading.exceptions, reading.crew
        )
        english = context["english"]
        street = detail.street
        board = detail.board
        conflicts = self._conflicts_url()
        for item in context["exceptions"]:
            item["url"] = self._here(item["url"])
            item["where"] = ""
        return context | {
            "level": "street",
            "key": street.code,
            "place_name": (english and street.name_en) or street.name,
            "communities": communities(detail.communities, board),
            "points": [point_line(point, board, self.scope) for point in detail.points],
            "advice": advice(detail.points, as_of=board.as_of) if not board.known_at else [],
            "deadlines": [
                {"word": DEADLINES[Deadline.Level(level)], "due": due, "over": board.as_of > due}
                for level, due in detail.deadlines
            ],
            "conflicts": sum(i.count for i in reading.exceptions if i.kind in CONFLICTS),
            "conflicts_url": conflicts,
        }

    def _conflicts_url(self) -> str:
        if not self.scope.can("see_conflicts"):
            return ""
        return self._here(reverse("sites:conflicts"))

    def _here(self, url: str | None) -> str:
        """The same list, of this street only."""
        if not url:
            return ""
        return f"{url}{'&' if '?' in url else '?'}street={self.street_id}"


def communities(
    rows: Sequence[CommunityRow], board: Overview
) -> list[tuple[CommunityRow, status.Status]]:
    """Communities with their state, the latest against its deadline first, the finished last."""
    pairs = [(row, status.of_place(row, as_of=board.as_of, header=board.round)) for row in rows]
    return sorted(pairs, key=panels.lateness)


def point_line(point: PointRow, board: Overview, scope: Scope) -> dict[str, Any]:
    """A point in words: its state, its queue with its age, its units by channel."""
    queue_age = None if point.queue_at is None else board.as_of - point.queue_at
    return {
        "point": point,
        "kind": SamplingPoint.Kind(point.kind).label,
        "state": status.Status(STATES[State(point.state)], State(point.state).label),
        "queue": _queue(point),
        "queue_age": queue_age,
        "jammed": is_jammed(point, as_of=board.as_of),
        "channels": _channels(point),
        "idle": [unit.number for unit in point.units if unit.idle],
        "silent": [unit.number for unit in point.units if unit.silent],
        "url": _page_of("sites:point", point.id) if scope.can("see_points") else "",
    }


def _queue(point: PointRow) -> status.Status | None:
    if not point.queue_band:
        return None
    band = QueueBand(point.queue_band)
    return status.Status(QUEUE[band], QUEUE_WORDS[band])


def _channels(point: PointRow) -> list[dict[str, Any]]:
    """Open and all units of each channel that the point has."""
    found = []
    for channel in Channel:
        units = [unit for unit in point.units if unit.channel == channel]
        if units:
            found.append(
                {
                    "word": channel.label,
                    "open": sum(unit.state == State.OPEN for unit in units),
                    "total": len(units),
                }
            )
    return found


def _page_of(name: str, pk: int) -> str:
    """The page of a point, where this installation has one."""
    try:
        return reverse(name, args=[pk])
    except NoReverseMatch:
        return ""


def contacts(scope: Scope, round_id: int) -> list[dict[str, str]]:
    """Who leads each point, with the number to call: for the page alone, in no cache."""
    points = SamplingPoint.objects.filter(round_id=round_id).within(scope).exclude(lead_name="")
    return [
        {"point": name, "lead": lead, "phone": str(phone or "")}
        for name, lead, phone in points.order_by("code").values_list(
            "name", "lead_name", "lead_phone"
        )
    ]


def title(detail: StreetDetail) -> str:
    """The street's name in the active language."""
    english = not (get_language() or "").startswith("zh")
    return (english and detail.street.name_en) or detail.street.name or gettext("Street")
