"""Which line of which report a name means: codes, names, other names, with or without 社区."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Any

from django.utils.translation import gettext_lazy as _

from campaigns.models import Division
from core import clock
from core.imports.kinds import Place
from core.inputs import Refused, fold
from reporting.daily.models import Report, ReportLine

_SUFFIX = re.compile(
    r"(?:社区居民委员会|村民委员会|社区居委会|居民委员会|居委会|村委会|社区|村|街道办事处|街道|镇|乡"
    r"|\s+(?:community|village|street|town))$"
)
_NAMED = 4
"""How many candidates a refusal names."""


@dataclass(frozen=True)
class Spot:
    """One line of an open report, with what it may be called."""

    line_id: int
    report_id: int
    own: bool
    name: str
    street: str
    words: frozenset[str]
    street_words: frozenset[str]
    open: bool

    @property
    def value(self) -> dict[str, Any]:
        """What is stored of it with the row."""
        return {"line": self.line_id, "report": self.report_id, "name": self.name}


class Lines:
    """The lines of the reports of one place, and nothing of any other place."""

    def __init__(self, place: Place) -> None:
        self.place = place
        self.spots = _spots(place)
        self.exact: dict[str, list[Spot]] = defaultdict(list)
        self.short: dict[str, list[Spot]] = defaultdict(list)
        for spot in self.spots:
            for word in spot.words:
                self.exact[word].append(spot)
            for word in {shortened(word) for word in spot.words}:
                self.short[word].append(spot)

        # All names as one text, each spot's from its start on.
        said = ["\n".join(sorted(spot.words)) + "\n" for spot in self.spots]
        self.text = "".join(said)
        self.starts = list(accumulate(map(len, said), initial=0))[:-1]

    def refuse_closed(self) -> None:
        """Raise Refused unless something of this place may still be filled in."""
        if any(spot.open for spot in self.spots):
            return
        raise Refused(
            "report_closed",
            _("This report was submitted or locked: its numbers are corrected on its own page."),
        )

    def find(self, word: str, street: str = "") -> Spot:
        """The one line of this name; raises Refused, with the candidates where there are any."""
        wanted = folded(word)
        found = self.exact.get(wanted) or self.short.get(shortened(wanted)) or []
        if street:
            found = [spot for spot in found if _is_called(spot, folded(street))]
        if len(found) > 1:
            raise Refused(
                "place_twice",
                _("More than one is called so: %(names)s. Write the whole name, or the code."),
                names=_listed(self._told(spot) for spot in found),
            )
        if not found:
            self._refuse_unknown(wanted)
        return found[0]

    def _refuse_unknown(self, wanted: str) -> None:
        near = self._near(shortened(wanted))
        if near:
            raise Refused(
                "place_unclear",
                _("No community has just this name. Is it one of these: %(names)s?"),
                names=_listed(self._told(spot) for spot in near),
            )
        raise Refused("place_unknown", _("There is no community of this name in this report."))

    def _near(self, part: str) -> list[Spot]:
        """The first few whose names hold this part; a search through one text of all names."""
        near: list[Spot] = []
        at = self.text.find(part) if part else -1
        while at >= 0 and len(near) <= _NAMED:
            found = bisect_right(self.starts, at) - 1
            if self.spots[found] not in near:
                near.append(self.spots[found])
            following = found + 1
            at = (
                self.text.find(part, self.starts[following]) if following < len(self.starts) else -1
            )
        return near

    def _told(self, spot: Spot) -> str:
        alone = self.place.street_id is not None or spot.own
        return spot.name if alone else f"{spot.street} {spot.name}"


def folded(text: str) -> str:
    """A name as it is compared: full-width forms folded, small letters, no spaces around."""
    return fold(text).strip().casefold()


def shortened(word: str) -> str:
    """A name without the word for what it is; a name that is nothing else stays."""
    return _SUFFIX.sub("", word) or word


def _is_called(spot: Spot, street: str) -> bool:
    return street in spot.street_words or shortened(street) in map(shortened, spot.street_words)


def _spots(place: Place) -> list[Spot]:
    reports = Report.objects.filter(cutoff=place.context["cutoff"], district_id=place.district_id)
    if place.street_id is not None:
        reports = reports.filter(street_id=place.street_id)
    held = {report.pk: report for report in reports.select_related("street")}
    of_street = {pk: _words(*_called(report.street)) for pk, report in held.items()}
    lines = (
        ReportLine.objects.filter(report__in=held)
        .order_by("report__street__code", "community__code", "pk")
        .values_list(
            "pk", "report_id", "community__code", "community__name", "community__name_en",
            "community__aliases",
        )
    )  # fmt: skip
    spots = []
    for pk, report_id, code, name, name_en, aliases in lines.iterator(2_000):
        report = held[report_id]
        spots.append(
            Spot(
                line_id=pk,
                report_id=report_id,
                own=code is None,
                name=name or report.street.name,
                street=report.street.name,
                words=_words(code, name, name_en, aliases) if code else of_street[report_id],
                street_words=of_street[report_id],
                open=report.is_open(clock.now()),
            )
        )
    return spots


def _called(division: Division) -> tuple[str, str, str, list[str]]:
    return division.code, division.name, division.name_en, division.aliases


def _words(code: str, name: str, name_en: str, aliases: Sequence[str]) -> frozenset[str]:
    return frozenset(folded(word) for word in (code, name, name_en, *aliases) if word)


def _listed(names: Iterable[str]) -> str:
    found = list(names)
    shown = "、".join(found[:_NAMED])
    return f"{shown} …" if len(found) > _NAMED else shown
