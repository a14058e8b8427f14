"""S5: a hex for each community, coloured by one measure; the same rows as a list beside it.

Steps have a number, a word and (where something is missing or late) a pattern: never colour alone.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property
from typing import Any

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from core.scope import scoped
from reporting.boards import formats, hexes, mapdraw, panels, status
from reporting.boards.hexes import Place
from reporting.boards.services.layout import places_of
from reporting.boards.source import Picture, Reading
from reporting.progress import queries
from reporting.progress.figures import Curve, Overview
from reporting.progress.queries import CommunityMap, CommunityRow
from sites.models.points import QueueBand

MEASURES: dict[str, str | Promise] = {
    "coverage": _("Sampled"),
    "lateness": _("Against the deadline"),
    "queue": _("Queue"),
    "age": _("Age of the data"),
}


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a measure: `tone` chooses colour and pattern, `word` says it."""

    tone: str
    word: str | Promise


NOTHING = Step("none", _("nothing known"))
COVERAGE = (
    (100, Step("b5", _("all sampled"))),
    (80, Step("b4", _("80 % and more"))),
    (60, Step("b3", _("60 to 80 %"))),
    (40, Step("b2", _("40 to 60 %"))),
    (20, Step("b1", _("20 to 40 %"))),
    (None, Step("b0", _("less than 20 %"))),
)
DONE = Step("done", _("done"))
EARLY = Step("ok", _("on time"))
LATENESS = (
    (timedelta(0), EARLY),
    (timedelta(minutes=30), Step("w1", _("up to 30 min late"))),
    (timedelta(hours=2), Step("w2", _("up to 2 h late"))),
    (None, Step("crit", _("more than 2 h late"))),
)
PAST = Step("crit", _("more than 2 h late"))
QUEUES = {
    QueueBand.SMOOTH: Step("ok", _("up to 25 minutes")),
    QueueBand.BUSY: Step("w2", _("26 to 49 minutes")),
    QueueBand.JAMMED: Step("crit", _("50 minutes or more")),
}
AGES = (
    (timedelta(minutes=5), Step("ok", _("up to 5 min"))),
    (timedelta(minutes=15), Step("b3", _("up to 15 min"))),
    (timedelta(minutes=45), Step("w2", _("up to 45 min"))),
    (None, Step("crit", _("older than 45 min"))),
)
LEGENDS: dict[str, tuple[Step, ...]] = {
    "coverage": (*(step for _least, step in COVERAGE), NOTHING),
    "lateness": (DONE, *(step for _most, step in LATENESS), NOTHING),
    "queue": (*QUEUES.values(), NOTHING),
    "age": (*(step for _most, step in AGES), NOTHING),
}


