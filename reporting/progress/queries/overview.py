"""The overview of a round: its streets, and their sum. A constant number of queries."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from django.db.models import Count, Max, Q, QuerySet, Sum

from campaigns.models import Deadline, Division, Round, RoundTarget, TargetVersion
from core import clock
from core.scope import Scope
from reporting.progress import measures
from reporting.progress.figures import Figures, Overview, RoundHeader, StreetRow
from reporting.progress.models import Cell, DriftFinding, Snapshot, SnapshotTotal, Total
from reporting.progress.models.cells import LATEST, SUMMED
from reporting.progress.queries.state import pulse_state, snapshot_at
from sites.models import SamplingPoint, SamplingUnit

SILENT = timedelta(minutes=30)
COLUMNS = (*SUMMED, *LATEST, "accepted_reasons")


@dataclass(frozen=True, slots=True)
class Desks:
    """Units and points of one street."""

    units_open: int = 0
    units_total: int = 0
    points_open: int = 0
    points_total: int = 0
    silent: int = 0


def overview(scope: Scope, round_: Round, as_of: datetime | None = None) -> Overview:
    """The round as it stands now, or as it was known at the last snapshot before `as_of`."""
    version, beaten_at = pulse_state(round_.pk)
    snapshot = snapshot_at(round_.pk, as_of) if as_of else None
    now = snapshot.as_of if snapshot else clock.now()
    frozen = target_version(round_, snapshot)
    header = _header(round_, frozen)
    desks = _desks(scope, round_, now)
    sums = street_figures(scope, round_, snapshot, frozen)
    sums |= {pk: Figures() for pk in desks if pk not in sums}
    windows = window_counts(sorted(sums), round_, snapshot, now)
    due, district_due = _deadlines(round_)
    streets = _rows(header, sums, windows, due, district_due, desks, now)
    total = _add(sums.values(), whole=header.district_id in scope.districts or scope.everything)
    counts = [sum(window[i] for window in windows.values()) for i in range(3)]
    eta = _estimate(header, total, counts, now)
    rate = _rate(header, counts, now)
    open_units = sum(desk.units_open for desk in desks.values())
    return Overview(
        round=header,
        as_of=now,
        known_at=snapshot.taken_at if snapshot else None,
        version=snapshot.version if snapshot else version,
        heartbeat_at=beaten_at,
        figures=total,
        coverage=measures.coverage(total.persons, total.target),
        closure=measures.closure(total.persons, total.accepted_reasons, total.target),
        people_per_tube=measures.people_per_tube(total.swabs, total.tubes),
        rate_per_hour=rate,
        rate_per_unit_hour=measures.per_unit_hour(rate, open_units),
        pace_needed=measures.pace_needed(total.remaining, now, district_due),
        eta=eta,
        due_at=district_due,
        late=measures.lateness(eta, now, district_due, total.remaining),
        units_open=open_units,
        units_total=sum(desk.units_total for desk in desks.values()),
        points_open=sum(desk.points_open for desk in desks.values()),
        points_total=sum(desk.points_total for desk in desks.values()),
        streets=streets,
        drift=_drift(scope, round_),
        snapshot_times=_snapshot_times(round_),
    )


def _snapshot_times(round_: Round) -> list[datetime]:
    kept = Snapshot.objects.filter(round_id=round_.pk).order_by("as_of")
    return list(kept.values_list("as_of", flat=True))


def target_version(round_: Round, snapshot: Snapshot | None) -> TargetVersion | None:
    """The frozen targets in force: now, or when the snapshot was taken (else the first ever)."""
    versions = TargetVersion.objects.filter(round=round_).order_by("-version")
    if snapshot is None:
        return versions.filter(is_current=True).first()
    return versions.filter(frozen_at__lte=snapshot.taken_at).first() or versions.last()


def _drift(scope: Scope, round_: Round) -> int:
    found = DriftFinding.objects.filter(round_id=round_.pk)
    if not (scope.everything or round_.campaign.district_id in scope.districts):
        found = found.within(scope)
    return found.count()


def _header(round_: Round, frozen: TargetVersion | None) -> RoundHeader:
    district = round_.campaign.district
    return RoundHeader(
        id=round_.pk,
        campaign_name=round_.campaign.name,
        number=round_.number,
        name=round_.name,
        starts_at=round_.starts_at,
        planned_end_at=round_.planned_end_at,
        state=round_.state,
        district_id=district.pk,
        district_code=district.code,
        district_name=district.name,
        district_name_en=district.name_en,
        target_version=frozen.version if frozen else None,
        frozen_at=frozen.frozen_at if frozen else None,
    )


def visible_totals(
    scope: Scope, round_: Round, snapshot: Snapshot | None
) -> QuerySet[Total] | QuerySet[SnapshotTotal]:
    """Totals one may see: all of one's district's round, or those of one's streets."""
    rows = snapshot.totals.all() if snapshot else Total.objects.filter(round_id=round_.pk)
    if scope.everything or round_.campaign.district_id in scope.districts:
        return rows
    return rows.within(scope)


