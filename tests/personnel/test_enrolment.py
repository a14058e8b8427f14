"""A device is enrolled from its unit's page: the code is shown once and kept nowhere."""

from __future__ import annotations

import re

import pytest

from personnel.models import Device
from personnel.roles import Role
from personnel.services import roll
from tests.personnel.make import make_district, make_unit, make_user
from tests.sites.point_world import signed_in

pytestmark = pytest.mark.django_db


def test_the_code_of_the_page_enrols_a_device_and_is_never_cached():
    roll.forget()
    place = make_district()
    unit = make_unit(place)
    client = signed_in(make_user(Role.POINT_LEAD, place.here))

    shown = client.post(f"/units/{unit.pk}/enrol/", {"label": "phone of desk 1"})

    assert shown.status_code == 201
    assert "no-store" in shown["Cache-Control"]
    code = re.search(rb"[A-Z0-9]{4}-[A-Z0-9]{4}", shown.content).group().decode()
    enrolled = client.post(
        "/api/v1/devices/enrol/", {"code": code}, content_type="application/json"
    )
    assert enrolled.status_code == 201
    assert Device.objects.get().unit_id == unit.pk
    assert code not in client.get(f"/units/{unit.pk}/enrol/").content.decode()


def test_a_device_without_a_name_is_not_made():
    place = make_district()
    unit = make_unit(place)
    client = signed_in(make_user(Role.POINT_LEAD, place.here))

    assert client.post(f"/units/{unit.pk}/enrol/", {"label": " "}).status_code == 422
    assert not Device.objects.exists()
