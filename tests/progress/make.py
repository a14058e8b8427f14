"""A round with figures in both of its streets, read as boards and the API read it."""

from __future__ import annotations

import itertools
from datetime import datetime, timedelta

from campaigns.models import RoundTarget, TargetVersion
from core import clock
from core.scope import Scope, scoped
from reporting.progress.services.recount import recount_marked
from tests.sites.make import NOW, START, Desk, id_number, make_desk, make_resident

_tubes = itertools.count(1)


def make_two_streets() -> tuple[Desk, Desk]:
    """A desk in each street; both communities are in the frozen target (90 and 50 people)."""
    here = make_desk()
    there = make_desk(here.place, here.place.there)
    RoundTarget.objects.create(
        version=TargetVersion.objects.get(round=here.place.round),
        round=here.place.round,
        community=here.place.community_there,
        street_id=here.place.there.pk,
        district_id=here.place.district.pk,
        registered=50,
        exempt=0,
        target=50,
    )
    return here, there


def sample(desk: Desk, at: datetime, *, people: int = 0, strangers: int = 0) -> str:
    """One tube of residents of the desk's own street and of strangers; returns its code."""
    place, code = desk.place, f"FULL{next(_tubes):06}"
    home = place.community_here if desk.unit.street_id == place.here.pk else place.community_there
    numbers = [make_resident(place, home)[1] for _ in range(people)]
    numbers += [id_number() for _ in range(strangers)]
    items = [
        desk.item("add", at + timedelta(seconds=n), tube=code, person={"id_number": number})
        for n, number in enumerate(numbers)
    ]
    assert set(desk.verdicts(desk.item("open", at, tube=code, pool_size=30), *items)) == {"created"}
    return code


def district(desk: Desk) -> Scope:
    return Scope(
        districts=frozenset({desk.place.district.pk}),
        permissions=frozenset({"see_board", "export_progress", "see_conflicts"}),
    )


def official(desk: Desk) -> Scope:
    """Somebody of the desk's street only."""
    return Scope(
        streets=frozenset({desk.unit.street_id}),
        permissions=frozenset({"see_board", "see_conflicts"}),
    )


def recount(desk: Desk) -> None:
    with scoped(district(desk)):
        recount_marked(at=clock.now())


__all__ = ["NOW", "START", "district", "make_two_streets", "official", "recount", "sample"]