def street_figures(
    scope: Scope, round_: Round, snapshot: Snapshot | None, frozen: TargetVersion | None
) -> dict[int, Figures]:
    """Figures by street: frozen targets, and the totals as they are or as they were known."""
    sums: dict[int, Figures] = {}
    targets = RoundTarget.objects.filter(round=round_, version=frozen).within(scope)
    for row in targets.values("street_id").annotate(t=Sum("target"), e=Sum("exempt")):
        sums[row["street_id"]] = Figures(target=row["t"], exempt=row["e"])
    rows = visible_totals(scope, round_, snapshot)
    for row in rows.filter(kind="street").values("key_id", *COLUMNS):
        key = row.pop("key_id")
        sums[key] = replace(sums.get(key, Figures()), **row)
    communities = rows.filter(kind="community").values_list("street_id")
    for street_id, reasons in communities.annotate(n=Sum("accepted_reasons")):
        if street_id in sums:
            sums[street_id] = replace(sums[street_id], accepted_reasons=reasons)
    return sums


def _add(figures: object, *, whole: bool) -> Figures:
    total = Figures()
    for one in figures:  # type: ignore[attr-defined]
        total = total.plus(one)
    if whole:
        beyond = measures.second_swabs(total.swabs, total.everybody)
        return replace(total, second_swabs=beyond)
    return total


def window_counts(
    keys: list[int],
    round_: Round,
    snapshot: Snapshot | None,
    now: datetime,
    kind: str = "street",
) -> defaultdict[int, list[int]]:
    """Persons sampled in the trailing windows in these streets (or communities): by swab time
    live, as known then when looking back.

    The keys are of the caller's scope: a rate must not tell of a neighbour's pace.
    """
    counts: defaultdict[int, list[int]] = defaultdict(lambda: [0, 0, 0])
    if snapshot:
        for index, window in enumerate(measures.WINDOWS):
            before = snapshot_at(round_.pk, now - window)
            rows = SnapshotTotal.objects.filter(
                snapshot__in=[snapshot, before], kind=kind, key_id__in=keys
            )
            for key, then, persons in rows.values_list("key_id", "snapshot_id", "persons"):
                counts[key][index] += persons if then == snapshot.pk else -persons
        return counts
    minute = clock.minute_of(now)
    cells = Cell.objects.filter(
        round_id=round_.pk,
        kind=kind,
        width=1,
        start__gte=minute - measures.WINDOWS[2],
        key_id__in=keys,
    )
    sums = [
        Sum("persons", filter=Q(start__gte=minute - window, start__lt=minute), default=0)
        for window in measures.WINDOWS
    ]
    for key, *windows in cells.values_list("key_id").annotate(w0=sums[0], w1=sums[1], w2=sums[2]):
        counts[key] = windows
    return counts


def _deadlines(round_: Round) -> tuple[dict[int, datetime], datetime | None]:
    by_street: dict[int, datetime] = {}
    district = round_.planned_end_at
    for deadline in Deadline.objects.filter(round=round_):
        if deadline.level == Deadline.Level.STREET:
            by_street[deadline.division_id] = deadline.due_at
        elif deadline.level == Deadline.Level.DISTRICT:
            district = deadline.due_at
    return by_street, district


