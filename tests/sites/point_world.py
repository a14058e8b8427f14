"""Builders for points: a point that may open, one that may not, and somebody who acts."""

from __future__ import annotations

from datetime import time

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from core import clock
from core.scope import Scope
from sites.models import PointArea, PointCheck, SamplingPoint, SamplingUnit
from sites.models.points import State
from sites.queries.preparation import AREAS, CHECKS
from tests.personnel.make import District, make_unit
from tests.sites.make import NOW


def scope_of(place: District, *permissions: str) -> Scope:
    """Somebody of the street `here`."""
    return Scope(
        streets=frozenset({place.here.pk}),
        permissions=frozenset(permissions),
        actor="test:street",
    )


def make_point(place: District, *, units: int = 2, there: bool = False) -> SamplingPoint:
    """A planned point, nothing of it prepared."""
    unit = make_unit(place, street=place.there if there else None)
    point = unit.point
    for number in range(2, units + 1):
        SamplingUnit.objects.create(
            point=point, street_id=point.street_id, district_id=point.district_id, number=number
        )
    return point


def prepare(point: SamplingPoint) -> SamplingPoint:
    """Meet everything that the point needs before it opens."""
    point.lead_name = "王点长"
    point.opens, point.closes = time(8), time(20)
    point.save()
    PointArea.objects.bulk_create(
        [
            PointArea(point=point, kind=kind, required=required, ready=required)
            for kind, required in AREAS.items()
        ]
    )
    PointCheck.objects.bulk_create(
        [
            PointCheck(point=point, code=check.code, met_at=NOW, met_by="test:lead")
            for check in CHECKS
        ]
    )
    return point


def opened(point: SamplingPoint) -> SamplingPoint:
    """A prepared point that is open with its units."""
    prepare(point)
    SamplingPoint.objects.filter(pk=point.pk).update(state=State.OPEN)
    point.units.update(state=State.OPEN, opened_at=clock.now())
    point.refresh_from_db()
    return point


def signed_in(user) -> Client:
    client = Client(headers={"accept-language": "en"})
    client.force_login(user)
    return client


def statements(client: Client, url: str) -> list[str]:
    """What a page asks the database, without the clock: that is read again every second."""
    with CaptureQueriesContext(connection) as asked:
        assert client.get(url).status_code == 200
    return [query["sql"] for query in asked if "core_clock" not in query["sql"]]
