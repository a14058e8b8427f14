"""Builders for the register's bulk lane: files, uploads, and the worker's account."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from django.db import connections

from campaigns.services.register import jobs, uploads
from core import clock
from core.imports.models import ImportRun
from core.scope import Scope, scoped
from tests.personnel.make import District

HEADER = "姓名,证件类型,身份证号码,手机号,社区,楼栋,重点人群,出生日期"


@contextmanager
def worker() -> Iterator[None]:
    """The connection of this thread becomes the worker's; needs a transactional test."""
    default, other = connections["default"], connections["worker"]
    before = {key: default.settings_dict[key] for key in ("USER", "PASSWORD")}
    default.close()
    default.settings_dict.update({key: other.settings_dict[key] for key in before})
    try:
        yield
    finally:
        default.close()
        default.settings_dict.update(before)


def planner(place: District) -> Scope:
    return Scope(
        districts=frozenset({place.district.pk}),
        permissions=frozenset({"import_register", "see_register"}),
        actor="user:1:planner",
    )


def csv(*lines: str, header: str = HEADER) -> bytes:
    return ("\n".join([header, *lines]) + "\n").encode()


def row(
    number: str, place: District, *, name: str = "张三", community: str = "", **more: str
) -> str:
    home = community or place.community_here.code
    cells = [
        name, more.get("type", ""), number, more.get("phone", ""), home,
        more.get("building", ""), more.get("groups", ""), more.get("birth", ""),
    ]  # fmt: skip
    return ",".join(cells)


def upload(place: District, content: bytes, *, sender: str = "", size: int = 0) -> ImportRun:
    """Send a file in slices, as the page does, and finish."""
    scope, at = planner(place), clock.now()
    with scoped(scope):
        run = uploads.begin(
            run_id=uuid.uuid4(),
            district_id=place.district.pk,
            file_name="register.csv",
            size=len(content),
            sender=sender,
            by=scope.actor,
            at=at,
        )
        step = size or uploads.CHUNK_BYTES
        for number, start in enumerate(range(0, len(content), step)):
            uploads.store_chunk(
                run_id=run.pk, number=number, content=content[start : start + step], scope=scope
            )
        return uploads.finish(run_id=run.pk, scope=scope, by=scope.actor, at=at)


def work(rings: int = 1) -> None:
    with worker():
        for _ring in range(rings):
            jobs.work(by="system:worker", now=clock.now)


def checked(place: District, lines: Sequence[str], *, sender: str = "") -> ImportRun:
    """Upload rows and have them checked."""
    run = upload(place, csv(*lines), sender=sender)
    work()
    run.refresh_from_db()
    return run


def applied(place: District, lines: Sequence[str], *, sender: str = "") -> ImportRun:
    """Upload rows, have them checked, confirm and write them."""
    run = checked(place, lines, sender=sender)
    assert run.state == "checked", (run.state, run.failure)
    confirm(place, run)
    return run


def confirm(place: District, run: ImportRun) -> None:
    scope = planner(place)
    uploads.confirm(run_id=run.pk, preview=run.preview, scope=scope, by=scope.actor, at=clock.now())
    work()
    run.refresh_from_db()
