"""What the API shows of the work: quarter hours, daily reports, alerts and events, by key."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from django.db.models import OuterRef, Subquery

from core.scope import Scope
from core.statements import run
from reporting.alerts.detectors import detector
from reporting.alerts.models import Alert, LogEntry
from reporting.alerts.queries.log import with_amendments
from reporting.daily.models import Report, ReportStep, ReportVersion, State, VersionCell
from reporting.outlets.models import SituationReport, SituationState
from reporting.outlets.queries.shown_plan import Asked, after_id, by_key, narrowed, numbers
from reporting.progress.models.cells import LATEST, SUMMED

QUARTER_KEY = "%Y%m%dT%H%MZ"
# Each cell by its whole key: without the fence a generic plan reads the round.
_CELL = """CROSS JOIN LATERAL (
        SELECT * FROM progress_cell c WHERE c.round_id = k.round_id AND c.kind = {kind}
          AND c.key_id = {key} AND c.width = 15 AND c.start = k.start
          AND (%(all)b OR a.district_id = ANY(%(districts)b::int[])
               OR c.street_id = ANY(%(streets)b::int[]))
        OFFSET 0) c"""
_ASKED = """
    FROM unnest(%(rounds)b::int[], %(kinds)b::text[], %(keys)b::int[], %(starts)b::timestamptz[])
         AS k(round_id, kind, key_id, start)
    JOIN campaigns_round o ON o.id = k.round_id
    JOIN campaigns_campaign a ON a.id = o.campaign_id"""
_ONE = f"""
    SELECT k.round_id, k.key_id, k.start, c.street_id, NULL::int[],
           {", ".join(f"c.{column}" for column in (*SUMMED, *LATEST))}
    {_ASKED} {_CELL.format(kind="k.kind", key="k.key_id")}"""  # noqa: S608 (names of ours)
_WHOLE = f"""
    SELECT k.round_id, a.district_id, k.start, NULL::int, array_agg(s.id),
           {", ".join(f"sum(c.{column})::int" for column in SUMMED)},
           {", ".join(f"max(c.{column})" for column in LATEST)}
    {_ASKED}
    JOIN campaigns_division s ON s.district_id = a.district_id AND s.level = 'street'
    {_CELL.format(kind="'street'", key="s.id")}
    GROUP BY 1, 2, 3"""  # noqa: S608 (names of ours)


@dataclass(frozen=True, slots=True)
class QuarterKey:
    """What a key of the series names."""

    round_id: int
    level: str
    area: int
    start: datetime

    @classmethod
    def parse(cls, key: str) -> QuarterKey | None:
        """The key's parts, or None where it names nothing."""
        parts = key.split("-")
        if len(parts) != 4 or not numbers([parts[0]]) or not numbers([parts[2]]):
            return None
        try:
            start = datetime.strptime(parts[3], QUARTER_KEY).replace(tzinfo=UTC)
        except ValueError:
            return None
        return cls(int(parts[0]), parts[1], int(parts[2]), start)

    def __str__(self) -> str:
        return f"{self.round_id}-{self.level}-{self.area}-{self.start.strftime(QUARTER_KEY)}"


def quarters(scope: Scope, keys: Sequence[str], asked: Asked) -> Mapping[str, dict[str, Any]]:
    """Quarter hours of one's area. Under `level=district` the sum of the streets that one sees:
    the streets' own keys then all lead to the district's item."""
    wanted = {key: parsed for key in keys if (parsed := QuarterKey.parse(key))}
    if asked.get("level") == "district" or any(k.level == "district" for k in wanted.values()):
        found = _quarters(scope, wanted.values(), "district")
        places = {(row["round_id"], row["start"]): row for row in found}
        return {
            key: places[k.round_id, k.start]
            for key, k in wanted.items()
            if (k.round_id, k.start) in places
            and (k.level != "district" or k.area == places[k.round_id, k.start]["area_id"])
        }
    return {row["id"]: row for row in _quarters(scope, wanted.values(), "")}


def _quarters(scope: Scope, keys: Iterable[QuarterKey], level: str) -> list[dict[str, Any]]:
    asked = (
        sorted({(k.round_id, "street", 0, k.start) for k in keys})
        if level
        else [(k.round_id, k.level, k.area, k.start) for k in keys]
    )
    kinds = {(k[0], k[2], k[3]): k[1] for k in asked}
    rows = run(
        _WHOLE if level else _ONE,
        {
            "rounds": [k[0] for k in asked], "kinds": [k[1] for k in asked],
            "keys": [k[2] for k in asked], "starts": [k[3] for k in asked],
            "all": scope.everything, "districts": sorted(scope.districts),
            "streets": sorted(scope.streets),
        },
    )  # fmt: skip
    found = []
    for round_id, area, start, street, streets, *figures in rows:
        kind = level or kinds[round_id, area, start]
        found.append(
            {
                "id": str(QuarterKey(round_id, kind, area, start)), "round_id": round_id,
                "level": kind, "area_id": area, "street_id": street, "start": start,
                "streets": streets,
                **dict(zip((*SUMMED, *LATEST), figures, strict=True)),
            }
        )  # fmt: skip
    return found


def quarter_noted_as(key: str, row: Mapping[str, Any]) -> list[str]:
    """A district's quarter hour is noted as those of its streets."""
    if not row["streets"]:
        return [key]
    round_id, start = row["round_id"], row["start"]
    return [str(QuarterKey(round_id, "street", pk, start)) for pk in row["streets"]]


