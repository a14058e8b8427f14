"""The invented register: well formed, reproducible, and adding up to the real populations."""

from collections import Counter

import pytest

from core.inputs.identity import RESIDENT, id_document
from demo import places, register, roundplan


def test_same_seed_gives_the_same_people_and_another_seed_others():
    first = list(register.people(seed=7, fraction=0.005))
    again = list(register.people(seed=7, fraction=0.005))
    other = list(register.people(seed=8, fraction=0.005))

    assert first == again
    assert {p.id_number for p in first} != {p.id_number for p in other}


def test_identity_numbers_pass_the_products_own_check_and_are_unique():
    people = list(register.people(fraction=0.02))

    assert all(id_document(RESIDENT, p.id_number) == p.id_number for p in people)
    assert len({p.id_number for p in people}) == len(people)
    assert all(p.id_number[6:14] == p.birth.strftime("%Y%m%d") for p in people)


@pytest.mark.parametrize("fraction", [1.0, 0.1, 0.013])
def test_streets_scale_exactly(fraction):
    sizes = register.community_sizes(fraction)
    by_street = Counter()
    for row, size in zip(places.COMMUNITIES, sizes, strict=True):
        by_street[row.street] += size

    for code in places.ROUND_STREETS:
        assert by_street[code] == round(places.street(code).population * fraction)


def test_streets_add_up_to_the_district():
    assert len(places.STREETS) == 17
    assert sum(row.population for row in places.STREETS) == places.DISTRICT.population


def test_few_are_exempt_and_the_youngest_all_are():
    people = list(register.people(fraction=0.05))

    exempt = roundplan.exemptions(people, 7)

    young = {
        p.nth
        for p in people
        if register.age(p.birth) < 3
        and places.COMMUNITIES[p.community].street in places.ROUND_STREETS
    }
    assert young <= set(exempt)
    assert 0.02 < len(exempt) / len(people) < 0.035
