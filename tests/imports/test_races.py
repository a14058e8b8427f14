"""Two clicks at once: one run, one write."""

from __future__ import annotations

import threading
import uuid

import pytest
from django.db import connection

from campaigns.models import Division
from core import clock
from core.imports.models import ImportRun
from core.imports.services.confirming import confirm_run
from core.scope import scoped
from tests.imports.make import bring, make_desk, rows_of_streets

pytestmark = pytest.mark.django_db(transaction=True)


def at_once(act, times: int = 4) -> list:
    """What each of several callers got, who all began at the same moment."""
    gate, got = threading.Barrier(times), []

    def one() -> None:
        try:
            gate.wait(timeout=30)
            got.append(act())
        except Exception as error:
            got.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=one) for _time in range(times)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    return got


def test_one_form_sent_by_many_clicks_is_one_run():
    desk, form = make_desk(), uuid.uuid4()

    runs = at_once(lambda: bring(desk, rows_of_streets(desk, 3), run_id=form).pk)

    assert runs == [form] * 4
    assert ImportRun.objects.count() == 1


def test_many_confirmations_write_once():
    desk = make_desk()
    run = bring(desk, rows_of_streets(desk, 3))

    def confirm() -> bool:
        with scoped(desk.scope):
            return confirm_run(
                run_id=run.pk, preview=run.preview, scope=desk.scope, by="t", at=clock.now()
            )[1]

    assert at_once(confirm) == [True] * 4
    assert Division.objects.filter(code__startswith="S").count() == 3
