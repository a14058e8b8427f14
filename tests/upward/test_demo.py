"""The demo's invented form is taken in, mapped and filled by the very services."""

from __future__ import annotations

import io
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

from openpyxl import load_workbook

from core import clock
from demo import upward
from reporting.outlets.models import Outlet, OutletRun, RunState
from reporting.outlets.queries.cut import cut_of
from reporting.outlets.services.upward_runs import make_run, open_run_now
from tests.upward.make import House, later


def test_the_demos_superior_gets_its_form_filled(house: House) -> None:
    place = house.board.desk.place
    cast: Any = SimpleNamespace(
        reviewer=house.scope, streets={"a": place.here.pk, "b": place.there.pk}
    )
    assert upward._enter(cast, house.at)
    assert upward._enter(cast, house.at), "entered once"
    later(house, 2.1)
    outlet = Outlet.objects.get(title=upward.TITLE)

    run = open_run_now(outlet_id=outlet.pk, **house.who)
    make_run(run.pk, by="t", at=run.as_of + timedelta(minutes=6))

    run.refresh_from_db()
    assert run.state == RunState.MADE, (run.problem, run.problem_params)
    sheet = load_workbook(io.BytesIO(bytes(run.file.data)))[upward.SHEET]
    cut = cut_of(house.scope, run.round, run.as_of)
    assert [sheet[f"{column}7"].value for column in "BCD"] == [
        cut.area.values[key] for key in ("target", "persons", "swabs")
    ]
    assert sheet["E7"].value == "=SUM(E5:E6)"
    shown = clock.local(run.file.figures_as_of).replace(tzinfo=None, second=0, microsecond=0)
    assert sheet["F2"].value == shown
    assert upward._send(run.as_of)(cast, house.at)
    assert upward._receipt(run.as_of)(cast, house.at)
    assert OutletRun.objects.get().receipt == "收到，第1期"
