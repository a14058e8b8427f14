"""Whether the figures can be trusted: drift, a recount that stands still, conflicts that wait."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from reporting.alerts.detectors.registry import (
    Ask,
    Condition,
    Detector,
    Judge,
    Measure,
    Page,
)
from reporting.alerts.detectors.stretches import Moments, Stretch
from reporting.progress.models import DriftFinding, Heartbeat
from sites.models import Conflict

DRIFT_LASTS = timedelta(hours=1)
"""A drift is repaired at once; it is shown for this long."""
# Accepted and flagged; they change no figure until somebody looks through them.
FLAGS = (Conflict.Code.OVERFULL, Conflict.Code.OTHER_UNIT, Conflict.Code.DUPLICATE_PERSON)


def _drift(ask: Ask) -> Judge:
    rows = DriftFinding.objects.filter(
        round_id=ask.round.pk, found_at__gt=ask.since - DRIFT_LASTS, found_at__lte=ask.until
    )
    streets: defaultdict[int, list[Stretch]] = defaultdict(list)
    for street_id, found_at in rows.order_by("found_at").values_list("street_id", "found_at"):
        streets[street_id].append((found_at, found_at + DRIFT_LASTS))
    moments = {street_id: Moments.of(found) for street_id, found in streets.items()}

    def judge(at: datetime) -> list[Condition]:
        lasting = {street_id: found.lasting(at) for street_id, found in moments.items()}
        return [
            Condition("street", pk, pk, _oldest(streets[pk], at), n)
            for pk, n in lasting.items()
            if n and n >= ask.threshold
        ]

    return judge


def _conflicts(ask: Ask) -> Judge:
    waited = timedelta(minutes=ask.threshold)
    undecided = Q(decided_at__isnull=True)
    if not ask.live:  # now the index of open conflicts is enough, however many were decided
        undecided |= Q(decided_at__gt=ask.since)
    rows = (
        Conflict.objects.filter(round_id=ask.round.pk, raised_at__lte=ask.until - waited)
        .filter(undecided)
        .exclude(code__in=FLAGS)
    )
    streets: defaultdict[int, list[Stretch]] = defaultdict(list)
    for street_id, raised_at, decided_at in rows.order_by("raised_at").values_list(
        "street_id", "raised_at", "decided_at"
    ):
        if decided_at is None or decided_at > raised_at + waited:
            streets[street_id].append((raised_at + waited, decided_at))
    moments = {street_id: Moments.of(found) for street_id, found in streets.items()}

    def judge(at: datetime) -> list[Condition]:
        found = []
        for street_id, counted in moments.items():
            if n := counted.lasting(at):
                since = _oldest(streets[street_id], at) - waited
                minutes = int((at - since).total_seconds()) // 60
                params = {"conflicts": n}
                found.append(Condition("street", street_id, street_id, since, minutes, params))
        return found

    return judge


def _oldest(stretches: list[Stretch], at: datetime) -> datetime:
    """The start of the first stretch that holds `at`; there is one."""
    return next(start for start, end in stretches if start <= at and (end is None or at < end))


def _recount(ask: Ask) -> Judge:
    """The heartbeat is real time: it is compared with the real clock, whatever the scenario."""
    beaten_at = Heartbeat.objects.filter(pk=1).values_list("beaten_at", flat=True).first()

    def judge(at: datetime) -> list[Condition]:
        silent = datetime.now(UTC) - beaten_at if beaten_at else None
        if silent is not None and silent < timedelta(minutes=ask.threshold):
            return []
        minutes = int(silent.total_seconds()) // 60 if silent else None
        return [Condition("round", ask.round.pk, None, at, minutes, {})]

    return judge


def _drift_words(params: Mapping[str, Any]) -> str:
    return ngettext(
        "%(value)s figure differed from the facts and was recounted",
        "%(value)s figures differed from the facts and were recounted",
        params["value"],
    ) % dict(params)


def _conflict_words(params: Mapping[str, Any]) -> str:
    shown = {**params, "hours": params["value"] // 60}
    return ngettext(
        "%(conflicts)s conflict undecided, for %(hours)s h",
        "%(conflicts)s conflicts undecided, the oldest for %(hours)s h",
        params["conflicts"],
    ) % (shown)


def _recount_words(params: Mapping[str, Any]) -> str:
    if params["value"] is None:
        return gettext("the recount has never run: figures do not move")
    return gettext("figures have not been recounted for %(value)s minutes") % params


def _overview(subject: Any) -> Page:
    return reverse("boards:overview"), "see_board"


def _street_page(subject: Any) -> Page:
    return reverse("boards:street", args=[subject.street_id]), "see_street"


def _conflict_list(subject: Any) -> Page:
    return f"{reverse('sites:conflicts')}?street={subject.street_id}", "see_conflicts"


DRIFT = Detector(
    code="drift",
    title=_("Drift of figures"),
    advice=_("Figures were put right by themselves. Tell the technical staff; it must not recur."),
    question=_("Figures that differed from the facts within an hour"),
    measure=Measure.COUNT,
    default=1,
    maximum=1000,
    severity="crit",
    escalate_after=30,
    watch=_drift,
    words=_drift_words,
    page=_street_page,
)
CONFLICTS_WAIT = Detector(
    code="conflicts_wait",
    title=_("Conflicts undecided"),
    advice=_("Decide them: until then the figures of the street may be off."),
    question=_("Minutes that a conflict waits for a decision"),
    measure=Measure.MINUTES,
    default=240,
    minimum=15,
    maximum=1440,
    severity="info",
    escalate_after=240,
    watch=_conflicts,
    words=_conflict_words,
    page=_conflict_list,
)
RECOUNT_DEAD = Detector(
    code="recount_dead",
    title=_("Recount stands still"),
    advice=_("Call the technical staff: the background worker or its queue has stopped."),
    question=_("Real minutes without a sign of life of the recount"),
    measure=Measure.MINUTES,
    default=1,
    maximum=60,
    severity="crit",
    escalate_after=5,
    watch=_recount,
    words=_recount_words,
    page=_overview,
    replays=False,
)
