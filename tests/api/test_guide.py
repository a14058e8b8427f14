"""The page about the API says what its reader may pull, and nothing of what they may not."""

from __future__ import annotations

import pytest

from personnel.roles import Role
from reporting.outlets.api.registry import RESOURCES
from tests.api.world import signed_in
from tests.personnel.make import make_district

pytestmark = pytest.mark.django_db


def test_it_lists_what_its_reader_may_pull():
    place = make_district()
    whole = signed_in(Role.COMMANDER, place.district).get("/api-guide/").content.decode()
    own = signed_in(Role.STREET_OFFICIAL, place.here).get("/api-guide/").content.decode()

    assert all(f"GET /api/v1/{each.name}/" in whole for each in RESOURCES)
    assert "GET /api/v1/points/" in own
    assert "GET /api/v1/situation-reports/" not in own
    assert "<script>" not in whole
    assert 'style="' not in whole