@dataclass(frozen=True, slots=True)
class MapReading(Reading):
    """What the map shows, and where."""

    found: CommunityMap
    places: dict[int, Place]
    names: dict[int, tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Line:
    """One community on the map and in the list: its step, its value in words, its address."""

    row: CommunityRow
    step: Step
    value: str
    short: str
    street: str
    url: str
    x: str
    y: str
    column: int
    line: int
    worth: float


class MapPicture(Picture):
    """The map of one's area in one measure, which is part of the page's name."""

    @property
    def measure(self) -> str:
        return self.page.partition("_")[2]

    @property
    def names(self) -> tuple[str, ...]:
        return panels.MAP_PANELS

    @property
    def forecast(self) -> bool:
        """Only lateness needs the pace of everybody, which the other measures do without."""
        return self.measure == "lateness"

    @property
    def kind(self) -> str:
        return f"{super().kind} {self.forecast}"

    def read(self) -> MapReading:
        with scoped(self.scope):
            round_ = queries.visible_rounds(self.scope).get(pk=self.round_id)
            found = queries.community_map(self.scope, round_, forecast=self.forecast)
            groups: dict[int, list[int]] = {}
            for row in found.rows:
                groups.setdefault(found.streets.get(row.division_id, 0), []).append(row.division_id)
            streets = {row.division_id: (row.name, row.name_en) for row in found.board.streets}
            return MapReading(
                found.board,
                _no_curve(found.board),
                [],
                None,  # who is on duty is no colour of the map
                found,
                places_of(list(groups.values()), self.scope),
                streets,
            )

    @cached_property
    def context(self) -> dict[str, Any]:
        """What the panel templates read."""
        reading = self.reading
        assert isinstance(reading, MapReading)
        english = not (get_language() or "").startswith("zh")
        lines = self._lines(reading, english)
        shown = hexes.frame(reading.places.values())
        return {
            "board": reading.board,
            "lines": lines,
            "cells": mapdraw.cells(lines),
            "rows": mapdraw.rows(lines),
            "measure": self.measure,
            "measure_word": MEASURES[self.measure],
            "legend": _legend(self.measure, lines),
            "frame": shown,
            "wide": f"{max(shown.width, 320):.0f}",
            "high": f"{shown.height:.0f}",
            "labels": _labels(reading, english),
        }

    def _lines(self, reading: MapReading, english: bool) -> list[Line]:
        """The worst first, in the list and on the map alike."""
        judge = JUDGES[self.measure]
        lines = []
        for row in reading.found.rows:
            step, value, short, worth = judge(row, reading.found)
            street = reading.found.streets.get(row.division_id, 0)
            name, name_en = reading.names.get(street, ("", ""))
            place = reading.places.get(row.division_id, (0, 0))
            x, y = hexes.centre(place)
            lines.append(
                Line(
                    row=row,
                    step=step,
                    value=value,
                    short=short,
                    street=(english and name_en) or name,
                    url=self._url(street),
                    x=f"{x:.1f}",
                    y=f"{y:.1f}",
                    column=place[0],
                    line=place[1],
                    worth=worth,
                )
            )
        return sorted(lines, key=lambda line: (-line.worth, line.row.code))

    def _url(self, street_id: int) -> str:
        if not (street_id and self.scope.can("see_street")):
            return ""
        return f"{reverse('boards:street', args=[street_id])}?round={self.round_id}"


def _no_curve(board: Overview) -> Curve:
    return Curve([], [], None, board.as_of, None, 0)


def _legend(measure: str, lines: list[Line]) -> list[tuple[Step, int]]:
    """Every step with how many communities are in it."""
    counts: dict[str, int] = {}
    for line in lines:
        counts[line.step.tone] = counts.get(line.step.tone, 0) + 1
    return [(step, counts.get(step.tone, 0)) for step in LEGENDS[measure]]


def _labels(reading: MapReading, english: bool) -> list[dict[str, str]]:
    """The name of each street over the topmost of its hexes."""
    tops: dict[int, tuple[float, float]] = {}
    for community, street in reading.found.streets.items():
        if community in reading.places:
            x, y = hexes.centre(reading.places[community])
            if street not in tops or (y, x) < (tops[street][1], tops[street][0]):
                tops[street] = (x, y)
    return [
        {
            "x": f"{x - hexes.ACROSS / 2:.1f}",
            "y": f"{y - hexes.SIZE - 3:.1f}",
            "word": (english and reading.names[street][1]) or reading.names[street][0],
        }
        for street, (x, y) in tops.items()
        if street in reading.names
    ]


Judged = tuple[Step, str, str, float]


def _coverage(row: CommunityRow, found: CommunityMap) -> Judged:
    share = row.coverage
    if share is None:
        return NOTHING, formats.NOTHING, "", -1000.0
    step = next(step for least, step in COVERAGE if least is None or share >= least)
    return step, formats.percent(share), f"{share:.0f}", -float(share)


def _lateness(row: CommunityRow, found: CommunityMap) -> Judged:
    if row.figures.target and row.remaining <= 0:
        return DONE, str(DONE.word), "✓", -1e9
    state = status.of_place(row, as_of=found.board.as_of, header=found.board.round)
    if state is status.OVERDUE:
        return PAST, str(state.word), "!", 1e9
    if row.late is None:
        return NOTHING, str(row.eta.reason) or formats.NOTHING, "?", -1e6
    step = next(step for most, step in LATENESS if most is None or row.late <= most)
    seconds = row.late.total_seconds()
    sign = "+" if seconds > 0 else "−"
    whole = abs(int(seconds)) // 3600
    short = f"{whole}h" if whole > 9 else formats.hours(row.late)
    return step, f"{sign}{formats.hours(row.late)}", f"{sign}{short}", seconds


def _queue(row: CommunityRow, found: CommunityMap) -> Judged:
    known = found.queues.get(row.division_id)
    if known is None:
        return NOTHING, formats.NOTHING, "", -1.0
    band = QueueBand(known[0])
    age = formats.span(found.board.as_of - known[1])
    short = {QueueBand.SMOOTH: "≤25", QueueBand.BUSY: "<50", QueueBand.JAMMED: "≥50"}[band]
    worth = {QueueBand.SMOOTH: 0.0, QueueBand.BUSY: 1.0, QueueBand.JAMMED: 2.0}[band]
    return QUEUES[band], f"{QUEUES[band].word} · {age}", short, worth


def _age(row: CommunityRow, found: CommunityMap) -> Judged:
    if row.data_age is None:
        return NOTHING, formats.NOTHING, "", 1e9
    step = next(step for most, step in AGES if most is None or row.data_age <= most)
    minutes = int(row.data_age.total_seconds()) // 60
    short = f"{minutes}m" if minutes < 100 else f"{minutes // 60}h"
    return step, formats.span(row.data_age), short, row.data_age.total_seconds()


JUDGES: dict[str, Callable[[CommunityRow, CommunityMap], Judged]] = {
    "coverage": _coverage,
    "lateness": _lateness,
    "queue": _queue,
    "age": _age,
}


def page_name(measure: str) -> str:
    """The name under which the pulse knows the map in a measure."""
    return f"map_{measure}"
