"""What needs a person's eye: silent units, conflicts, waiting events, drift. Grouped by street."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db.models import Count, Min
from django.urls import reverse
from django.utils.functional import lazy
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from campaigns.models import Division, Round
from core import clock
from core.scope import Scope
from reporting.progress.figures import ExceptionItem
from reporting.progress.models import DriftFinding
from reporting.progress.queries.overview import last_heard, silent_units
from sites.models import Conflict, PendingEvent

PENDING_FOR = timedelta(minutes=10)
KINDS: dict[str, str] = {
    Conflict.Code.OVERFULL: "overfull",
    Conflict.Code.DUPLICATE_PERSON: "duplicate",
}


def exceptions(scope: Scope, round_: Round, as_of: datetime | None = None) -> list[ExceptionItem]:
    """Open exceptions, worst first. They are of now: looking back shows none."""
    if as_of:
        return []
    now = clock.now()
    streets = Division.objects.streets().filter(district_id=round_.campaign.district_id)
    names = dict(streets.values_list("pk", "name"))
    return [
        *_drift(scope, round_, names),
        *_silent(scope, round_, names, now),
        *_conflicts(scope, round_, names),
        *_pending(scope, round_, names, now),
    ]


def _drift(scope: Scope, round_: Round, names: dict[int, str]) -> list[ExceptionItem]:
    found = DriftFinding.objects.filter(round_id=round_.pk)
    if not (scope.everything or round_.campaign.district_id in scope.districts):
        found = found.within(scope)
    rows = (
        found.values("street_id").order_by("street_id").annotate(n=Count("pk"), at=Min("found_at"))
    )
    return [
        ExceptionItem(
            "drift",
            "crit",
            names.get(row["street_id"], ""),
            _("roll-ups differed from the facts and were recounted"),
            row["at"],
            row["n"],
        )
        for row in rows
    ]


def _silent(
    scope: Scope, round_: Round, names: dict[int, str], now: datetime
) -> list[ExceptionItem]:
    by_street: dict[int, list[tuple[int, str, int]]] = {}
    units = silent_units(scope, round_, now).order_by("street_id", "point__code", "number")
    for pk, street, point, number in units.values_list("pk", "street_id", "point__name", "number"):
        by_street.setdefault(street, []).append((pk, point, number))
    heard = last_heard(round_.pk, [unit[0] for quiet in by_street.values() for unit in quiet])
    return [
        ExceptionItem(
            "silent_unit",
            "stale",
            names.get(street, ""),
            _no_data_from(quiet[0][1], quiet[0][2], len(quiet)),
            heard.get(street),
            len(quiet),
        )
        for street, quiet in by_street.items()
    ]


def _no_data_words(point: str, number: int, units: int) -> str:
    which = gettext("%(point)s, unit %(n)s") % {"point": point, "n": number}
    words = ngettext("no data from %(which)s", "no data from %(which)s and others", units)
    return words % {"which": which}


# Put into words where it is shown: readers of several languages share one reading.
_no_data_from = lazy(_no_data_words, str)


def _conflicts(scope: Scope, round_: Round, names: dict[int, str]) -> list[ExceptionItem]:
    rows = (
        Conflict.objects.within(scope)
        .open()
        .filter(round_id=round_.pk)
        .values("street_id", "code")
        .order_by("street_id", "code")
        .annotate(n=Count("pk"), at=Min("raised_at"))
    )
    flags = {Conflict.Code.OVERFULL, Conflict.Code.OTHER_UNIT, Conflict.Code.DUPLICATE_PERSON}
    return [
        ExceptionItem(
            KINDS.get(row["code"], "conflict"),
            "info" if row["code"] in flags else "warn",
            names.get(row["street_id"], ""),
            Conflict.Code(row["code"]).label,
            row["at"],
            row["n"],
            _list_of(row["code"]) if scope.can("see_conflicts") else None,
        )
        for row in rows
    ]


def _list_of(code: str) -> str:
    """Where conflicts of this code are decided: people swabbed twice are a list of their own."""
    page = reverse("sites:conflicts")
    return f"{page}?list=twice" if code == Conflict.Code.DUPLICATE_PERSON else page


def _pending(
    scope: Scope, round_: Round, names: dict[int, str], now: datetime
) -> list[ExceptionItem]:
    late = PendingEvent.objects.within(scope).filter(
        round_id=round_.pk, received_at__lt=now - PENDING_FOR
    )
    rows = (
        late.values("street_id")
        .order_by("street_id")
        .annotate(n=Count("pk"), at=Min("received_at"))
    )
    return [
        ExceptionItem(
            "pending",
            "warn",
            names.get(row["street_id"], ""),
            _("events wait for a tube or swab that has not come"),
            row["at"],
            row["n"],
        )
        for row in rows
    ]
