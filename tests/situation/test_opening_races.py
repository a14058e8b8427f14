"""The clock and a person open the same report at one moment: one is there, the other is told."""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connection

from core.inputs import Conflict
from reporting.outlets.models import SituationReport
from tests.situation.make import make_desk

pytestmark = pytest.mark.django_db(transaction=True)
CALLERS = 4


def test_a_cut_off_that_many_open_at_once_has_one_report_and_the_others_are_told() -> None:
    desk = make_desk()
    start = Barrier(CALLERS)

    def opened(_number: int) -> str:
        start.wait()
        try:
            desk.open()
        except Conflict as told:
            return told.code
        finally:
            connection.close()
        return "opened"

    with ThreadPoolExecutor(CALLERS) as pool:
        outcomes = Counter(pool.map(opened, range(CALLERS)))

    assert outcomes == {"opened": 1, "situation_once_per_cut_off": CALLERS - 1}
    assert SituationReport.objects.count() == 1