def quarter_noted_of(key: str, district_id: int, asked: Asked) -> str:
    """Under `level=district` a street's note is of the district's quarter hour."""
    street = QuarterKey.parse(key) if asked.get("level") == "district" else None
    return str(replace(street, level="district", area=district_id)) if street else key


def reports(scope: Scope, keys: Sequence[str], asked: Asked) -> Mapping[str, Report]:
    """Reports that streets owe, each with the figures that the district stands by; with
    `provisional=yes` also what was submitted and is not accepted yet, marked."""
    rows = Report.objects.within(scope).filter(pk__in=numbers(keys))
    found = by_key(rows.select_related("cutoff__form"))
    _add_figures(found.values(), asked)
    return found


def reports_at(scope: Scope, as_of: datetime, asked: Asked, after: int, limit: int) -> list[Report]:
    """Reports that were owed by then, as the trail tells how far they were, ordered by id."""
    rows = Report.objects.within(scope).filter(cutoff__opens_at__lte=as_of)
    trail = ReportStep.objects.filter(report=OuterRef("pk"), at__lte=as_of).order_by("-pk")
    sent = ReportVersion.objects.filter(report=OuterRef("pk"), at__lte=as_of).order_by("number")
    known = rows.select_related("cutoff__form").annotate(
        state_then=Subquery(trail.values("to_state")[:1]),
        accepted_then=Subquery(trail.filter(to_state=State.ACCEPTED).values("version")[:1]),
        version_then=Subquery(sent.reverse().values("number")[:1]),
        first_then=Subquery(sent.values("at")[:1]),
    )
    found: list[Any] = after_id(narrowed(known, asked, round="cutoff__round_id"), after, limit)
    for report in found:
        report.state = report.state_then or State.DRAFT
        report.accepted_version, report.version = report.accepted_then, report.version_then or 0
        report.first_submitted_at = report.first_then
    _add_figures(found, asked)
    return found


def _add_figures(reports: Collection[Any], asked: Asked) -> None:
    """The version whose figures are shown of each, and what it says."""
    provisional = asked.get("provisional") == "yes"
    wanted = {
        report.pk: report.accepted_version or (report.version if provisional else 0)
        for report in reports
    }
    shown = {
        version.report_id: version
        for version in ReportVersion.objects.filter(report__in=[k for k, n in wanted.items() if n])
        if version.number == wanted[version.report_id]
    }
    cells = cells_of(shown.values())
    for report in reports:
        version = shown.get(report.pk)
        report.shown_version = version.number if version else None
        report.shown_at = version.at if version else None
        report.late = version.late if version else None
        report.provisional = bool(version and version.number != report.accepted_version)
        report.figures = cells.get(version.pk, []) if version else []


def cells_of(versions: Iterable[ReportVersion]) -> dict[Any, list[dict[str, Any]]]:
    """The numbers of submitted versions, in the order of the form; texts stay in the house."""
    found: dict[Any, list[dict[str, Any]]] = defaultdict(list)
    rows = VersionCell.objects.filter(version__in=list(versions)).exclude(column__unit="note")
    wanted = ("version_id", "community_id", "column__code", "column__unit", "value")
    for version, community, column, unit, value in rows.order_by(
        "column__position", "community__code", "pk"
    ).values_list(*wanted):
        found[version].append(
            {"community": community, "column": column, "unit": unit, "value": value}
        )
    return found


def alerts(scope: Scope, keys: Sequence[str], _asked: Asked) -> Mapping[str, Alert]:
    """Alerts of one's area, with their sentence in the reader's language."""
    found: dict[str, Any] = by_key(Alert.objects.within(scope).filter(pk__in=numbers(keys)))
    for alert in found.values():
        known = detector(alert.detector)
        alert.words = str(known.words({**alert.params, "value": alert.value})) if known else ""
    return found


def events(scope: Scope, keys: Sequence[str], _asked: Asked) -> Mapping[str, LogEntry]:
    """Entries of the log of one's area with what amends them, and under which title an entry
    stands among the major events."""
    rows = LogEntry.objects.within(scope).originals().filter(pk__in=numbers(keys))
    return by_key(with_amendments(rows.with_event()))


def events_at(
    scope: Scope, as_of: datetime, asked: Asked, after: int, limit: int
) -> list[LogEntry]:
    """Entries noted by then, with the amendments and the title that they had, ordered by id."""
    rows = LogEntry.objects.within(scope).originals().filter(at__lte=as_of)
    known = with_amendments(rows.with_event(as_of), as_of)
    return after_id(narrowed(known, asked), after, limit)


def situations(scope: Scope, keys: Sequence[str], _asked: Asked) -> Mapping[str, SituationReport]:
    """Issued situation reports of one's area; drafts stay in the house."""
    rows = SituationReport.objects.within(scope).filter(state=SituationState.ISSUED)
    return by_key(rows.filter(pk__in=numbers(keys)))


def situations_at(
    scope: Scope, as_of: datetime, asked: Asked, after: int, limit: int
) -> list[SituationReport]:
    """Reports issued by then, ordered by id, after one id."""
    rows = SituationReport.objects.within(scope).filter(
        state=SituationState.ISSUED, issued_at__lte=as_of
    )
    return after_id(narrowed(rows, asked), after, limit)
