"""The streets' officials and the district's reporting officer, playing by the scenario's clock.

One street reports on time and well, one late and with a wrong digit that the reviewer sends back,
one misses the daily report; at night one of them forgets some hours. So every state is to be seen.
"""

from __future__ import annotations

import logging
import random
import uuid
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from demo import clients, dispatch, matters, places, roundplan, situation, upward

if TYPE_CHECKING:
    from core.scope import Scope
    from reporting.daily.models import Report

log = logging.getLogger("demo.officials")

ON_TIME, LATE, MISSING = places.ROUND_STREETS
"""Who reports how."""
DAILY_AT = roundplan.PLANNED_END.replace(hour=15)
ASLEEP = range(2, 5)
"""Hours in which nobody in the smallest street sends the hourly line."""
GIVE_UP = timedelta(minutes=50)
"""An act that could not be done for so long is dropped: its report never opened, or is locked."""
#: What only people know: asked of each community, and of the street.
TYPED = {"home_requests": (2, 9), "staff": (6, 30)}
TYPED_OF_STREET = {"vehicles": (4, 19), "waste": (60, 420), "supply_days": (2, 5)}

Act = Callable[["Cast", datetime], bool]


class Cast:
    """Who acts: scopes by street code, and the reviewer's. `act` does what is due by a moment."""

    def __init__(self, state: dict[str, Any], done_until: datetime | None = None) -> None:
        from core.scope import Scope
        from personnel.roles import POLICY, Role

        self.round_id: int = state["round"]
        self.streets: dict[str, int] = state["streets"]
        self.seed: int = state["seed"]
        self.fraction: float = state["fraction"]
        self.sample_cars: list[int] = state["sample_cars"]
        self.officials = {
            code: Scope(
                streets=frozenset({self.streets[code]}), actor=actor,
                permissions=POLICY[Role.STREET_OFFICIAL].permissions,
            )
            for code, actor in state["officials"].items()
        }  # fmt: skip
        self.reviewer = Scope(
            districts=frozenset({state["district"]}), actor=state["reviewer"],
            permissions=POLICY[Role.REPORTING_OFFICER].permissions,
        )  # fmt: skip
        self.approver = Scope(
            districts=frozenset({state["district"]}), actor=state.get("approver", ""),
            permissions=POLICY[Role.COMMANDER].permissions,
        )  # fmt: skip
        self.duty = Scope(
            districts=frozenset({state["district"]}), actor=state["duty"],
            permissions=POLICY[Role.DISPATCHER].permissions,
        )  # fmt: skip
        start = done_until or roundplan.STARTS - timedelta(hours=1)
        self._acts = [(at, act) for at, act in playbook() if at > start]

    def act(self, now: datetime) -> None:
        """Do what is due, in order; what cannot be done yet is tried again next time."""
        waiting = []
        for at, act in self._acts:
            if at > now or (not act(self, now) and now - at < GIVE_UP):
                waiting.append((at, act))
        self._acts = waiting


def playbook() -> list[tuple[datetime, Act]]:
    """Every act of the round with its time, in order."""
    acts: list[tuple[datetime, Act]] = []
    hour = roundplan.STARTS + timedelta(hours=1)
    while hour < roundplan.OVER:
        for code in places.ROUND_STREETS:
            if code == MISSING and hour.hour in ASLEEP:
                continue
            late = code == LATE and hour.hour % 6 == 1
            acts.append((hour + timedelta(minutes=22 if late else 6), _hourly(code, hour)))
        hour += timedelta(hours=1)
    minute = timedelta(minutes=1)
    acts += [
        (DAILY_AT - 24 * minute, _fill(ON_TIME)),
        (DAILY_AT - 18 * minute, _submit(ON_TIME)),
        (DAILY_AT + 12 * minute, _accept(ON_TIME)),
        (DAILY_AT - 5 * minute, _fill(LATE, wrong_digit=True)),
        (DAILY_AT + 21 * minute, _submit(LATE, "two communities were counted again")),
        (DAILY_AT + 27 * minute, _return(LATE)),
        (DAILY_AT + 38 * minute, _mend(LATE)),
        (DAILY_AT + 40 * minute, _submit(LATE, "a digit was typed wrong")),
        (DAILY_AT + 46 * minute, _accept(LATE)),
    ]
    return sorted(
        [
            *acts,
            *matters.playbook(),
            *dispatch.playbook(),
            *situation.playbook(),
            *upward.playbook(),
            *clients.playbook(),
        ],
        key=lambda pair: pair[0],
    )


