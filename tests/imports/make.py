"""A planner, a street official and a clerk of the tree, and sheets on their way in."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.test import Client
from django.urls import reverse

from campaigns.models import Division
from core import clock
from core.imports.kinds import kind_of
from core.imports.models import ImportRun
from core.imports.services.checking import Upload, start_run
from core.scope import Scope, scoped
from personnel.roles import Role
from tests.imports.files import table
from tests.personnel.make import District, make_district, make_user

HEADINGS = ["编码", "名称", "级别", "上级编码", "人口"]


@dataclass(frozen=True)
class Desk:
    """A district and the scope of somebody who manages its tree."""

    place: District
    scope: Scope

    @property
    def district(self) -> Division:
        return self.place.district


def make_desk() -> Desk:
    place = make_district()
    scope = Scope(
        districts=frozenset({place.district.pk}),
        permissions=frozenset({"manage_divisions", "manage_points"}),
        actor="user:1:planner",
    )
    return Desk(place, scope)


def client_of(role: Role, division: Division) -> Client:
    client = Client()
    client.force_login(make_user(role, division))
    return client


def rows_of_streets(desk: Desk, count: int) -> list[list[str]]:
    return [
        [f"S{number:03}", f"街道 {number}", "街道", desk.district.code, "1000"]
        for number in range(count)
    ]


def bring(
    desk: Desk,
    rows: Sequence[Sequence[str]],
    *,
    kind: str = "divisions",
    headings: Sequence[str] = HEADINGS,
    run_id: uuid.UUID | None = None,
    choice: int = 0,
) -> ImportRun:
    """Check a sheet through the services, under row-level security as a request has it."""
    known = kind_of(kind)
    with scoped(desk.scope):
        return start_run(
            run_id=run_id or uuid.uuid4(),
            kind=known,
            place=known.places(desk.scope)[choice].place,
            upload=Upload(table([list(headings), *rows]).encode(), "sheet.csv"),
            by=desk.scope.actor,
            at=clock.now(),
        )


def post_sheet(client: Client, kind: str, text: str, **more):
    return client.post(reverse("imports:start", args=[kind]), {"pasted": text} | more)


def seeing(run: ImportRun):
    """Row-level security opened for whoever may see the run."""
    return scoped(Scope(districts=frozenset({run.district_id})))


def verdicts(run: ImportRun) -> dict[int, str]:
    with seeing(run):
        return dict(run.rows.order_by("line").values_list("line", "verdict"))


def codes(run: ImportRun) -> dict[int, list[str]]:
    """The reasons of each row that has any."""
    with seeing(run):
        rows = list(run.rows.order_by("line").exclude(reasons=[]))
    return {row.line: [reason["code"] for reason in row.reasons] for row in rows}


def ended_namesake(division: Division) -> Division:
    """A division of before whose code a current one carries now."""
    fields = {each.attname: getattr(division, each.attname) for each in division._meta.fields}
    fields |= {"id": None, "valid_from": date(2000, 1, 1), "valid_to": date(2001, 1, 1)}
    old = Division.objects.create(**fields)
    setattr(old, f"{old.level}_id", old.pk)
    old.save()
    return old
