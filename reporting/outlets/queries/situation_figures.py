"""The snapshot of a situation report: made once, from the cut and from what was kept before."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import datetime
from decimal import Decimal

from django.utils import translation

from campaigns.models import Division, Round
from campaigns.models.divisions import Level
from core.scope import Scope
from reporting.alerts.queries.lists import title_of
from reporting.alerts.queries.standing import SEVERITIES, standing_at
from reporting.outlets.models import SituationReport, SituationState
from reporting.outlets.queries.cut import AreaCut, Cut, cut_of
from reporting.outlets.queries.cut_anew import NONE, Counts, counts_before
from reporting.outlets.queries.cut_sites import Owed
from reporting.outlets.situation.checks import GROWING
from reporting.outlets.situation.snapshot import (
    FORM,
    AlertRow,
    Area,
    Correction,
    Head,
    Missing,
    Previous,
    RoundRef,
    Snapshot,
    VehicleRow,
    read,
)
from reporting.progress.models import Cell
from reporting.progress.models import Snapshot as Kept

KEPT_OF_PREVIOUS = ("target", "persons", "swabs", "tubes", "remaining", "voided")


def area_scope(scope: Scope, division: Division) -> Scope:
    """The same rights over a report's area alone: the whole district, or one street."""
    ids = frozenset({division.pk})
    if division.level == Level.STREET:
        return Scope(streets=ids, permissions=scope.permissions, actor=scope.actor)
    return Scope(districts=ids, permissions=scope.permissions, actor=scope.actor)


def figures_at(
    scope: Scope, round_: Round, division: Division, cut_off: datetime, *, at: datetime,
    corrects: SituationReport | None = None,
) -> Snapshot:  # fmt: skip
    """All figures of a report of `division` at `cut_off`, as they were kept for it; of a correction
    the counts are what is known of that cut-off by now.

    `scope` must hold the division. Where nothing was kept for that very quarter hour the figures
    are of the one before, and say so (`as_of`).
    """
    narrow = area_scope(scope, division)
    cut = cut_of(narrow, round_, cut_off, known_now=corrects is not None)
    previous = corrects or previous_issue(round_, division)
    kept = read(previous.snapshot) if previous else None
    return Snapshot(
        form=FORM,
        round=_round_ref(round_, cut),
        cut_off=cut_off,
        as_of=cut.as_of,
        known_at=cut.known_at,
        taken_at=at,
        version=cut.version,
        source=cut.source,
        area=_area(cut.area),
        streets=[_area(street) for street in cut.streets],
        heads=[
            Head(row.category.code, row.category.name, row.category.name_en, row.people)
            for row in cut.heads
        ],
        vehicles=[
            VehicleRow(each.code, each.name, each.name_en, row.listed, row.engaged)
            for row in cut.vehicles
            for each in [row.vehicle_class]
        ],
        alerts=alerts_at(narrow, round_, cut.as_of),
        previous=_previous(previous, kept),
        corrections=list(_corrections(previous, kept, cut)) if previous and kept else [],
        corrects=corrects.number if corrects else None,
    )


def previous_issue(round_: Round, division: Division) -> SituationReport | None:
    """The issue of the newest cut-off of this round and area, of two the correction: what a report
    is compared to. The correction of an older issue is not it, though its number is higher."""
    issued = SituationReport.objects.filter(
        round=round_, division=division, state=SituationState.ISSUED
    )
    return issued.order_by("-cut_off", "-number").first()


def overtaken_by(report: SituationReport) -> SituationReport | None:
    """The issue that went out after a report's figures were compared with another one."""
    if report.corrects_id is not None or report.snapshot is None:
        return None
    seen = (report.snapshot.get("previous") or {}).get("number")
    last = previous_issue(report.round, report.division)
    return last if last is not None and last.number != seen else None


def is_kept(round_id: int, cut_off: datetime) -> bool:
    """Whether the totals of this quarter hour have been kept."""
    return Kept.objects.filter(round_id=round_id, as_of=cut_off).exists()


def kept_times(round_id: int, until: datetime, count: int) -> list[datetime]:
    """The last quarter hours that were kept, newest first."""
    kept = Kept.objects.filter(round_id=round_id, as_of__lte=until).order_by("-as_of")
    return list(kept.values_list("as_of", flat=True)[:count])


