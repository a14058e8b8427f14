"""Today's cards of people on duty, and of whoever gives them their orders."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from django.db.models import Count, Min
from django.urls import reverse
from django.utils.translation import gettext, ngettext

from core.actors import account
from core.scope import Scope
from logistics.models import Order, OrderState
from logistics.permissions import can_see_own_duty
from logistics.queries.own import owed_of
from reporting.boards.cards import Card, pressing, time_words

TRIP_AHEAD = timedelta(hours=12)
"""So long before it leaves a trip is told of."""


def own_duty(scope: Scope, at: datetime) -> Iterator[Card]:
    """What waits for one's own answer, and when one's own trip leaves."""
    user = account(scope.actor).partition(":")[2]
    if not can_see_own_duty(scope) or not user.isdigit():
        return
    owed = owed_of(int(user), at=at)
    if owed.orders:
        standing, word = pressing(owed.answer_by, at)
        yield Card(
            icon="own",
            title=ngettext(
                "%(n)s order waits for your answer", "%(n)s orders wait for your answer",
                owed.orders,
            )
            % {"n": owed.orders},
            words=gettext("look where, when and why, then accept or decline"),
            url=reverse("field:own"),
            action=gettext("Answer"),
            standing="crit" if standing == "crit" else "warn",
            word=word,
            due_at=owed.answer_by,
        )  # fmt: skip
    if owed.trip_at is not None and owed.trip_at - at <= TRIP_AHEAD:
        standing, word = pressing(owed.trip_at, at)
        yield Card(
            icon="vehicle",
            title=gettext("Your trip leaves at %(time)s") % {"time": time_words(owed.trip_at)},
            words=gettext("the stops in their order, with who gets on and off"),
            url=reverse("field:own"),
            action=gettext("Open the trip"),
            standing=standing,
            word=word,
            due_at=owed.trip_at,
        )


def unanswered(scope: Scope, at: datetime) -> Iterator[Card]:
    """Orders that nobody answered in time: for whoever gives orders."""
    if not scope.can("dispatch"):
        return
    late = Order.objects.within(scope).filter(state=OrderState.REQUESTED, answer_by__lte=at)
    found = late.aggregate(n=Count("pk"), since=Min("answer_by"))
    if found["n"]:
        yield Card(
            icon="dispatch",
            title=ngettext("%(n)s order unanswered", "%(n)s orders unanswered", found["n"])
            % {"n": found["n"]},
            words=gettext("call them, or send somebody else"),
            url=reverse("dispatch:orders"),
            action=gettext("Look who"),
            standing="crit",
            word=gettext("overdue"),
            since=found["since"],
        )
