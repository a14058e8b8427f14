"""Issues come by the clock: owed, made of one cut, frozen, and given to delivery."""

from __future__ import annotations

import hashlib
import logging
import time
from datetime import datetime

from django.db import transaction
from django.db.models import Max

from campaigns.models import Round
from core import clock
from core.inputs import Conflict, Refused
from core.locks import try_named_lock
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
ACTOR = "system:worker"


def open_due_runs(*, by: str, at: datetime) -> int:
    """Open every issue whose cut-off has come; those that were missed are made up for.

    Safe to run twice and by two workers: a lock of the outlet, and one issue per cut-off.
    """
    opened = 0
    for outlet_id in Outlet.objects.filter(active=True).order_by("pk").values_list("pk", flat=True):
        opened += _open_of(outlet_id, by=by, at=at)
    return opened


@transaction.atomic
def _open_of(outlet_id: int, *, by: str, at: datetime) -> int:
    if not try_named_lock(f"outlet-runs-{outlet_id}"):
        return 0
    outlet = Outlet.objects.select_related("superior").get(pk=outlet_id)
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
    """Open an issue besides the schedule, of the last quarter of an hour: somebody was asked."""
    outlets = Outlet.objects.within(scope).select_related("superior")
    outlet = outlets.select_for_update(no_key=True, of=("self",)).filter(pk=outlet_id).first()
    if outlet is None:
        raise unknown()
    moment = clock.quarter_of(at)
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
        if not found.waits:
            _fail(run, found.problem, by=by, at=at)
        return False
    except Refused as refused:
        _fail(run, Problem(refused.code, dict(refused.params)), by=by, at=at)
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
    endpoint = run.outlet.endpoint
    if endpoint is not None and endpoint.disabled_at is None:
        queue_run(run, file, endpoint, by=by, at=at)


def _fail(run: OutletRun, problem: Problem, *, by: str, at: datetime) -> None:
    run.state, run.problem, run.problem_params = RunState.FAILED, problem.code, problem.params
    run.save(update_fields=["state", "problem", "problem_params"])
    step(run, RunStep.Act.FAILED, by=by, at=at, words=problem.code)