def _round_ref(round_: Round, cut: Cut) -> RoundRef:
    head = cut.round
    return RoundRef(
        head.id, head.campaign_name, head.number, head.name, head.starts_at, head.planned_end_at,
        head.target_version, round_.pool_size,
    )  # fmt: skip


def _area(cut: AreaCut) -> Area:
    values = {
        key: str(value) if isinstance(value, Decimal) else value
        for key, value in cut.values.items()
    }
    return Area(
        cut.division_id, cut.level, cut.code, cut.name, cut.name_en, values, cut.due_at,
        cut.eta.at if cut.eta else None, _missing(cut.missing_reports), cut.late,
    )  # fmt: skip


def _missing(owed: Iterable[Owed]) -> list[Missing]:
    counted = Counter((each.title, each.title_en) for each in owed)
    return [Missing(title, english, count) for (title, english), count in counted.items()]


def alerts_at(scope: Scope, round_: Round, at: datetime) -> list[AlertRow]:
    """What stood at a moment, by street and rule, worst first, in both languages."""
    groups: Counter[tuple[int | None, str]] = Counter()
    worst: dict[tuple[int | None, str], str] = {}
    rows = standing_at(scope, round_.pk, at)
    for street, code, severity in rows.values_list("street_id", "detector", "severity"):
        groups[street, code] += 1
        known = worst.setdefault((street, code), severity)
        worst[street, code] = min(known, severity, key=SEVERITIES.index)
    names = Division.objects.in_bulk([pk for pk, _code in groups if pk is not None])
    order = sorted(groups, key=lambda key: (SEVERITIES.index(worst[key]), key[1], key[0] or 0))
    return [
        AlertRow(
            names[street].name if street else "", names[street].name_en if street else "",
            _title(code, "zh-hans"), _title(code, "en"), worst[street, code], groups[street, code],
        )
        for street, code in order
    ]  # fmt: skip


def _title(code: str, language: str) -> str:
    with translation.override(language):
        return str(title_of(code))


def _previous(issue: SituationReport | None, kept: Snapshot | None) -> Previous | None:
    if issue is None or kept is None or issue.number is None:
        return None
    values = {key: kept.area.values.get(key) for key in KEPT_OF_PREVIOUS}
    return Previous(issue.number, issue.cut_off, values)


def _corrections(issue: SituationReport, kept: Snapshot, cut: Cut) -> Iterator[Correction]:
    """What the issue before printed and is known differently by now, of the same moment.

    The cells lie by time of swab, so those before that cut-off are what is now known of it.
    """
    now = counts_before(Cell.objects.all(), kept.round.id, kept.as_of)
    parts = [(street, now.get(street.id, NONE)) for street in kept.streets]
    whole = {key: sum(counts[key] for _street, counts in parts) for key in (*GROWING, "voided")}
    yield from _of_area(issue, kept.area, whole, GROWING)
    if cut.round.target_version != kept.round.target_version:
        yield from _of_target(issue, kept.area, cut.area)
    if not kept.of_one_street:
        for street, counts in parts:
            yield from _of_area(issue, street, counts, ("swabs",))


def _of_area(
    issue: SituationReport, area: Area, now: Counts, keys: tuple[str, ...]
) -> Iterator[Correction]:
    voided = max(now["voided"] - (area.count("voided") or 0), 0)
    for key in keys:
        then = area.count(key)
        if then is None or now[key] == then or issue.number is None:
            continue
        moved = now[key] - then
        # Only swabs are voided; of people and tubes it is not known which went with them.
        gone = voided if key == "swabs" else min(voided, max(-moved, 0))
        yield Correction(
            area.name, area.name_en, key, issue.number, issue.cut_off, then, now[key],
            late=max(moved + gone, 0), voided=gone,
        )  # fmt: skip


def _of_target(issue: SituationReport, area: Area, cut: AreaCut) -> Iterator[Correction]:
    then, now = area.count("target"), cut.values["target"]
    if then is None or not isinstance(now, int) or issue.number is None or then == now:
        return
    yield Correction(
        area.name, area.name_en, "target", issue.number, issue.cut_off, then, now, 0, 0
    )
