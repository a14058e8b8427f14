"""Points, units, visits, reports and alerts of a round's streets at one moment."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Q

from campaigns.models import Round
from core.scope import Scope
from core.statements import run
from logistics.models import Visit, VisitState
from logistics.models.visits import VISIT_ENDED
from reporting.alerts.queries.standing import standing_at
from reporting.daily.models import Report
from sites.models import SamplingPoint

Part = dict[int, dict[str, int]]
Whole = dict[int | None, dict[str, int]]


@dataclass(frozen=True, slots=True)
class Owed:
    """A report that a street had not handed in when it was due."""

    street_id: int
    title: str
    title_en: str
    due_at: datetime


_GONE = [VisitState.MERGED, VisitState.WITHDRAWN]
_OPEN_THEN = """
    SELECT p.street_id, count(DISTINCT p.id), count(*)
    FROM sites_samplingunit u JOIN sites_samplingpoint p ON p.id = u.point_id
    JOIN LATERAL (
        SELECT to_state FROM sites_unitstatechange c
        WHERE c.unit_id = u.id AND c.at <= %(at)s ORDER BY c.at DESC, c.id DESC LIMIT 1) s ON true
    WHERE p.id = ANY(%(points)b::int[]) AND s.to_state = 'open'
    GROUP BY p.street_id"""


def desks_at(scope: Scope, round_: Round, at: datetime) -> Part:
    """Points and units, and how many of them were open: a point is, where one of its units is."""
    points = SamplingPoint.objects.within(scope).filter(round=round_)
    found: Part = {}
    for street_id, total, units in (
        points.order_by()
        .values_list("street_id")
        .annotate(n=Count("pk", distinct=True), u=Count("units"))
    ):
        found[street_id] = {
            "points_total": total, "units_total": units, "points_open": 0, "units_open": 0,
        }  # fmt: skip
    keys = sorted(points.values_list("pk", flat=True))
    for street_id, open_points, open_units in run(_OPEN_THEN, {"at": at, "points": keys}):
        found[street_id] |= {"points_open": open_points, "units_open": open_units}
    return found


def visits_at(scope: Scope, round_: Round, at: datetime) -> Part:
    """Home visits asked for, done and open by then: a refused one is neither done nor open. Of a
    street that keeps none here nothing is known."""
    asked = ~Q(state__in=_GONE) | Q(state_at__gt=at)
    done = Q(state=VisitState.DONE, state_at__lte=at)
    waiting = ~Q(state__in=VISIT_ENDED) | Q(state_at__gt=at)
    rows = Visit.objects.within(scope).filter(round=round_, at__lte=at).order_by()
    counted = rows.values_list("street_id").annotate(
        asked=Count("pk", filter=asked), done=Count("pk", filter=done),
        waiting=Count("pk", filter=waiting),
    )  # fmt: skip
    return {
        street: {"visits_asked": requests, "visits_done": visited, "visits_open": left}
        for street, requests, visited, left in counted
    }


def alerts_at(scope: Scope, round_: Round, at: datetime) -> Whole:
    """Alerts that stood then, those of the whole round under None; what another one explains is
    not counted."""
    rows = standing_at(scope, round_.pk, at)
    here = SamplingPoint.objects.within(scope).filter(round=round_)
    found: Whole = {
        street: {"alerts_open": 0} for street in here.values_list("street_id", flat=True)
    }
    for street, number in rows.order_by().values_list("street_id").annotate(n=Count("pk")):
        found[street] = {"alerts_open": number}
    return found


def reports_at(
    scope: Scope, round_: Round, at: datetime, missing: defaultdict[int, list[Owed]]
) -> Part:
    """Reports that were due by then, received by then, and missing. `missing` is told which each
    street still owed."""
    rows = Report.objects.within(scope).filter(cutoff__round=round_, cutoff__due_at__lte=at)
    there = Q(first_submitted_at__isnull=False, first_submitted_at__lte=at)
    found: Part = {}
    for street, due, received in (
        rows.order_by()
        .values_list("street_id")
        .annotate(due=Count("pk"), received=Count("pk", filter=there))
    ):
        found[street] = {
            "reports_due": due, "reports_received": received, "reports_missing": due - received,
        }  # fmt: skip
    owed = rows.exclude(there).order_by("cutoff__due_at", "cutoff__form")
    for row in owed.values_list(
        "street_id", "cutoff__form__title", "cutoff__form__title_en", "cutoff__due_at"
    ):
        missing[row[0]].append(Owed(*row))
    return found
