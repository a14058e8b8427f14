"""A backup point in another street, chosen by the district: a street's edits leave it alone."""

from __future__ import annotations

from datetime import time

import pytest

from personnel.roles import Role
from sites.models import SamplingPoint
from sites.services.bulk import Change, change_points
from tests.personnel.make import District, make_user
from tests.sites.make import NOW, make_round
from tests.sites.point_world import make_point, scope_of, signed_in

pytestmark = pytest.mark.django_db


def point_with_backup_there() -> tuple[District, SamplingPoint, SamplingPoint]:
    place = make_round()
    point, backup = make_point(place), make_point(place, there=True)
    point.backup = backup
    point.save()
    return place, point, backup


def test_a_form_that_cannot_offer_it_does_not_take_it_away():
    place, point, backup = point_with_backup_there()
    client = signed_in(make_user(Role.STREET_OFFICIAL, place.here))
    typed = {
        "code": point.code,
        "name": "新名",
        "community": place.community_here.pk,
        "kind": point.kind,
        "backup": "",
    }

    assert client.post(f"/points/{point.pk}/edit/", typed).status_code == 302

    point.refresh_from_db()
    assert (point.name, point.backup_id) == ("新名", backup.pk)


def test_many_points_change_beside_it():
    place, point, backup = point_with_backup_there()
    change = Change(act="hours", opens=time(6), closes=time(18))

    outcome = change_points(
        point_ids=[point.pk], change=change, scope=scope_of(place), by="test", at=NOW
    )

    point.refresh_from_db()
    assert (outcome.refused, point.opens, point.backup_id) == ([], time(6), backup.pk)


def test_another_one_of_the_own_street_takes_its_place():
    place, point, _backup = point_with_backup_there()
    near = make_point(place)
    change = Change(act="backup", backup=near.code)

    change_points(point_ids=[point.pk], change=change, scope=scope_of(place), by="test", at=NOW)

    point.refresh_from_db()
    assert point.backup_id == near.pk