def _desks(scope: Scope, round_: Round, now: datetime) -> defaultdict[int, Desks]:
    open_ = Q(units__state="open")
    points = SamplingPoint.objects.filter(round=round_).within(scope).values_list("street_id")
    desks: defaultdict[int, Desks] = defaultdict(Desks)
    for street, *counts in points.annotate(
        units_open=Count("units", filter=open_),
        units_total=Count("units"),
        points_open=Count("pk", distinct=True, filter=open_),
        points_total=Count("pk", distinct=True),
    ):
        desks[street] = Desks(*counts)
    for street, quiet in (
        silent_units(scope, round_, now).values_list("street_id").annotate(n=Count("pk"))
    ):
        desks[street] = replace(desks[street], silent=quiet)
    return desks


def silent_units(scope: Scope, round_: Round, now: datetime) -> QuerySet[SamplingUnit]:
    """Open units from which nothing has come for half an hour (S046)."""
    heard = Total.objects.filter(
        round_id=round_.pk, kind="unit", last_received_at__gt=now - SILENT
    ).values("key_id")
    units = SamplingUnit.objects.within(scope).open().of_round(round_.pk)
    return units.filter(opened_at__lte=now - SILENT).exclude(pk__in=heard)


def last_heard(round_id: int, unit_ids: list[int]) -> dict[int, datetime]:
    """When anything last came from any of these units, by street."""
    totals = Total.objects.filter(round_id=round_id, kind="unit", key_id__in=unit_ids)
    rows = totals.order_by().values("street_id").annotate(at=Max("last_received_at"))
    return dict(rows.values_list("street_id", "at"))


def _rate(header: RoundHeader, counts: list[int], now: datetime) -> int | None:
    if now - header.starts_at < measures.WINDOWS[1]:
        return None
    return measures.per_hour(counts[1], measures.WINDOWS[1])


def _estimate(
    header: RoundHeader, figures: Figures, counts: list[int], now: datetime
) -> measures.Eta:
    return measures.estimate(
        figures.remaining, counts, now, figures.last_received_at, now - header.starts_at
    )


def _rows(
    header: RoundHeader,
    sums: dict[int, Figures],
    windows: defaultdict[int, list[int]],
    due: dict[int, datetime],
    district_due: datetime | None,
    desks: defaultdict[int, Desks],
    now: datetime,
) -> list[StreetRow]:
    """The streets that take part in the round, the latest first."""
    names = Division.objects.streets().in_bulk(sorted(sums))
    rows = [
        _row(header, names[pk], figures, windows[pk], due.get(pk, district_due), desks[pk], now)
        for pk, figures in sums.items()
        if pk in names and (figures.target or desks[pk].units_total)
    ]
    return sorted(rows, key=_latest_first)


def _row(
    header: RoundHeader,
    street: Division,
    figures: Figures,
    counts: list[int],
    due: datetime | None,
    desks: Desks,
    now: datetime,
) -> StreetRow:
    eta = _estimate(header, figures, counts, now)
    rate = _rate(header, counts, now)
    heard = figures.last_received_at
    return StreetRow(
        division_id=street.pk,
        code=street.code,
        name=street.name,
        name_en=street.name_en,
        figures=figures,
        coverage=measures.coverage(figures.persons, figures.target),
        closure=measures.closure(figures.persons, figures.accepted_reasons, figures.target),
        plan_share=measures.plan_share(now, header.starts_at, due),
        rate_per_hour=rate,
        rate_per_unit_hour=measures.per_unit_hour(rate, desks.units_open),
        pace_needed=measures.pace_needed(figures.remaining, now, due),
        eta=eta,
        due_at=due,
        late=measures.lateness(eta, now, due, figures.remaining),
        remaining=figures.remaining,
        units_open=desks.units_open,
        units_total=desks.units_total,
        points_open=desks.points_open,
        points_total=desks.points_total,
        data_age=max(now - heard, timedelta(0)) if heard else None,
        silent_units=desks.silent,
    )


def _latest_first(row: StreetRow) -> tuple[bool, timedelta, str]:
    return row.late is None, -(row.late or timedelta(0)), row.code
