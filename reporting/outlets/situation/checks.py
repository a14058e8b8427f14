"""The sums a report must keep before it goes out, as pure functions over its figures.

A check that fails blocks the approval unless somebody lets it pass with a reason, which the report
then prints. Odd figures are told and never trimmed: a check says what differs and what to do.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from core import clock
from reporting.outlets.indicators import INDICATORS, Measure
from reporting.outlets.situation.figures_in_text import claims, rounds_named
from reporting.outlets.situation.snapshot import Snapshot
from reporting.outlets.situation.stated import Stated

GROWING = ("persons", "swabs", "tubes")
"""Counts that can only grow within a round, but for voids."""
LIVE_ELSEWHERE = ("everybody", "outside_persons")
OVERFULL_SHARE = 105
"""Tubes that hold one more than the pool are taken and flagged; in percent of all it is too much
for single ones."""
KEPT_IN_TIME = timedelta(minutes=5)
"""So long after a quarter hour its figures may be kept: what came in between is in them."""
MOST_PER_TUBE_SHARE = 3
"""A third of a pool on average is already strange: tubes times pool must lie near the swabs."""


@dataclass(frozen=True, slots=True)
class Check:
    """One rule and what came of it: `found` is empty where it holds, else each thing that differs.
    `params` fill the sentences; they hold counts, names and times only."""

    code: str
    title: Promise
    advice: Promise
    found: list[tuple[Promise, dict[str, Any]]] = field(default_factory=list)

    @property
    def holds(self) -> bool:
        return not self.found

    @property
    def sentences(self) -> list[str]:
        """What differs, in the language that is active now."""
        return [str(words) % params for words, params in self.found]


Finding = tuple[Promise, dict[str, Any]]
Texts = Mapping[tuple[str, str], str]
"""Passages by key and language."""


def all_checks(snapshot: Snapshot, texts: Texts, stated: Mapping[str, Stated]) -> list[Check]:
    """Every check of a report, in the order in which they are shown."""
    return [
        Check(code, title, advice, list(find(snapshot, texts, stated)))
        for code, title, advice, find in RULES
    ]


def failing(checks: Iterable[Check], overridden: Iterable[str] = ()) -> list[Check]:
    """Checks that do not hold and that nobody has let pass."""
    passed = set(overridden)
    return [check for check in checks if not check.holds and check.code not in passed]


def _streets(snapshot: Snapshot, _texts: Texts, _stated: Any) -> Iterator[Finding]:
    for key, indicator in INDICATORS.items():
        total = snapshot.area.count(key)
        known = _parts(snapshot, key)
        # People and vehicles of no street are the district's own; the cut adds them.
        if indicator.source in ("roster", "logistics") or not known:
            continue
        if not indicator.summed and key not in LIVE_ELSEWHERE:
            continue
        # Who lives in no street of the round is counted in the whole alone, and printed there.
        beyond = _from_elsewhere(snapshot) if key in LIVE_ELSEWHERE else 0
        if total is not None and sum(known) + beyond != total:
            yield (
                _("%(figure)s: the streets add up to %(sum)s, the total says %(total)s."),
                {"figure": indicator.name, "sum": f"{sum(known) + beyond:,}",
                 "total": f"{total:,}"},
            )  # fmt: skip


def _parts(snapshot: Snapshot, key: str) -> list[int]:
    return [part for street in snapshot.streets if (part := street.count(key)) is not None]


def _from_elsewhere(snapshot: Snapshot) -> int:
    """People sampled here whose home lies in no street of the round."""
    whole = snapshot.area.count("outside_persons") or 0
    return max(whole - sum(_parts(snapshot, "outside_persons")), 0)


def _categories(snapshot: Snapshot, _texts: Texts, _stated: Any) -> Iterator[Finding]:
    listed = sum(row.listed for row in snapshot.vehicles)
    total = snapshot.area.count("vehicles_listed")
    if total is not None and listed != total:
        yield (
            _("The classes of vehicles add up to %(sum)s, the total says %(total)s."),
            {"sum": f"{listed:,}", "total": f"{total:,}"},
        )
    engaged = sum(row.engaged for row in snapshot.vehicles)
    drove = snapshot.area.count("vehicles_engaged")
    if drove is not None and engaged != drove:
        yield (
            _("The classes of vehicles that drove add up to %(sum)s, the total says %(total)s."),
            {"sum": f"{engaged:,}", "total": f"{drove:,}"},
        )
    codes = [head.code for head in snapshot.heads]
    for code in sorted({code for code in codes if codes.count(code) > 1}):
        yield _("The category %(code)s of people is counted twice."), {"code": code}


def _persons(snapshot: Snapshot, _texts: Texts, _stated: Any) -> Iterator[Finding]:
    """Each person has at least one swab. Of a single street it need not hold: its people may be
    swabbed next door."""
    swabs, persons = snapshot.area.count("swabs"), snapshot.area.count("everybody")
    if snapshot.of_one_street or swabs is None or persons is None:
        return
    if swabs < persons:
        yield (
            _("%(persons)s people were sampled with only %(swabs)s swabs."),
            {"persons": f"{persons:,}", "swabs": f"{swabs:,}"},
        )


def _tubes(snapshot: Snapshot, _texts: Texts, _stated: Any) -> Iterator[Finding]:
    for area in [snapshot.area, *snapshot.streets]:
        swabs, tubes = area.count("swabs") or 0, area.count("tubes") or 0
        pool = snapshot.round.pool_size
        if not tubes and swabs:
            yield _("%(area)s: %(swabs)s swabs and no tube."), {
                "area": area.name, "swabs": f"{swabs:,}"}  # fmt: skip
        elif swabs * 100 > tubes * pool * OVERFULL_SHARE:
            yield (
                _("%(area)s: %(swabs)s swabs do not fit into %(tubes)s tubes of %(pool)s."),
                {"area": area.name, "swabs": f"{swabs:,}", "tubes": f"{tubes:,}", "pool": pool},
            )
        elif tubes > 10 and swabs * MOST_PER_TUBE_SHARE < tubes * pool:
            yield (
                _("%(area)s: %(tubes)s tubes of %(pool)s hold %(swabs)s swabs only."),
                {"area": area.name, "swabs": f"{swabs:,}", "tubes": f"{tubes:,}", "pool": pool},
            )


def _headline(snapshot: Snapshot, texts: Texts, stated: Mapping[str, Stated]) -> Iterator[Finding]:
    figures, shares = figures_of(snapshot, stated)
    for language, name in (("zh", _("in Chinese")), ("en", _("in English"))):
        text = texts.get(("headline", language), "")
        if not text.strip():
            yield _("The headline %(language)s is empty."), {"language": name}
        for claim in claims(_nameless(text, snapshot)):
            if not claim.borne_out_by(figures, shares):
                yield (
                    _("The headline %(language)s says %(words)s: no figure of the report does."),
                    {"language": name, "words": claim.words},
                )


def _nameless(text: str, snapshot: Snapshot) -> str:
    """The text without names of places and people's categories: a digit in them claims nothing."""
    named: list[Any] = [snapshot.area, *snapshot.streets, *snapshot.heads, *snapshot.vehicles]
    names = {name for each in named for name in (each.name, each.name_en) if name}
    for name in sorted(names, key=len, reverse=True):
        text = text.replace(name, "；")
    return text


