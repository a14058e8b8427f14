"""Who may do what at the addresses of situation reports.

The district has a draft, a submitted report and an issued one of three cut-offs. A street's own
report belongs to its district all the same: no role that is posted at a street sees any.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from core import clock
from core.scope import Scope, scoped
from personnel.roles import Permission
from reporting.outlets.models import SituationReport
from reporting.outlets.services.situation import open_report
from reporting.outlets.services.situation_flow import approve, submit
from reporting.progress.models import Snapshot
from tests.permissions.row import PAGE, Row, Table, holding

P = Permission
SEE = holding(P.SEE_SITUATION)
WRITE, APPROVE = holding(P.WRITE_SITUATION), holding(P.APPROVE_SITUATION)


def furnish(place: Any, units: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """A draft, a submitted report and an issued one."""
    scope = Scope(districts=frozenset({place.district.pk}))
    last = clock.quarter_of(clock.now())
    made: dict[str, SituationReport] = {}
    for nth, name in enumerate(("sitrep_issued", "sitrep_submitted", "sitrep_draft")):
        cut_off = last - (2 - nth) * timedelta(minutes=15)
        Snapshot.objects.get_or_create(
            round_id=place.round.pk, as_of=cut_off, defaults={"taken_at": cut_off, "version": 1}
        )
        made[name] = _report(place, scope, cut_off, name)
    return {name: {"here": row, "there": row} for name, row in made.items()}


def _report(place: Any, scope: Scope, cut_off: Any, name: str) -> SituationReport:
    told = {"scope": scope, "by": "user:0:reporting_officer", "at": clock.now()}
    with scoped(scope):
        report = open_report(round_=place.round, division=place.district, cut_off=cut_off, **told)
        if name != "sitrep_draft":
            report = submit(report_id=report.pk, edition=report.edition, **told)
        if name == "sitrep_issued":
            report = approve(
                report_id=report.pk, edition=report.edition, **told | {"by": "user:1:commander"}
            )
    return report


def _of(name: str, **more: Any) -> Any:
    return lambda world, side: {"report_id": world.things[name][side].pk} | more


def _said(name: str, **said: Any) -> Any:
    """What a form says, with the edition of its report."""
    return lambda world, side: {"edition": world.things[name][side].edition} | said


_DRAFT, _SUBMITTED, _ISSUED = "sitrep_draft", "sitrep_submitted", "sitrep_issued"
_STATEMENT = {"key": "tested", "value": "5", "unit": "tubes", "source": "lab",
              "as_of": "2021-11-04 20:00"}  # fmt: skip

TABLE: Table = {
    "situation:reports": Row(SEE, PAGE),
    "situation:open": Row(WRITE, {"POST": {422}}),
    "situation:times": Row(
        WRITE, {"POST": {302}},
        body=lambda world, side: {
            "every_minutes": "120", "active": "on", "opens_before": "20",
            "round": world.things[_DRAFT][side].round_id,
        },
    ),
    "situation:report": (
        Row(SEE, PAGE, path=_of(_DRAFT)),
        Row(SEE, PAGE, path=_of(_ISSUED), query=lambda world, side: {"language": "en"}),
    ),
    "situation:words": Row(WRITE, {"POST": {422}}, path=_of(_DRAFT), body=_said(_DRAFT)),
    "situation:state": Row(
        WRITE, {"POST": {302, 409}}, path=_of(_DRAFT), body=_said(_DRAFT, **_STATEMENT)
    ),
    "situation:override": Row(
        WRITE, {"POST": {302, 409}}, path=_of(_DRAFT),
        body=_said(_DRAFT, code="nothing_falls", reason="a void"),
    ),
    "situation:submit": Row(WRITE, {"POST": {302, 409}}, path=_of(_DRAFT), body=_said(_DRAFT)),
    "situation:return": Row(
        APPROVE, {"POST": {302, 409}}, path=_of(_SUBMITTED), body=_said(_SUBMITTED, comment="sum")
    ),
    "situation:approve": Row(
        APPROVE, {"POST": {302, 409, 422}}, path=_of(_SUBMITTED), body=_said(_SUBMITTED)
    ),
    "situation:withdraw": Row(
        WRITE, {"POST": {302, 409}}, path=_of(_DRAFT),
        body=lambda world, side: {"reason": "not needed"},
    ),
    "situation:renew": Row(
        WRITE, {"POST": {302, 409}}, path=_of(_DRAFT), body=_said(_DRAFT)
    ),
    "situation:correct": Row(
        WRITE, {"POST": {302, 409}}, path=_of(_ISSUED),
        body=lambda world, side: {"reason": "a wrong word"},
    ),
    "situation:file": (
        Row(SEE, PAGE, path=_of(_ISSUED, kind="chat", language="zh")),
        # Drawn by the worker, which no test of rights waits for.
        Row(SEE, {"GET": {302}, "HEAD": {302}}, path=_of(_ISSUED, kind="pdf", language="en")),
    ),
}  # fmt: skip
