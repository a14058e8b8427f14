"""The district's own lists: rows and words, bodies, what roles require, staffing norms."""

from __future__ import annotations

from decimal import Decimal

import pytest

from core.scope import scoped
from personnel.models import DutyRole, Organisation, SourceCategory, StaffingNorm
from personnel.roles import Role
from tests.personnel.staff_desk import make_desk, signed_in

pytestmark = pytest.mark.django_db


def test_the_lists_take_rows_and_new_words() -> None:
    desk = make_desk()
    client, _user = signed_in(Role.DISPATCHER, desk.place.district)
    category = SourceCategory.objects.get(code="auxiliary")
    added = client.post(
        "/staff/lists/categories/", {"code": "soldier", "name": "部队官兵", "name_en": "soldiers"}
    )
    twice = client.post("/staff/lists/categories/", {"code": "soldier", "name": "部队官兵"})
    renamed = client.post(f"/staff/lists/categories/{category.pk}/", {"name": "协管员"})
    body = client.post(
        "/staff/lists/bodies/", {"name": "交通局", "kind": "bureau", "phone": "023-68281234"}
    )
    category.refresh_from_db()

    assert added.status_code == renamed.status_code == body.status_code == 302
    assert twice.status_code == 422
    assert (category.code, category.name) == ("auxiliary", "协管员")
    bureau = Organisation.objects.get(name="交通局")
    assert (bureau.code, bureau.phone) == ("U01", "02368281234")
    assert "02368281234" in client.get("/staff/contacts/").text
    assert client.get(f"/staff/lists/?edit=bodies-{bureau.pk}").status_code == 200


def test_a_street_keeps_bodies_of_its_own() -> None:
    desk = make_desk()
    client, _user = signed_in(Role.STREET_OFFICIAL, desk.place.here)
    mine = client.post(
        "/staff/lists/bodies/",
        {"name": "街道办", "kind": "street", "street": desk.place.here.pk},
    )
    whole = client.post("/staff/lists/bodies/", {"name": "区局", "kind": "bureau"})
    theirs = client.post(
        f"/staff/lists/bodies/{desk.hospital.pk}/", {"name": "改名", "kind": "hospital"}
    )

    assert (mine.status_code, whole.status_code, theirs.status_code) == (302, 422, 404)


def test_role_requirements_come_from_the_districts_own_kinds() -> None:
    desk, other = make_desk(), make_desk()
    client, _user = signed_in(Role.DISPATCHER, desk.place.district)
    role = DutyRole.objects.get(district_id=desk.place.district.pk, code="usher")
    mine = {"name": "引导员", "function": "support"}
    foreign = other.place.district.pk
    kinds = {
        d: DutyRole.objects.get(district_id=d, code="sampler").requires.first().pk
        for d in (desk.place.district.pk, foreign)
    }
    url = f"/staff/lists/roles/{role.pk}/"
    refused = client.post(url, mine | {"requires": [kinds[foreign]]})
    kept = client.post(url, mine | {"requires": [kinds[desk.place.district.pk]]})

    assert (refused.status_code, kept.status_code) == (422, 302)
    assert role.requires.count() == 1


def test_a_new_district_begins_its_lists_with_one_button() -> None:
    desk = make_desk()
    DutyRole.objects.filter(code="broadcaster").delete()
    client, _user = signed_in(Role.DISPATCHER, desk.place.district)

    assert client.post("/staff/lists/begin/").status_code == 302
    with scoped(desk.district):
        assert DutyRole.objects.filter(code="broadcaster").exists()


def test_a_norm_is_set_with_its_source_and_ended() -> None:
    desk = make_desk()
    client, _user = signed_in(Role.DISPATCHER, desk.place.district)
    usher = DutyRole.objects.get(code="usher")
    sent = {"role": usher.pk, "per": "unit", "people": "1.5", "source": "区指挥部通知"}
    unsourced = client.post("/staff/lists/norms/", sent | {"source": ""})
    kept = client.post("/staff/lists/norms/", sent)
    norm = StaffingNorm.objects.get(role=usher)
    shown = client.get(f"/staff/lists/?edit=norms-{norm.pk}")
    ended = client.post("/staff/lists/norms/", sent | {"people": ""})

    assert unsourced.status_code == 422
    assert kept.status_code == ended.status_code == 302
    assert (norm.people, norm.source) == (Decimal("1.5"), "区指挥部通知")
    assert shown.context["norm_form"].initial["people"] == norm.people
    assert not StaffingNorm.objects.filter(role=usher).exists()