def figures_of(snapshot: Snapshot, stated: Mapping[str, Stated]) -> tuple[set[int], set[str]]:
    """Every count and every share that a report holds."""
    values = [item for a in (snapshot.area, *snapshot.streets) for item in a.values.items()]
    counts = {value for _key, value in values if isinstance(value, int)}
    # Text too are ratios of other units: 9.8 people in a tube are no 9.8 %.
    shares = {value for key, value in values if isinstance(value, str) and _is_share(key)}
    counts |= {head.people for head in snapshot.heads} | {each.value for each in stated.values()}
    counts |= {snapshot.people_engaged, len(snapshot.streets), snapshot.round.pool_size}
    counts |= {number for row in snapshot.vehicles for number in (row.listed, row.engaged)}
    counts |= {snapshot.round.number, *_of_the_past(snapshot)}
    return counts, shares


def _is_share(key: str) -> bool:
    return key in INDICATORS and INDICATORS[key].measure == Measure.PERCENT


def _of_the_past(snapshot: Snapshot) -> Iterator[int]:
    """What the issue before printed, what is known of it now, and how far each lies apart."""
    for row in snapshot.corrections:
        yield from (row.then, row.now, row.late, row.voided, abs(row.now - row.then))
    for key, before in (snapshot.previous.values if snapshot.previous else {}).items():
        if isinstance(before, int):
            yield before
            if (now := snapshot.area.count(key)) is not None:
                yield abs(now - before)


