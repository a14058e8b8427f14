"""An invented register: the same seed always gives the same people.

Identity numbers are well formed (ISO 7064 check character, a real birth date, the district's
area code) but made up; phones use a block that serves no subscriber. No figure here describes a
real person.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import date, timedelta
from functools import lru_cache
from typing import NamedTuple
from uuid import UUID

from demo import places

#: The register is as of this day; nobody is born after it.
AS_OF = date(2021, 11, 4)

#: Residents of each other street on the register, so that passers-by are known (full size).
OUTSIDE_PER_STREET = 60

# Shares of five-year age groups in per mille, a pyramid like that of a Chinese city in 2020;
# the first group is given by single years, because the exemption is by age under three.
_YEARS = {0: 6.5, 1: 7.0, 2: 7.5, 3: 11.0, 4: 12.0}
_GROUPS = (
    *(64, 60, 52, 53, 66, 88, 71, 67, 82, 87),
    *(73, 53, 53, 36, 22, 14, 7, 3),
)

_SURNAMES = (
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗郑梁谢宋唐许韩冯邓曹"
    "彭曾肖田董袁潘于蒋蔡余杜叶程苏魏吕丁任沈"
)
_GIVEN = (
    "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超秀霞平刚桂英玉萍红文华建国"
    "海燕梅兰志鹏宇浩欣怡子轩雨涵博思远晨佳琪"
)

_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECKS = "10X98765432"
# Every three-digit serial with its weighted sum.
_TAILS = [(f"{n:03d}", n // 100 * 8 + n // 10 % 10 * 4 + n % 10 * 2) for n in range(1000)]


class Person(NamedTuple):
    """One invented resident; `community` indexes `places.COMMUNITIES`, `nth` is their place."""

    nth: int
    resident_id: UUID
    id_number: str
    name: str
    phone: str
    birth: date
    community: int
    building: str


def id_number(area: str, birth: date, serial: int) -> str:
    """An 18-character identity number with its check character (GB 11643, ISO 7064 MOD 11-2)."""
    head, weight = _head(area, birth)
    tail, more = _TAILS[serial]
    return head + tail + _CHECKS[(weight + more) % 11]


@lru_cache(maxsize=60_000)
def _head(area: str, birth: date) -> tuple[str, int]:
    """The first 14 digits and their weighted sum: many people share a birthday."""
    head = f"{area}{birth.isoformat().replace('-', '')}"
    return head, sum(int(c) * w for c, w in zip(head, _WEIGHTS, strict=False))


def scaled(parts: list[int], fraction: float) -> list[int]:
    """Scale whole numbers so that their sum is round(fraction x sum): largest remainders first."""
    wanted = round(sum(parts) * fraction)
    exact = [part * fraction for part in parts]
    out = [int(value) for value in exact]
    order = sorted(range(len(parts)), key=lambda i: (out[i] - exact[i], i))
    for i in order[: wanted - sum(out)]:
        out[i] += 1
    return out


def community_sizes(fraction: float) -> list[int]:
    """Registered people per community of `places.COMMUNITIES`; streets add up when scaled."""
    sizes = [0] * len(places.COMMUNITIES)
    for street in places.STREETS:
        members = [i for i, c in enumerate(places.COMMUNITIES) if c.street == street.code]
        if street.code in places.ROUND_STREETS:
            known = [places.COMMUNITIES[i].population or 0 for i in members]
        else:
            known = scaled([1] * len(members), OUTSIDE_PER_STREET / len(members))
        for i, size in zip(members, scaled(known, fraction), strict=True):
            sizes[i] = size
    return sizes


def people(*, seed: int = 7, fraction: float = 1.0) -> Iterator[Person]:
    """Every resident in a fixed order: community by community, building by building."""
    rng = random.Random(f"register-{seed}")
    births = _births(rng)
    serials: dict[date, int] = {}
    index = 0
    for number, size in enumerate(community_sizes(fraction)):
        building, room_left, household, phone, surname = 0, 0, 0, "", ""
        for _ in range(size):
            if room_left == 0:
                building, room_left = building + 1, rng.randint(60, 160)
            if household == 0:
                household = rng.choice((1, 2, 2, 3, 3, 3, 4, 5))
                phone = f"1990000{rng.randrange(10_000):04d}"
                surname = rng.choice(_SURNAMES)
            birth = next(births)
            serial = serials.get(birth, 0) + 1
            serials[birth] = serial
            yield Person(
                index,
                UUID(int=rng.getrandbits(128), version=4),
                id_number(places.DISTRICT.code, birth, serial),
                _surname(rng, surname) + _given(rng),
                phone,
                birth,
                number,
                f"{building}幢",
            )
            index += 1
            room_left -= 1
            household -= 1


def invented_name(rng: random.Random) -> str:
    """A name of nobody in particular."""
    return rng.choice(_SURNAMES) + _given(rng)


def age(birth: date) -> int:
    """Completed years on the day of the register."""
    return AS_OF.year - birth.year - ((AS_OF.month, AS_OF.day) < (birth.month, birth.day))


def _surname(rng: random.Random, of_household: str) -> str:
    return of_household if rng.random() < 0.6 else rng.choice(_SURNAMES)


def _given(rng: random.Random) -> str:
    pick = rng.random() * len(_GIVEN)
    first, rest = _GIVEN[int(pick)], pick % 1
    return first if rest < 0.2 else first + _GIVEN[int((rest - 0.2) / 0.8 * len(_GIVEN))]


def _births(rng: random.Random) -> Iterator[date]:
    shares = dict(_YEARS)
    for position, share in enumerate(_GROUPS):
        shares.update((5 + position * 5 + year, share / 5) for year in range(5))
    ages, weights = list(shares), list(shares.values())
    while True:
        for years in rng.choices(ages, weights, k=1024):
            yield AS_OF - timedelta(days=int((years + rng.random()) * 365.25) + 1)
