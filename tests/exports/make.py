"""Builders for bulk exports: who asks, what is sampled, and the worker that writes the file."""

from __future__ import annotations

import csv
import io
import uuid
from typing import Any

from core import clock
from core.scope import Scope, scoped
from reporting.outlets.models import ExportJob
from reporting.outlets.services import export_work
from reporting.outlets.services.exports import Wanted, ask_export, decide_export, parts_of
from reporting.progress.services.recount import recount_marked
from tests.campaigns.make_register import worker
from tests.personnel.make import District
from tests.sites.make import Desk, make_resident


def asker(place: District, *, actor: str = "user:1:planner") -> Scope:
    return Scope(
        districts=frozenset({place.district.pk}),
        permissions=frozenset({"export_rows", "export_persons"}),
        actor=actor,
    )


def second(place: District, *, actor: str = "user:2:commander") -> Scope:
    return Scope(
        districts=frozenset({place.district.pk}),
        permissions=frozenset({"export_rows", "grant_persons"}),
        actor=actor,
    )


def sampled(desk: Desk, code: str, people: int, *, seal: bool = True) -> list[str]:
    """A tube with so many registered people in it; their document numbers."""
    numbers = [make_resident(desk.place)[1] for _ in range(people)]
    items = [desk.open(code), *(desk.add(code, number) for number in numbers)]
    if seal:
        items.append(desk.item("seal", tube=code))
    assert {result["verdict"] for result in desk.send(*items)} == {"created"}
    return numbers


def ask(place: District, kind: str, **more: Any) -> ExportJob:
    scope = more.pop("scope", None) or asker(place)
    wanted = {"format": "csv", "round_id": place.round.pk, "language": "en", **more}
    if kind == "progress":
        wanted = {"level": "unit", "width": 1, **wanted}
    with scoped(scope):
        return ask_export(
            wanted=Wanted(kind=kind, **wanted), key=uuid.uuid4(), scope=scope, by=scope.actor,
            at=clock.now(),
        )  # fmt: skip


def agree(place: District, job: ExportJob, **more: Any) -> ExportJob:
    scope = second(place)
    said = {"granted": True, "answer": "", "by": scope.actor, **more}
    with scoped(scope):
        return decide_export(job_id=job.pk, scope=scope, at=clock.now(), **said)


def work() -> int:
    with worker():
        return export_work.work_exports(by="system:worker", now=clock.now)


def recount() -> None:
    with worker():
        recount_marked(at=clock.now())


def written(place: District, kind: str, **more: Any) -> ExportJob:
    """Ask for a file and have the worker write it."""
    job = ask(place, kind, **more)
    if job.personal:
        agree(place, job)
    work()
    job.refresh_from_db()
    assert job.state == "done", (job.state, job.failure)
    return job


def content(place: District, job: ExportJob) -> bytes:
    with scoped(asker(place)):
        return b"".join(parts_of(job))


def csv_rows(place: District, job: ExportJob) -> list[dict[str, str]]:
    text = content(place, job).decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text)))
