"""Today's cards of whoever plans home visits: those with nobody to go, those to settle."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from django.urls import reverse
from django.utils.translation import gettext, ngettext

from core.scope import Scope
from logistics.permissions import can_plan_visits
from logistics.queries.visit_plan import Owing, owing
from reporting.boards.cards import Card


def visits(scope: Scope, at: datetime) -> Iterator[Card]:
    """Visits without a team or car, and refusals and closed doors that wait for a person."""
    if not can_plan_visits(scope):
        return
    for owed in owing(scope):
        page = f"{reverse('visits:visits')}?round={owed.round_id}&show="
        if owed.waiting:
            yield _without_team(owed, f"{page}give")
        if owed.decide:
            yield Card(
                icon="visit",
                title=ngettext(
                    "%(n)s visit was refused or nobody was there",
                    "%(n)s visits were refused or nobody was there",
                    owed.decide,
                )
                % {"n": owed.decide},
                words=gettext("talk to them, then try again, fetch them, or leave it at that"),
                url=f"{page}decide",
                action=gettext("Decide"),
                standing="warn",
                word=gettext("waits"),
                since=owed.decide_since,
            )


def _without_team(owed: Owing, url: str) -> Card:
    return Card(
        icon="visit",
        title=ngettext(
            "%(n)s home visit without a team", "%(n)s home visits without a team", owed.waiting
        )
        % {"n": owed.waiting},
        words=ngettext("%(n)s of them is urgent", "%(n)s of them are urgent", owed.urgent)
        % {"n": owed.urgent}
        if owed.urgent
        else gettext("tick them and give them to a team or a car"),
        url=url,
        action=gettext("Give them out"),
        standing="warn" if owed.urgent else "info",
        word=gettext("waits"),
        since=owed.waiting_since,
    )
