"""What of the daily numbers is watched: reports that are not in, and sums that contradict scans.

Before the daily report is due there is one alert of the district, not one of every street; once
it is due each street that is missing has its own. All of them end with the submission.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, F, Q, QuerySet, Sum
from django.urls import reverse
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from core import clock
from reporting.alerts.detectors import Ask, Condition, Detector, Judge, Measure, Page
from reporting.daily.models import Report, ReportForm, ReportStep, Source, State, VersionCell
from reporting.daily.models.forms import spoken
from reporting.daily.queries.completeness import Timeliness, timeliness

SCANNED = (Source.PERSONS, Source.SWABS, Source.TUBES)
MINUTE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Due:
    """One report that is owed, as far as its times go."""

    street_id: int
    cutoff_id: int
    opens_at: datetime
    due_at: datetime
    lock_at: datetime
    submitted_at: datetime | None
    title: str
    title_en: str

    def absent(self, at: datetime) -> bool:
        """Whether it was owed and not in at an instant."""
        found = timeliness(self.due_at, self.submitted_at, at)
        return self.opens_at <= at and found in (Timeliness.MISSING, Timeliness.NOT_DUE)

    def params(self) -> dict[str, Any]:
        due = clock.deadline_day(self.due_at)[1]
        return {"title": self.title, "title_en": self.title_en, "due": due}


def _owed(ask: Ask, cadence: str, ahead: timedelta) -> list[Due]:
    """Reports of a round whose time to be asked for (so long before they are due) touches the
    stretch; what locked before it is past asking."""
    rows = Report.objects.filter(
        cutoff__round=ask.round,
        cutoff__form__cadence=cadence,
        cutoff__due_at__lte=ask.until + ahead,
        lock_at__gt=ask.since,
    )
    return [
        Due(*row)
        for row in rows.order_by("cutoff__due_at", "street_id").values_list(
            "street_id", "cutoff_id", "cutoff__opens_at", "cutoff__due_at", "lock_at",
            "first_submitted_at", "cutoff__form__title", "cutoff__form__title_en",
        )
    ]  # fmt: skip


def _not_in_yet(ask: Ask) -> Judge:
    """The district's reports that are due within so many minutes."""
    ahead = ask.threshold * MINUTE
    cutoffs: defaultdict[int, list[Due]] = defaultdict(list)
    for due in _owed(ask, ReportForm.Cadence.DAILY, ahead):
        cutoffs[due.cutoff_id].append(due)

    def judge(at: datetime) -> list[Condition]:
        for owed in cutoffs.values():
            due_at = owed[0].due_at
            missing = sum(due.absent(at) for due in owed)
            if missing and due_at - ahead <= at <= due_at:
                left = -(-(due_at - at) // MINUTE)
                params = owed[0].params() | {"missing": missing, "expected": len(owed)}
                since = max(due_at - ahead, owed[0].opens_at)
                # One alert of the round: the cut-off that is due first.
                return [Condition("round", ask.round.pk, None, since, left, params)]
        return []

    return judge


def _missing_of(cadence: str) -> Any:
    def watch(ask: Ask) -> Judge:
        owed, late = _owed(ask, cadence, timedelta(0)), ask.threshold * MINUTE

        def judge(at: datetime) -> list[Condition]:
            streets: dict[int, list[Due]] = {}
            for due in owed:
                if due.due_at + late < at < due.lock_at and due.absent(at):
                    streets.setdefault(due.street_id, []).append(due)
            return [_missing(street_id, found, at) for street_id, found in streets.items()]

        return judge

    return watch


def _missing(street_id: int, found: list[Due], at: datetime) -> Condition:
    """One alert of a street, which names the report that is owed for longest."""
    first = found[0]
    minutes = (at - first.due_at) // MINUTE
    params = first.params() | {"reports": len(found)}
    return Condition("street", street_id, street_id, first.due_at, minutes, params)


def _not_mended(ask: Ask) -> Judge:
    """Reports sent back and not submitted again: each from its return to the next step or lock."""
    steps = ReportStep.objects.filter(report__cutoff__round=ask.round, at__lte=ask.until)
    if ask.live:
        steps = steps.filter(report__state=State.RETURNED)
    spans: dict[int, list[tuple[datetime, datetime]]] = defaultdict(list)
    reports: dict[int, Due] = {}
    for step in steps.select_related("report__cutoff__form").order_by("report_id", "at", "pk"):
        report, known = step.report, spans[step.report_id]
        if known and step.from_state == State.RETURNED:
            known[-1] = (known[-1][0], min(known[-1][1], step.at))
        if step.to_state == State.RETURNED:
            known.append((step.at, report.lock_at))
        cutoff = report.cutoff
        reports[report.pk] = Due(
            report.street_id, cutoff.pk, cutoff.opens_at, cutoff.due_at, report.lock_at, None,
            cutoff.form.title, cutoff.form.title_en,
        )  # fmt: skip
    patience = ask.threshold * MINUTE

    def judge(at: datetime) -> list[Condition]:
        streets: dict[int, Condition] = {}
        for pk, known in spans.items():
            for start, end in known:
                if start + patience <= at < end:
                    due, minutes = reports[pk], (at - start) // MINUTE
                    street, params = due.street_id, due.params()
                    here = Condition("street", street, street, start, minutes, params)
                    streets.setdefault(street, here)
        return list(streets.values())

    return judge


@dataclass(slots=True)
class Said:
    """One column of a submitted version against what was scanned; it stands until `ends_at`."""

    street_id: int
    report_id: int
    number: int
    at: datetime
    percent: int
    params: dict[str, Any]
    ends_at: datetime | None = None


def _contradictions(ask: Ask) -> Judge:
    said = _said(ask)
    _ended(said)

    def judge(at: datetime) -> list[Condition]:
        worst: dict[int, Said] = {}
        for one in said:
            standing = one.at <= at and (one.ends_at is None or at < one.ends_at)
            known = worst.get(one.street_id)
            if standing and (known is None or known.percent < one.percent):
                worst[one.street_id] = one
        return [
            Condition("street", key, key, one.at, one.percent, one.params)
            for key, one in worst.items()
        ]

    return judge


def _said(ask: Ask) -> list[Said]:
    """Columns of versions that lie further from the scans than allowed, without a reason."""
    cells: QuerySet[VersionCell] = VersionCell.objects.filter(
        version__report__cutoff__round=ask.round, version__at__lte=ask.until,
        column__source__in=SCANNED, value__isnull=False, system_value__isnull=False,
    )  # fmt: skip
    if ask.live:
        cells = cells.filter(
            version__report__state=State.SUBMITTED, version__number=F("version__report__version")
        )
    rows = cells.values(
        "version_id", "version__number", "version__at", "version__report_id",
        "version__report__street_id", "column_id", "column__title", "column__title_en",
    ).annotate(
        said=Sum("value"), known=Sum("system_value"),
        unexplained=Count("pk", filter=~Q(value=F("system_value")) & Q(reason="")),
    ).order_by("version__at", "column_id")  # fmt: skip
    found = []
    for row in rows:
        off = abs(row["said"] - row["known"]) * 100
        if not row["unexplained"] or off <= row["known"] * ask.threshold:
            continue
        params = {
            "title": row["column__title"], "title_en": row["column__title_en"],
            "said": row["said"], "known": row["known"],
        }  # fmt: skip
        street_id: int = row["version__report__street_id"]  # type: ignore[assignment]
        percent = off // max(row["known"], 1)
        number, at = row["version__number"], row["version__at"]
        found.append(Said(street_id, row["version__report_id"], number, at, percent, params))
    return found


def _ended(said: list[Said]) -> None:
    """A version stands until a person decided on it: later versions follow a return."""
    steps = ReportStep.objects.filter(
        report__in={one.report_id for one in said}, to_state__in=[State.ACCEPTED, State.RETURNED]
    )
    ends: dict[tuple[int, int], datetime] = {}
    for report_id, number, at in steps.order_by("at").values_list("report_id", "version", "at"):
        ends.setdefault((report_id, number), at)
    for one in said:
        one.ends_at = ends.get((one.report_id, one.number))


def _title(params: Mapping[str, Any]) -> str:
    return spoken(params["title"], params["title_en"])


def _due_words(params: Mapping[str, Any]) -> str:
    return ngettext(
        "%(form)s due %(due)s: %(missing)s of %(expected)s streets not in, %(value)s minute left",
        "%(form)s due %(due)s: %(missing)s of %(expected)s streets not in, %(value)s minutes left",
        params["value"],
    ) % {**params, "form": _title(params)}


def _missing_words(params: Mapping[str, Any]) -> str:
    return ngettext(
        "%(form)s of %(due)s missing for %(value)s minute",
        "%(form)s of %(due)s missing for %(value)s minutes",
        params["value"],
    ) % {**params, "form": _title(params)}


def _returned_words(params: Mapping[str, Any]) -> str:
    return ngettext(
        "%(form)s of %(due)s was sent back %(value)s minute ago and is not mended",
        "%(form)s of %(due)s was sent back %(value)s minutes ago and is not mended",
        params["value"],
    ) % {**params, "form": _title(params)}


def _contradiction_words(params: Mapping[str, Any]) -> str:
    said = {
        "column": _title(params), "value": params["value"],
        "said": f"{params['said']:,}", "known": f"{params['known']:,}",
    }  # fmt: skip
    return (
        gettext("reports %(column)s %(said)s, scanned are %(known)s: %(value)s %% off, no reason")
        % said
    )


def _page(subject: Any) -> Page:
    return reverse("daily:review"), "see_reports"


_BEFORE = {
    "measure": Measure.MINUTES, "minimum": 1, "maximum": 180, "escalate_after": 60,
    "watch": _not_in_yet, "words": _due_words, "page": _page, "ends_at_once": True,
}  # fmt: skip
REMINDER = Detector(
    code="report_reminder",
    title=_("Daily reports not in yet"),
    advice=_("Copy the reminder from the review page: it names the streets that are missing."),
    question=_("Minutes before the daily report is due"),
    default=30,
    severity="info",
    **_BEFORE,  # type: ignore[arg-type]
)
LAST_CALL = Detector(
    code="report_last_call",
    title=_("Daily reports not in, last call"),
    advice=_("Call the streets that the review page names."),
    question=_("Minutes before the daily report is due, for the second time"),
    default=10,
    severity="warn",
    inhibits=frozenset({"report_reminder"}),
    **_BEFORE,  # type: ignore[arg-type]
)
_AFTER = {
    "measure": Measure.MINUTES, "minimum": 0, "maximum": 180, "words": _missing_words,
    "page": _page, "ends_at_once": True,
}  # fmt: skip
MISSING_REPORT = Detector(
    code="missing_report",
    title=_("Daily report missing"),
    advice=_("Call the street: it submits now and says why it is late."),
    question=_("Minutes after the daily report was due"),
    default=0,
    severity="crit",
    escalate_after=15,
    watch=_missing_of(ReportForm.Cadence.DAILY),
    **_AFTER,  # type: ignore[arg-type]
)
MISSING_HOURLY = Detector(
    code="missing_hourly",
    title=_("Hourly line missing"),
    advice=_("Ask the street for its line of this hour, or for who sends it in future."),
    question=_("Minutes after the hourly line was due"),
    default=30,
    severity="info",
    escalate_after=120,
    watch=_missing_of(ReportForm.Cadence.HOURLY),
    **_AFTER,  # type: ignore[arg-type]
)
CONTRADICTION = Detector(
    code="report_sums_contradict",
    title=_("Reported sum contradicts the scans"),
    advice=_("Open the report: accept it with the explanation, or return it."),
    question=_("Percent between a street's submitted sum and the scans, without a reason"),
    measure=Measure.PERCENT,
    default=10,
    minimum=1,
    maximum=100,
    severity="warn",
    escalate_after=60,
    watch=_contradictions,
    words=_contradiction_words,
    page=_page,
    ends_at_once=True,
)
RETURNED = Detector(
    code="report_returned",
    title=_("Report sent back and not mended"),
    advice=_("Call the street: the comment on its report says what has to be mended."),
    question=_("Minutes after a report was sent back"),
    measure=Measure.MINUTES,
    default=20,
    minimum=1,
    maximum=180,
    severity="warn",
    escalate_after=30,
    watch=_not_mended,
    words=_returned_words,
    page=_page,
    ends_at_once=True,
)
ALL = (REMINDER, LAST_CALL, MISSING_REPORT, MISSING_HOURLY, RETURNED, CONTRADICTION)
