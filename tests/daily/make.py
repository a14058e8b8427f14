"""Builders for the daily numbers: a street's open report and the people who work on it."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.test import Client

from campaigns.models import Division
from core import clock
from core.scope import Scope
from personnel.roles import POLICY, Role
from reporting.daily.models import Cutoff, Report, ReportCell, ReportForm
from reporting.daily.services import cutoffs
from reporting.daily.services.entry import Change, Saved, save_cells
from reporting.daily.services.forms import add_builtin_forms
from reporting.daily.services.submission import submit
from tests.boards.make import Board, add_target, make_board, signed_in
from tests.personnel.make import make_division, make_user

#: 15:00 on the day after the round of the builders began.
DUE = datetime.fromisoformat("2021-11-05T15:00+08:00")


@dataclass
class House:
    """A running round with an open daily report in each of two streets, at 14:30."""

    board: Board
    at: datetime

    @property
    def place(self):
        return self.board.desk.place

    @property
    def form(self) -> ReportForm:
        return ReportForm.objects.get(district_id=self.place.district.pk, code="daily")

    @property
    def cutoff(self) -> Cutoff:
        return Cutoff.objects.get(form=self.form, as_of=DUE)

    def report(self, street: Division | None = None) -> Report:
        street = street or self.place.here
        return Report.objects.select_related("cutoff__form", "cutoff__round", "street").get(
            cutoff=self.cutoff, street=street
        )

    def cell(self, code: str, community: Division | None = None, street=None) -> ReportCell:
        """The cell of a column in a community (by default the first of the street "here")."""
        community = community or self.place.community_here
        return ReportCell.objects.select_related("column", "line").get(
            line__report=self.report(street), line__community=community, column__code=code
        )

    def street_cell(self, code: str) -> ReportCell:
        return ReportCell.objects.select_related("column", "line").get(
            line__report=self.report(), line__community=None, column__code=code
        )

    def scope(self, role: Role = Role.STREET_OFFICIAL, division: Division | None = None) -> Scope:
        """A scope as a posting would give it."""
        district_wide = "district" in POLICY[role].levels
        division = division or (self.place.district if district_wide else self.place.here)
        ids = frozenset({division.pk})
        return Scope(
            districts=ids if division.level == "district" else frozenset(),
            streets=ids if division.level == "street" else frozenset(),
            communities=ids if division.level == "community" else frozenset(),
            permissions=POLICY[role].permissions,
            actor=f"user:{role}",
        )

    def save(self, cell: ReportCell, text: str, scope: Scope | None = None, **more: Any) -> Saved:
        """Type one number over what the cell holds now."""
        scope = scope or self.scope()
        change = Change(
            id=more.pop("key", uuid.uuid4()), cell_id=cell.pk,
            base=more.pop("base", cell.revision), text=text, **more,
        )  # fmt: skip
        return save_cells(
            report_id=cell.line.report_id, changes=[change], scope=scope, by=scope.actor,
            at=self.at,
        )  # fmt: skip

    def submit(self, street: Division | None = None, at: datetime | None = None, **more: Any):
        """Submit a street's report as it stands."""
        report = self.report(street)
        scope = self.scope(division=street or self.place.here)
        return submit(
            report_id=report.pk, key=more.pop("key", uuid.uuid4()),
            seen=more.pop("seen", report.edition), reason=more.pop("reason", ""), scope=scope,
            by=scope.actor, at=at or self.at,
        )  # fmt: skip

    def client(self, role: Role, division: Division | None = None) -> Client:
        """Somebody of this role who is signed in."""
        scope = self.scope(role, division)
        ids = scope.districts | scope.streets | scope.communities
        return signed_in(make_user(role, Division.objects.get(pk=min(ids))))


def make_house(at: datetime = DUE - timedelta(minutes=30), communities: int = 1) -> House:
    """People were sampled in the evening; it is half past two and reports are open. The street
    "here" has so many communities."""
    board = make_board()
    for number in range(1, communities):
        community = make_division("community", board.desk.place.here)
        add_target(board.desk, community, people=100 * number)
    board.capture("TUBE000001", people=5, strangers=1)
    set_time(at)
    add_builtin_forms(district_id=board.desk.place.district.pk, by="test", at=at)
    # An hourly line of each hour would only cost time here; who wants it switches it on.
    ReportForm.objects.filter(code="hourly").update(active=False)
    cutoffs.open_due_reports(by="test", at=at)
    return House(board, at)


def set_time(at: datetime) -> None:
    """The scenario clock stands still at a moment."""
    clock.set_clock(at, rate=0.001)
