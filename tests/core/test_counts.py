"""Persons and swabs never mix."""

import pytest

from core.counts import Persons, PersonTimes, Tubes, Units


def test_the_same_kind_adds_and_keeps_its_kind():
    total = sum([Persons(2), Persons(3)], 0) - Persons(10)
    assert total == -5
    assert type(total) is Persons
    assert type(3 * Tubes(2)) is Tubes
    assert type(-Units(1)) is Units
    assert max(Tubes(1), Tubes(3)) == 3


@pytest.mark.parametrize("other", [PersonTimes(1), Tubes(1), 1])
@pytest.mark.parametrize(
    "act",
    [
        lambda a, b: a + b,
        lambda a, b: b + a,
        lambda a, b: a - b,
        lambda a, b: b - a,
        lambda a, b: a < b,
        lambda a, b: a >= b,
    ],
)
def test_kinds_do_not_mix(act, other):
    with pytest.raises(TypeError):
        act(Persons(5), other)


def test_a_count_takes_no_fraction():
    with pytest.raises(TypeError):
        Persons(5) + 1.5


def test_two_counts_are_not_multiplied_but_divide_to_a_ratio():
    with pytest.raises(TypeError):
        Tubes(2) * Persons(10)
    with pytest.raises(TypeError):
        Tubes(2) * 1.5
    assert Persons(99) / Tubes(10) == 9.9


def test_kinds_have_words_and_signs():
    assert [kind.symbol for kind in (Persons, PersonTimes, Tubes, Units)] == [
        "人",
        "人次",
        "管",
        "台",
    ]
    assert str(Persons.label)
    assert repr(Tubes(3)) == "Tubes(3)"
    assert f"{Tubes(1234):,}" == "1,234"