def _hourly(code: str, hour: datetime) -> Act:
    def act(cast: Cast, now: datetime) -> bool:
        from reporting.daily.services.submission import submit

        report = _report(cast, code, "hourly", hour)
        if report is None or report.version:
            return report is not None
        scope = cast.officials[code]
        late = now > report.cutoff.due_at
        return done(
            lambda: submit(
                report_id=report.pk, key=_key(cast, code, hour, "hourly"), seen=report.edition,
                reason="the night shift was changing" if late else "", scope=scope,
                by=scope.actor, at=now,
            )
        )  # fmt: skip

    return act


def _fill(code: str, *, wrong_digit: bool = False) -> Act:
    def act(cast: Cast, now: datetime) -> bool:
        from reporting.daily.services.prefill import take_newest

        report = _report(cast, code, "daily", DAILY_AT)
        scope = cast.officials[code]
        if report is None:
            return False
        if not done(lambda: take_newest(report_id=report.pk, scope=scope, by=scope.actor, at=now)):
            return False
        typed = _typed(cast, report)
        if wrong_digit:
            typed |= _slip(report)
        return _save(cast, report, typed, now)

    return act


def _mend(code: str) -> Act:
    """Put the system's figure back where the digit was wrong."""

    def act(cast: Cast, now: datetime) -> bool:
        report = _report(cast, code, "daily", DAILY_AT)
        if report is None:
            return False
        return _save(cast, report, {cell: (known, "") for cell, known in _slipped(report)}, now)

    return act


def _submit(code: str, reason: str = "") -> Act:
    def act(cast: Cast, now: datetime) -> bool:
        from reporting.daily.services.submission import submit

        if (report := _report(cast, code, "daily", DAILY_AT)) is None:
            return False
        _explain(cast, report, now)
        report.refresh_from_db()
        scope = cast.officials[code]
        return done(
            lambda: submit(
                report_id=report.pk, key=_key(cast, code, DAILY_AT, reason), seen=report.edition,
                reason=reason, scope=scope, by=scope.actor, at=now,
            )
        )  # fmt: skip

    return act


def _accept(code: str) -> Act:
    def act(cast: Cast, now: datetime) -> bool:
        from reporting.daily.services.review import accept

        report = _report(cast, code, "daily", DAILY_AT)
        scope = cast.reviewer
        return report is not None and done(
            lambda: accept(
                report_id=report.pk, version=report.version, scope=scope, by=scope.actor, at=now
            )
        )

    return act


def _return(code: str) -> Act:
    def act(cast: Cast, now: datetime) -> bool:
        from reporting.daily.services.review import return_report

        report = _report(cast, code, "daily", DAILY_AT)
        scope = cast.reviewer
        return report is not None and done(
            lambda: return_report(
                report_id=report.pk, version=report.version, scope=scope, by=scope.actor, at=now,
                comment="已采比扫码多出一位数，请核对 / one digit too many in “sampled”: check it",
            )
        )  # fmt: skip

    return act


def _explain(cast: Cast, report: Report, now: datetime) -> None:
    """Give a reason for what the checks ask about, as an official who has looked would."""
    from reporting.daily.queries.sheet import sheet_of

    asked = {
        problem.cell.pk: (problem.cell.value or 0, "no_change")
        for problem in sheet_of(report, _scope_of(cast, report)).blocking
        if problem.weight == "soft"
    }
    if asked:
        _save(cast, report, asked, now)


