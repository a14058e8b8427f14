"""Issues come by the clock: owed, made of one cut, frozen, and given to delivery."""

from __future__ import annotations

import hashlib
import logging
import time
from datetime import datetime, timedelta

from django.db import OperationalError, transaction
from django.db.models import Max

from campaigns.models import Round
from core import clock
from core.inputs import Conflict, Refused
from core.locks import named_lock, try_named_lock
from core.scope import Scope
from reporting.outlets.models import Outlet, OutletRun, RunFile, RunState, RunStep
from reporting.outlets.services.deliveries import queue_run
from reporting.outlets.services.upward_documents import make_file
from reporting.outlets.services.upward_files import Made, NotMade, file_name
from reporting.outlets.services.upward_filling import PROBLEMS, Problem
from reporting.outlets.services.upward_steps import run_held, step, unknown
from reporting.outlets.services.upward_times import (
    LONGEST_AGO,
    due_at,
    figures_ready,
    moments,
    round_at,
    spans_of,
)

logger = logging.getLogger(__name__)
STALE = timedelta(days=1)
"""An issue that still waits for something so long after it was due is left to a person."""
ACTOR = "system:worker"


def open_due_runs(*, by: str, at: datetime) -> int:
    """Open every issue whose cut-off has come; those that were missed are made up for.

    Safe to run twice and by two workers: a lock of the outlet, and one issue per cut-off.
    """
    opened = 0
    for outlet_id in Outlet.objects.filter(active=True).order_by("pk").values_list("pk", flat=True):
        with transaction.atomic():
            if try_named_lock(_lock_of(outlet_id)):
                outlet = Outlet.objects.select_related("superior").get(pk=outlet_id)
                opened += _open_missed(outlet, by=by, at=at)
    return opened


def _lock_of(outlet_id: int) -> str:
    return f"outlet-runs-{outlet_id}"


def _open_missed(outlet: Outlet, *, by: str, at: datetime) -> int:
    """Open what is owed of an outlet and is not there; its lock is held."""
    last = outlet.runs.aggregate(last=Max("as_of"))["last"]
    since = max(filter(None, (outlet.owed_since, last, at - LONGEST_AGO)))
    found = list(moments(outlet, since, at))
    if not found or not outlet.active:
        return 0
    spans = spans_of(outlet.superior.district_id)
    opened = 0
    for moment in found:
        if round_ := round_at(spans, moment):
            _open(outlet, round_, moment, by=by, at=at)
            opened += 1
    return opened


@transaction.atomic
def open_run_now(*, outlet_id: int, scope: Scope, by: str, at: datetime) -> OutletRun:
    """Open an issue besides the schedule, of the last quarter of an hour: somebody was asked.

    Asked twice in one quarter, it is the same issue. What the schedule owes of before is opened
    first: numbers follow the cut-offs, and nothing is forgotten.
    """
    named_lock(_lock_of(outlet_id))
    outlets = Outlet.objects.within(scope).select_related("superior")
    outlet = outlets.filter(pk=outlet_id).first()
    if outlet is None:
        raise unknown()
    _open_missed(outlet, by=by, at=at)
    moment = clock.quarter_of(at)
    if known := outlet.runs.filter(as_of=moment).first():
        return known
    round_ = round_at(spans_of(outlet.superior.district_id), moment)
    if round_ is None:
        raise Conflict("no_round_runs", PROBLEMS["no_round_runs"])
    return _open(outlet, round_, moment, by=by, at=at)


@transaction.atomic
def try_again(*, run_id: int, scope: Scope, by: str, at: datetime) -> OutletRun:
    """Let an issue that could not be made be tried again, with what was mended since."""
    run = run_held(run_id, scope)
    if run.state != RunState.FAILED:
        raise Conflict("run_not_failed", PROBLEMS["run_not_failed"])
    run.state, run.problem, run.problem_params = RunState.DUE, "", {}
    run.save(update_fields=["state", "problem", "problem_params"])
    step(run, RunStep.Act.OPENED, by=by, at=at)
    return run


def _open(outlet: Outlet, round_: Round, moment: datetime, *, by: str, at: datetime) -> OutletRun:
    last = outlet.runs.aggregate(last=Max("number"))["last"] or 0
    run = OutletRun.objects.create(
        outlet=outlet, round=round_, number=last + 1, as_of=moment,
        due_at=due_at(outlet, moment), opened_at=at,
    )  # fmt: skip
    step(run, RunStep.Act.OPENED, by=by, at=at)
    return run


def make_due_runs(*, by: str, at: datetime, seconds: float = 60) -> int:
    """Make the files of issues that are owed, the oldest first, for about so long; returns how
    many were made."""
    ends, made = time.monotonic() + seconds, 0
    waiting = OutletRun.objects.filter(state=RunState.DUE).order_by("due_at", "pk")
    for run_id in list(waiting.values_list("pk", flat=True)):
        made += make_run(run_id, by=by, at=at)
        if time.monotonic() > ends:
            break
    return made


@transaction.atomic
def make_run(run_id: int, *, by: str, at: datetime) -> bool:
    """Make one file, freeze it, and put it on its way; False if somebody else is at it, or not
    yet. What keeps it from being made is written down for a person."""
    run = (
        OutletRun.objects.select_related("outlet__superior", "outlet__endpoint", "round__campaign")
        .select_for_update(no_key=True, skip_locked=True, of=("self",))
        .filter(pk=run_id, state=RunState.DUE)
        .first()
    )
    if run is None or not figures_ready(run.round_id, run.as_of, at):
        return False
    try:
        # A savepoint: a statement that fails must not keep the failure from being written down.
        with transaction.atomic():
            _freeze(run, make_file(run, _district(run)), by=by, at=at)
    except NotMade as found:
        if not found.waits or at > run.due_at + STALE:
            _fail(run, found.problem, by=by, at=at)
        return False
    except Refused as refused:
        _fail(run, Problem(refused.code, dict(refused.params)), by=by, at=at)
        return False
    except OperationalError as passing:
        # A deadlock or a statement that took too long: it is still owed, and the next ring tries.
        logger.warning("an issue waits: %s", type(passing).__name__)
        return False
    except Exception:
        logger.exception("an issue could not be made", extra={"run": run.pk})
        _fail(run, Problem("file_failed", {}), by=by, at=at)
        return False
    return True


def _district(run: OutletRun) -> Scope:
    """What a superior is told of: the district, and not what the worker may see besides."""
    return Scope(districts=frozenset({run.outlet.superior.district_id}), actor=ACTOR)


def _freeze(run: OutletRun, made: Made, *, by: str, at: datetime) -> None:
    digest = hashlib.sha256(made.data).hexdigest()
    file = RunFile.objects.create(
        run=run, name=file_name(run, made.suffix), content_type=made.content_type,
        data=made.data, sha256=digest, figures=made.figures, figures_as_of=made.figures_as_of,
        version=made.version, made_at=at, made_by=by,
    )  # fmt: skip
    run.state = RunState.MADE
    run.save(update_fields=["state"])
    step(run, RunStep.Act.MADE, by=by, at=at, sha256=digest, bytes=len(made.data))
    if run.outlet.endpoint is not None:
        # Also where the address is switched off: it goes on its way when that is on again.
        queue_run(run, file, run.outlet.endpoint, by=by, at=at)


def _fail(run: OutletRun, problem: Problem, *, by: str, at: datetime) -> None:
    run.state, run.problem, run.problem_params = RunState.FAILED, problem.code, problem.params
    run.save(update_fields=["state", "problem", "problem_params"])
    step(run, RunStep.Act.FAILED, by=by, at=at, words=problem.code)