def _falling(snapshot: Snapshot, _texts: Texts, _stated: Any) -> Iterator[Finding]:
    previous = snapshot.previous
    if previous is None:
        return
    explained = {row.key: row.then - row.now for row in snapshot.corrected}
    for key in GROWING:
        before, now = previous.values.get(key), snapshot.area.count(key)
        if not isinstance(before, int) or now is None or now >= before:
            continue
        if before - now > max(explained.get(key, 0), 0):
            yield (
                _("%(figure)s fell from %(before)s in issue %(issue)s to %(now)s."),
                {"figure": INDICATORS[key].name, "before": f"{before:,}",
                 "issue": previous.number, "now": f"{now:,}"},
            )  # fmt: skip


def _order(snapshot: Snapshot, _texts: Texts, _stated: Any) -> Iterator[Finding]:
    later = snapshot.previous is not None and snapshot.previous.cut_off >= snapshot.cut_off
    # A correction is of the very cut-off that it corrects.
    if snapshot.previous is not None and later and snapshot.corrects is None:
        yield (
            _("Issue %(issue)s has a later cut-off or the same one."),
            {"issue": snapshot.previous.number},
        )
    if snapshot.as_of != snapshot.cut_off:
        yield (
            _("The figures are of another moment than the cut-off: none were kept for it."),
            {},
        )
    kept_at = kept_late(snapshot)
    if kept_at is not None:
        yield KEPT_LATE, {"time": f"{clock.local(kept_at):%Y-%m-%d %H:%M}"}


def kept_late(snapshot: Snapshot) -> datetime | None:
    """When the quarter hour was kept, where more had come in by then. A correction is of what is
    known by now, and says so."""
    if snapshot.corrects is not None or snapshot.known_at is None:
        return None
    late = snapshot.known_at - snapshot.as_of > KEPT_IN_TIME
    return snapshot.known_at if late else None


def _round(snapshot: Snapshot, texts: Texts, _stated: Any) -> Iterator[Finding]:
    """A passage that names another round books its figures there."""
    for (_key, _language), text in sorted(texts.items()):
        for number in rounds_named(text):
            if number != snapshot.round.number:
                yield (
                    _("The text names round %(named)s; every figure is of round %(round)s."),
                    {"named": number, "round": snapshot.round.number},
                )


def _stages(snapshot: Snapshot, _texts: Texts, stated: Mapping[str, Stated]) -> Iterator[Finding]:
    """What others state must fit into what was sampled, and later stages into earlier ones."""
    own = {key: snapshot.area.count(key) for key in ("persons", "swabs", "tubes")}
    own["persons"] = snapshot.area.count("everybody")
    reached = [stated[key] for key in ("delivered", "tested", "reported") if key in stated]
    for each in reached:
        sampled = own[each.unit]
        if sampled is not None and each.value > sampled:
            yield _STAGE_OVER, {"source": each.source, "stated": f"{each.value:,}",
                                "known": f"{sampled:,}"}  # fmt: skip
        if each.as_of > snapshot.cut_off:
            yield _("What %(source)s states is of after the cut-off."), {"source": each.source}
    for earlier, later in pairwise(reached):
        if later.unit == earlier.unit and later.value > earlier.value:
            yield _STAGE_OVER, {"source": later.source, "stated": f"{later.value:,}",
                                "known": f"{earlier.value:,}"}  # fmt: skip


KEPT_LATE = _("Kept only at %(time)s: later data are in it.")
_STAGE_OVER = _("%(source)s states %(stated)s, more than the %(known)s of the step before.")
Find = Callable[[Snapshot, Texts, Mapping[str, Stated]], Iterator[Finding]]
RULES: Sequence[tuple[str, Promise, Promise, Find]] = (
    ("streets_add_up", _("The streets add up to the total"),
     _("Have the roll-ups audited before anything leaves the house."), _streets),
    ("categories_add_up", _("Categories add up to their totals"),
     _("Look at the lists of people and vehicles."), _categories),
    ("persons_have_swabs", _("No more people than swabs"),
     _("Look at second swabs and voids in the conflicts."), _persons),
    ("tubes_fit_people", _("Tubes times pool fit the swabs"),
     _("Look for tubes that were scanned wrong or not at all."), _tubes),
    ("headline_is_table", _("Figures in the headline are those of the tables"),
     _("Correct the sentence, or say in the reason where the other figure comes from."), _headline),
    ("nothing_falls", _("Nothing falls since the last issue without a correction"),
     _("Find what was voided or moved, and say it in the reason."), _falling),
    ("cut_off_in_order", _("Cut-offs follow each other and figures are of them"),
     _("Choose a later cut-off, or say in the reason of when the figures are."), _order),
    ("one_round", _("Text and figures are of one round"),
     _("Correct the round that the text names."), _round),
    ("stated_fits", _("Stated figures fit into what was sampled"),
     _("Ask whoever stated them, with their unit and time."), _stages),
)  # fmt: skip
