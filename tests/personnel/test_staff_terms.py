"""The usual lists of a district: complete, consistent with each other, never doubled."""

from __future__ import annotations

import pytest

from core.inputs import check_character
from personnel import builtin
from personnel.models import DutyRole, ReadinessFloor, SourceCategory, StaffingNorm
from personnel.services.terms import add_builtin_terms
from tests.personnel.make import make_district
from tests.personnel.people import START, make_document, make_member, make_team

pytestmark = pytest.mark.django_db


def test_a_district_begins_with_the_usual_lists_once() -> None:
    district = make_district().district

    first = add_builtin_terms(district_id=district.pk, by="test", at=START)
    SourceCategory.objects.filter(code="auxiliary").update(name="协管员")
    again = add_builtin_terms(district_id=district.pk, by="test", at=START)

    assert first == 9 + 5 + 15 + 6 + 6
    assert again == 0
    assert SourceCategory.objects.get(code="auxiliary").name == "协管员"
    sampler = DutyRole.objects.get(code="sampler")
    assert {kind.code for kind in sampler.requires.all()} == {"swab", "ppe", "hand_hygiene"}
    assert ReadinessFloor.objects.get(code="samplers").required == 110


def test_the_usual_norms_make_a_point_of_six_units_twenty_one_people() -> None:
    district = make_district().district
    add_builtin_terms(district_id=district.pk, by="test", at=START)

    units = sum(norm.people for norm in StaffingNorm.objects.filter(per="unit"))
    point = sum(norm.people for norm in StaffingNorm.objects.filter(per="point"))

    assert 6 * units + point == 21
    assert {norm.role for norm in builtin.NORMS} <= {job.code for job in builtin.ROLES}


def test_a_neighbour_keeps_its_own_lists() -> None:
    mine, theirs = make_district().district, make_district().district
    add_builtin_terms(district_id=mine.pk, by="test", at=START)

    assert not DutyRole.objects.filter(district_id=theirs.pk).exists()


def test_builders_make_people_whose_numbers_hold() -> None:
    place = make_district()
    numbers = {make_document(count) for count in range(3000)}

    assert len(numbers) == 3000
    assert all(check_character(number) == number[17] for number in numbers)
    member = make_member(place.district, place.here, qualified=["swab"])
    assert member.qualifications.count() == 1
    assert make_team(place.district).headcount == 10
