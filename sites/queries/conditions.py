"""What the sites say about a round: points and units planned, the 2+N rule, what is still open."""

from __future__ import annotations

from collections.abc import Iterator

from django.utils.translation import gettext_lazy as _

from campaigns.models import Round
from campaigns.queries.areas import streets_of
from campaigns.readiness import Finding
from sites.models import Conflict, PendingEvent, SamplingPoint, SamplingUnit, Tube
from sites.models.tubes import TubeState
from sites.queries.streets import rules_of


def planned(round_: Round) -> Iterator[Finding]:
    """How many points and units the plan has, beside what the arithmetic asks for."""
    points = SamplingPoint.objects.filter(round=round_).count()
    units = SamplingUnit.objects.of_round(round_.pk).count()
    yield Finding("points", _("Points"), "done", actual=points, url_name="sites:points")
    yield Finding("units", _("Units"), "done", actual=units, url_name="sites:points")


def before_start(round_: Round) -> Iterator[Finding]:
    """Units must exist; streets short of the 2+N rule are named but do not block."""
    units = SamplingUnit.objects.of_round(round_.pk).count()
    yield Finding(
        "units",
        _("Sampling units set up"),
        "done" if units else "todo",
        actual=units,
        url_name="sites:points",
    )
    short = [rule for rule in rules_of(round_, streets_of(round_)) if rule.fixed_short]
    yield Finding(
        "two_fixed",
        _("Two fixed points in every street, and temporary ones"),
        "warn" if short else "done",
        ", ".join(rule.street.name for rule in short),
        url_name="sites:points",
    )


def owed(round_: Round) -> Iterator[Finding]:
    """What a round has not finished: tubes without a result, waiting events, open conflicts."""
    tubes = Tube.objects.filter(round_id=round_.pk).exclude(state=TubeState.VOID).count()
    yield Finding(
        "tubes",
        _("Tubes without a result"),
        "warn" if tubes else "done",
        _("no laboratory has reported any here yet"),
        actual=tubes,
    )
    yield from before_close(round_)


def before_close(round_: Round) -> Iterator[Finding]:
    """Nothing that a person must decide, and nothing that still waits for its tube."""
    conflicts = Conflict.objects.open().filter(round_id=round_.pk).count()
    yield Finding(
        "conflicts",
        _("Conflicts to decide"),
        "todo" if conflicts else "done",
        actual=conflicts,
        url_name="sites:conflicts",
    )
    waiting = PendingEvent.objects.filter(round_id=round_.pk).count()
    yield Finding(
        "waiting",
        _("Events waiting for their tube or person"),
        "warn" if waiting else "done",
        actual=waiting,
    )
    open_units = SamplingUnit.objects.of_round(round_.pk).open().count()
    yield Finding(
        "open_units",
        _("Units still open"),
        "warn" if open_units else "done",
        actual=open_units,
        url_name="sites:points",
    )
