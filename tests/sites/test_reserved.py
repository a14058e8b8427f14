"""Places kept in compounds: three each, one's own area, a second tap keeps no second place."""

from __future__ import annotations

import pytest

from personnel.roles import Role
from sites.models import ReservedSite
from tests.personnel.make import make_division, make_user
from tests.sites.make import make_round
from tests.sites.point_world import signed_in

pytestmark = pytest.mark.django_db


def make_compound(place, name: str, *, there: bool = False):
    compound = make_division("compound", place.community_there if there else place.community_here)
    compound.name, compound.community_id = name, compound.parent_id
    compound.save()
    return compound


def test_a_compound_leaves_the_list_with_its_third_place():
    place = make_round()
    compound = make_compound(place, "翡翠花园")
    client = signed_in(make_user(Role.STREET_OFFICIAL, place.here))

    for name in ("南门", "南门", "北门", "车库口"):
        assert "翡翠花园" in client.get("/reserved/").content.decode()
        sent = client.post("/reserved/add/", {"compound": compound.pk, "name": name})
        assert sent.status_code == 302

    assert ReservedSite.objects.count() == 3
    assert "翡翠花园" not in client.get("/reserved/").content.decode()
    assert "翡翠花园" in client.get("/reserved/?show=all").content.decode()


def test_a_compound_of_the_neighbour_is_neither_shown_nor_filled():
    place = make_round()
    compound = make_compound(place, "邻居花园", there=True)
    client = signed_in(make_user(Role.STREET_OFFICIAL, place.here))

    assert "邻居花园" not in client.get("/reserved/").content.decode()
    sent = client.post("/reserved/add/", {"compound": compound.pk, "name": "南门"})

    assert sent.status_code == 422
    assert not ReservedSite.objects.exists()


def test_a_place_without_a_name_is_refused_in_its_row():
    place = make_round()
    compound = make_compound(place, "翡翠花园")
    client = signed_in(make_user(Role.STREET_OFFICIAL, place.here))

    sent = client.post("/reserved/add/", {"compound": compound.pk, "name": "😀"})

    assert sent.status_code == 422
    assert 'value="😀"' in sent.content.decode()