def _typed(cast: Cast, report: Report) -> dict[int, tuple[int, str]]:
    """Numbers that only people know, the same for the same seed: cell id -> (value, reason)."""
    from reporting.daily.models import ReportCell

    out: dict[int, tuple[int, str]] = {}
    requested: dict[int, int] = {}
    # What the system knows of visits, duty and trips is not typed over.
    unknown = ReportCell.objects.filter(line__report=report, saved_by="", system_value=None)
    cells = unknown.select_related("column")
    for cell in cells.order_by("line", "column__position"):
        span = TYPED.get(cell.column.code) or TYPED_OF_STREET.get(cell.column.code)
        of_street = cell.column.code in TYPED_OF_STREET
        rng = random.Random(f"{cast.seed}-{cell.line_id}-{cell.column.code}")
        if cell.column.code == "home_done":
            out[cell.pk] = (requested.get(cell.line_id, 0), "")
        elif span and (of_street or cell.line.community_id is not None):
            out[cell.pk] = (rng.randint(*span), "")
            if cell.column.code == "home_requests":
                requested[cell.line_id] = out[cell.pk][0]
    return {pk: kept for pk, kept in out.items() if pk in _asked(report)}


def _asked(report: Report) -> set[int]:
    from django.db.models import Q

    from reporting.daily.models import ReportCell

    community = Q(line__community__isnull=False, column__per_community=True)
    street = Q(line__community__isnull=True, column__per_community=False)
    found = ReportCell.objects.filter(community | street, line__report=report)
    return set(found.values_list("pk", flat=True))


def _slip(report: Report) -> dict[int, tuple[int, str]]:
    """The first community's persons with a digit too many, explained by a reason that is not so."""
    from reporting.daily.models import ReportCell

    cell = (
        ReportCell.objects.filter(
            line__report=report, column__code="sampled", line__community__isnull=False
        )
        .order_by("line__community__code")
        .first()
    )
    return {cell.pk: ((cell.system_value or 1) + 10_000, "paper")} if cell else {}


def _slipped(report: Report) -> list[tuple[int, int]]:
    from django.db.models import F

    from reporting.daily.models import ReportCell

    typed = ReportCell.objects.filter(
        line__report=report, line__community__isnull=False, column__code="sampled"
    )
    wrong = typed.exclude(value=F("system_value"))
    return [(pk, known or 0) for pk, known in wrong.values_list("pk", "system_value")]


def _save(cast: Cast, report: Report, typed: dict[int, tuple[int, str]], now: datetime) -> bool:
    from reporting.daily.models import ReportCell
    from reporting.daily.services.entry import Change, save_cells

    scope = _scope_of(cast, report)
    revisions = dict(ReportCell.objects.filter(pk__in=typed).values_list("pk", "revision"))
    changes = [
        Change(
            id=uuid.uuid5(uuid.NAMESPACE_OID, f"{cell}-{revisions[cell]}-{value}-{reason}"),
            cell_id=cell, base=revisions[cell], text=str(value), reason=reason,
        )
        for cell, (value, reason) in typed.items()
    ]  # fmt: skip
    return done(
        lambda: save_cells(
            report_id=report.pk, changes=changes, scope=scope, by=scope.actor, at=now
        )
    )


def _scope_of(cast: Cast, report: Report) -> Scope:
    return next(s for s in cast.officials.values() if report.street_id in s.streets)


def _report(cast: Cast, code: str, form: str, as_of: datetime) -> Report | None:
    from reporting.daily.models import Report

    return (
        Report.objects.select_related("cutoff")
        .filter(
            cutoff__form__code=form, cutoff__round=cast.round_id, cutoff__as_of=as_of,
            street=cast.streets[code],
        )
        .first()
    )  # fmt: skip


def _key(cast: Cast, code: str, as_of: datetime, words: str) -> uuid.UUID:
    name = f"{cast.round_id}-{code}-{as_of.isoformat()}-{words}"
    return uuid.uuid5(uuid.NAMESPACE_OID, name)


def done(act: Callable[[], object]) -> bool:
    """Do it; False where it cannot be done now, which the demo's log then says."""
    from django.db import DatabaseError, connection

    from core.inputs import Refused

    try:
        act()
    except Refused as refused:
        log.debug("not yet: %s", refused.code)
        return False
    except DatabaseError as error:
        log.warning("not yet: %s", type(error).__name__)
        connection.close()
        return False
    return True
