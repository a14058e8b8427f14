"""Builders: a running round whose quarter hours are kept, and the two who write and approve."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from campaigns.models import Division
from core import clock
from core.scope import Scope, scoped
from personnel.roles import POLICY, Role
from reporting.outlets.models import SituationReport
from reporting.outlets.services import situation, situation_flow
from reporting.progress.services.snapshots import take_due_snapshots
from tests.boards.make import Board, make_board
from tests.sites.make import START

#: A full quarter hour in which the round runs.
FIRST = clock.quarter_of(START + timedelta(hours=2))
LATER = FIRST + timedelta(hours=2)
WRITER, APPROVER = "user:901:reporting_officer", "user:902:commander"


@dataclass
class Desk:
    """A round with samples in it; `at` is the scenario's time."""

    board: Board
    at: datetime

    @property
    def round(self) -> Any:
        return self.board.desk.place.round

    @property
    def district(self) -> Division:
        return self.board.desk.place.district

    def scope(self, role: Role = Role.REPORTING_OFFICER, actor: str = WRITER) -> Scope:
        return Scope(
            districts=frozenset({self.district.pk}), permissions=POLICY[role].permissions,
            actor=actor,
        )  # fmt: skip

    def told(self, actor: str = WRITER) -> dict[str, Any]:
        return {"scope": self.scope(actor=actor), "by": actor, "at": self.at}

    def jump(self, at: datetime) -> None:
        """The scenario's clock stands at a moment; a full quarter hour is kept."""
        self.at = at
        clock.set_clock(at, rate=0.001)
        with scoped(self.scope()):
            take_due_snapshots(at=at)

    def open(self, cut_off: datetime | None = None, division: Division | None = None):
        """A draft with its figures."""
        with scoped(self.scope()):
            return situation.open_report(
                round_=self.round, division=division or self.district,
                cut_off=cut_off or self.at, **self.told(),
            )  # fmt: skip

    def submit(self, report: SituationReport) -> SituationReport:
        report.refresh_from_db()
        return situation_flow.submit(report_id=report.pk, edition=report.edition, **self.told())

    def approve(self, report: SituationReport, by: str = APPROVER) -> SituationReport:
        report.refresh_from_db()
        with scoped(self.scope()):
            return situation_flow.approve(
                report_id=report.pk, edition=report.edition, **self.told(by)
            )

    def issue(self, cut_off: datetime | None = None, division: Division | None = None):
        """Open, submit and approve."""
        return self.approve(self.submit(self.open(cut_off, division)))


def make_desk() -> Desk:
    """Five people were sampled by the first cut-off."""
    desk = Desk(make_board(), FIRST)
    desk.board.capture("TUBE000001", people=4, strangers=1)
    desk.jump(FIRST)
    return desk
