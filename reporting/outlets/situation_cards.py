"""Today's cards of situation reports: what is to be written, and what waits for one's approval."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext, ngettext

from core.actors import same_person
from core.scope import Scope
from reporting.boards.cards import Card, pressing, time_words
from reporting.outlets.models import SituationReport, SituationState
from reporting.outlets.models.situation import WRITABLE
from reporting.outlets.permissions import can_approve_situation, can_write_situation


def situation_cards(scope: Scope, at: datetime) -> Iterator[Card]:
    """For whoever writes: what was returned, else the oldest draft with figures, else the one that
    waits for them; for whoever approves: what others have submitted. One query each."""
    reports = SituationReport.objects.within(scope).select_related("division").defer("snapshot")
    if can_write_situation(scope):
        drafts = reports.filter(state__in=WRITABLE).annotate(ahead=Q(frozen_at__isnull=True))
        draft = drafts.order_by("-state", "ahead", "cut_off").first()
        if draft is not None:
            yield _to_write(draft, at)
    if can_approve_situation(scope):
        submitted = reports.filter(state=SituationState.SUBMITTED).order_by("submitted_at")
        mine = [each for each in submitted if not same_person(each.author, scope.actor)]
        if mine:
            yield _to_judge(mine)


def _to_write(report: SituationReport, at: datetime) -> Card:
    standing, word = pressing(report.cut_off, at)
    if report.state == SituationState.RETURNED:
        standing, word = "crit", gettext("returned")
    elif standing == "crit":
        # Figures exist from the cut-off on: until then nobody could have written it.
        standing, word = "warn", gettext("waits")
    return Card(
        icon="sitrep",
        title=gettext("A report is due at %(time)s") % {"time": time_words(report.cut_off)},
        words=report.division.name,
        url=reverse("situation:report", args=[report.pk]),
        action=gettext("Write it"),
        standing=standing,
        word=word,
        due_at=report.cut_off,
    )


def _to_judge(reports: list[SituationReport]) -> Card:
    first = reports[0]
    alone = len(reports) == 1
    return Card(
        icon="sitrep",
        title=ngettext(
            "%(n)s report waits for your word", "%(n)s reports wait for your word", len(reports)
        )
        % {"n": len(reports)},
        words=f"{first.division.name} {time_words(first.cut_off)}",
        url=reverse("situation:report", args=[first.pk]) if alone else reverse("situation:reports"),
        action=gettext("Judge"),
        standing="warn",
        word=gettext("waits"),
        since=first.submitted_at,
    )
