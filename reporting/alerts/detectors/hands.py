"""Hands and wheels: a point without its team, too long in protective clothing, no answer (S057)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from core import clock
from logistics.models import Order, OrderState, OrderStep
from personnel.models import Duty, DutyState, Shift, TeamPlace
from personnel.services.attendance import is_noted
from reporting.alerts.detectors.registry import Ask, Condition, Detector, Judge, Measure, Page
from reporting.alerts.detectors.stretches import Stretch
from sites.models import PointStateChange
from sites.models.points import State

MINUTE = timedelta(minutes=1)
EVER = datetime.min.replace(tzinfo=UTC)
LONGEST = timedelta(days=2)
"""Duties that began longer ago are not asked for: it bounds what is read."""


@dataclass(slots=True)
class Post:
    """A point with what it needs and who comes: (from, to, people), (from, to, arrived, people)."""

    name: str
    street_id: int
    needs: list[tuple[datetime, datetime, int]] = field(default_factory=list)
    comes: list[tuple[datetime, datetime, datetime | None, int]] = field(default_factory=list)

    def needed(self, at: datetime) -> int:
        return sum(people for start, end, people in self.needs if start <= at < end)

    def there(self, begin: datetime, at: datetime) -> int:
        """People booked for `begin`, or sent since, who had arrived by `at`."""
        return sum(
            people
            for start, end, arrived, people in self.comes
            if start <= max(begin, at) and begin < end and arrived is not None and arrived <= at
        )


def _posts(ask: Ask, ahead: timedelta) -> dict[int, Post]:
    needs = Shift.objects.filter(
        place__point__round_id=ask.round.pk, starts_at__lte=ask.until + ahead,
        ends_at__gt=ask.since,
    )  # fmt: skip
    closed = _closed(ask)
    posts: dict[int, Post] = {}
    for pk, name, street, start, end, people in needs.order_by("place__point__code").values_list(
        "place__point_id", "place__point__name", "place__point__street_id", "starts_at", "ends_at",
        "needed",
    ):  # fmt: skip
        end = min(end, closed.get(pk, end))  # a closed point needs nobody
        if start < end:
            posts.setdefault(pk, Post(name, street)).needs.append((start, end, people))
    # Where nobody notes who is there, whoever is booked counts as there.
    noted = is_noted(ask.round.campaign.district_id)
    for pk, start, end, arrived, people in [*_people(ask, ahead), *_parts(ask, ahead)]:
        if pk in posts:
            posts[pk].comes.append((start, end, arrived if noted else EVER, people))
    return posts


def _closed(ask: Ask) -> dict[int, datetime]:
    """When each point that is closed now was closed."""
    shut = PointStateChange.objects.filter(
        point__round_id=ask.round.pk, point__state=State.CLOSED, to_state=State.CLOSED
    )
    return dict(shut.order_by("at").values_list("point_id", "at"))


def _people(ask: Ask, ahead: timedelta) -> Iterable[Any]:
    """People booked one by one; a team's listed members come with their team's parts."""
    booked = Duty.objects.exclude(state=DutyState.CANCELLED).filter(
        place__point__round_id=ask.round.pk, team_duty__isnull=True,
        starts_at__lte=ask.until + ahead, ends_at__gt=ask.since,
    )  # fmt: skip
    for row in booked.values_list("place__point_id", "starts_at", "ends_at", "arrived_at"):
        yield (*row, 1)


def _parts(ask: Ask, ahead: timedelta) -> Iterable[Any]:
    parts = TeamPlace.objects.exclude(duty__state=DutyState.CANCELLED).filter(
        place__point__round_id=ask.round.pk, duty__starts_at__lte=ask.until + ahead,
        duty__ends_at__gt=ask.since,
    )  # fmt: skip
    return parts.values_list(
        "place__point_id", "duty__starts_at", "duty__ends_at", "duty__arrived_at", "people"
    )


def _without_team(ask: Ask) -> Judge:
    """Points where, so many minutes before a stated need begins, nobody booked for it is there."""
    ahead = ask.threshold * MINUTE
    posts = _posts(ask, ahead)

    def judge(at: datetime) -> list[Condition]:
        found = []
        for pk, post in posts.items():
            begins = {start for start, end, _n in post.needs if start - ahead <= at < end}
            empty = [begin for begin in sorted(begins) if not post.there(begin, at)]
            if empty:
                begin = empty[0]
                params = {
                    "point": post.name, "needed": post.needed(begin),
                    "opens": clock.deadline_day(begin)[1],
                }  # fmt: skip
                left = (begin - at) // MINUTE
                found.append(Condition("point", pk, post.street_id, begin - ahead, left, params))
        return found

    return judge


@dataclass(slots=True)
class Stay:
    """Somebody in protective clothing at a point, from the arrival on."""

    point_id: int
    point: str
    street_id: int
    since: datetime
    until: datetime | None


def _too_long(ask: Ask) -> Judge:
    """Points where people are in protective clothing for longer than so many minutes.

    A team that was booked for longer relieves itself on site, as the words of its booking say.
    """
    limit = ask.threshold * MINUTE
    inside = Duty.objects.exclude(state=DutyState.CANCELLED).filter(
        place__point__round_id=ask.round.pk, role__in_ppe=True, team_duty__isnull=True,
        arrived_at__lte=ask.until - limit, arrived_at__gt=ask.since - LONGEST,
    )  # fmt: skip
    if ask.live:
        inside = inside.filter(left_at__isnull=True)
    rows = inside.order_by("arrived_at").values_list(
        "place__point_id", "place__point__name", "place__point__street_id", "arrived_at", "left_at"
    )
    stays = [
        Stay(point_id, name, street_id, since, until)
        for point_id, name, street_id, since, until in rows
        if since is not None
    ]

    def judge(at: datetime) -> list[Condition]:
        points: dict[int, list[Stay]] = defaultdict(list)
        for stay in stays:
            if stay.since + limit <= at and (stay.until is None or at < stay.until):
                points[stay.point_id].append(stay)
        return [
            Condition(
                "point", pk, here[0].street_id, here[0].since + limit,
                (at - here[0].since) // MINUTE, {"point": here[0].point, "people": len(here)},
            )
            for pk, here in points.items()
        ]  # fmt: skip

    return judge


def _unanswered(ask: Ask) -> Judge:
    """Orders past the time by which they were to be answered: one alert of each street helped."""
    late = ask.threshold * MINUTE
    orders = Order.objects.filter(
        Q(round=ask.round) | Q(round__isnull=True, district_id=ask.round.campaign.district_id),
        answer_by__lte=ask.until - late, answer_by__gt=ask.since - LONGEST,
    )  # fmt: skip
    if ask.live:
        orders = orders.filter(state=OrderState.REQUESTED)
    rows = list(orders.order_by("answer_by").values_list("pk", "number", "street_id", "answer_by"))
    answered: dict[int, datetime] = {}
    if not ask.live:
        steps = OrderStep.objects.filter(order__in=[row[0] for row in rows])
        for pk, at in (
            steps.exclude(to_state=OrderState.REQUESTED).order_by("-at").values_list("order", "at")
        ):
            answered[pk] = at

    def judge(at: datetime) -> list[Condition]:
        streets: dict[int | None, list[tuple[int, Stretch]]] = defaultdict(list)
        for pk, number, street, answer_by in rows:
            end = answered.get(pk)
            if answer_by + late <= at and (end is None or at < end):
                streets[street].append((number, (answer_by, end)))
        return [_waiting(ask, street, found, at) for street, found in streets.items()]

    return judge


def _waiting(
    ask: Ask, street: int | None, found: list[tuple[int, Stretch]], at: datetime
) -> Condition:
    number, (since, _end) = found[0]
    params = {"number": number, "orders": len(found)}
    minutes = (at - since) // MINUTE
    if street is None:
        return Condition("round", ask.round.pk, None, since, minutes, params)
    return Condition("street", street, street, since, minutes, params)


def _team_words(params: Mapping[str, Any]) -> str:
    return ngettext(
        "%(point)s: nobody of the team is there; %(needed)s person is needed from %(opens)s",
        "%(point)s: nobody of the team is there; %(needed)s people are needed from %(opens)s",
        params["needed"],
    ) % dict(params)


def _long_words(params: Mapping[str, Any]) -> str:
    return ngettext(
        "%(point)s: %(people)s person in protective clothing, for %(value)s minutes by now",
        "%(point)s: %(people)s people in protective clothing, the longest for %(value)s minutes",
        params["people"],
    ) % dict(params)


def _order_words(params: Mapping[str, Any]) -> str:
    return ngettext(
        "%(orders)s order is not answered; no. %(number)s is %(value)s minutes past its time",
        "%(orders)s orders are not answered; no. %(number)s is %(value)s minutes past its time",
        params["orders"],
    ) % dict(params)


def _point_page(subject: Any) -> Page:
    return reverse("sites:point", args=[subject.subject_id]), "see_points"


def _orders_page(subject: Any) -> Page:
    return reverse("dispatch:orders"), "see_dispatch"


TEAM_ABSENT = Detector(
    code="team_absent",
    title=_("Point without its team"),
    advice=_("Call the team's leader or the driver; send people from the reserve."),
    question=_("Minutes before the stated need of a point begins"),
    measure=Measure.MINUTES,
    default=30,
    minimum=0,
    maximum=180,
    severity="crit",
    escalate_after=10,
    watch=_without_team,
    words=_team_words,
    page=_point_page,
    ends_at_once=True,
)
SHIFT_OVER = Detector(
    code="shift_over_limit",
    title=_("Too long in protective clothing"),
    advice=_("Relieve these people now: the roster of the point names who comes next."),
    question=_("Minutes in protective clothing without relief"),
    measure=Measure.MINUTES,
    default=240,
    minimum=30,
    maximum=1440,
    severity="warn",
    escalate_after=20,
    watch=_too_long,
    words=_long_words,
    page=_point_page,
)
ORDER_UNANSWERED = Detector(
    code="order_unanswered",
    title=_("Order without an answer"),
    advice=_("Call who was ordered; answer for them, or withdraw the order and send others."),
    question=_("Minutes past the time by which an order is to be answered"),
    measure=Measure.MINUTES,
    default=0,
    minimum=0,
    maximum=180,
    severity="warn",
    escalate_after=15,
    watch=_unanswered,
    words=_order_words,
    page=_orders_page,
    ends_at_once=True,
)
