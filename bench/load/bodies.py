"""Capture requests made beforehand: the timed part of a bench only writes bytes to a socket."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from bench.load import people
from bench.load.district import Desk, District

POOL = 10
#: One in so many is known to the device by its roster, or is on no register.
BY_ROSTER = 12
OFF_REGISTER = 33
#: One in so many lives in another community than where they queue.
FROM_ELSEWHERE = 8
_HERE = timedelta(hours=8)


@dataclass(frozen=True, slots=True)
class Shot:
    """One whole request, and what the checker must know of it.

    `swabs` are the ids of its add items, `items` the number of all.
    """

    request: bytes
    unit: int
    street: int
    swabs: tuple[str, ...]
    items: int


@dataclass
class Press:
    """Makes tubes one after another: every id, code and person is new until the register ends.

    Same seed, same events. Strangers follow from `next_person`, residents from where each
    community's queue begins (`first`): presses at work in one round need different ones. `host`
    goes into the requests' header. `round` may differ from the district's own.
    """

    district: District
    seed: int = 1
    host: str = "127.0.0.1"
    next_person: int = 0
    tubes: int = 0
    round: int = 0
    first: int = 0
    queues: dict[int, int] = field(default_factory=dict)
    rng: random.Random = field(init=False)

    def __post_init__(self) -> None:
        self.rng = random.Random(self.seed)
        self.round = self.round or self.district.round

    def tube(self, desk: Desk, at: datetime, size: int = POOL) -> tuple[list[str], list[str]]:
        """(items, swab ids) of a desk's tube at `at` (aware): opened, `size` people, sealed."""
        self.tubes += 1
        code = f"T{self.seed:03d}-{self.tubes:07d}"
        when = (at + _HERE).strftime("%Y-%m-%dT%H:%M:%S+08:00")
        milliseconds = int(at.timestamp() * 1000)
        tail = f'"at":"{when}","round":{self.round},"tube":"{code}"'
        seq = self.tubes * 32
        first = self.uuid(milliseconds)
        items = [
            f'{{"id":"{first}","kind":"open","seq":{seq},{tail},"pool_size":{POOL}'
            ',"channel":"general"}'
        ]
        swabs = []
        for k in range(size):
            swab = self.uuid(milliseconds)
            swabs.append(swab)
            items.append(
                f'{{"id":"{swab}","kind":"add","seq":{seq + k + 1},{tail},'
                f'"person":{self.person(desk.home)}}}'
            )
        early = "" if size >= POOL else ',"early_reason":"end of the queue"'
        last = self.uuid(milliseconds)
        items.append(f'{{"id":"{last}","kind":"seal","seq":{seq + size + 1},{tail}{early}}}')
        return items, swabs

    def uuid(self, milliseconds: int) -> str:
        """A version 7 UUID as text."""
        r = self.rng.getrandbits(74)
        return (
            f"{milliseconds >> 16:08x}-{milliseconds & 0xFFFF:04x}-7{r & 0xFFF:03x}"
            f"-{0x8000 | r >> 60:04x}-{r >> 12 & 0xFFFFFFFFFFFF:012x}"
        )

    def person(self, home: int) -> str:
        """The next person in a community's queue, as the device names them."""
        n = self.next_person
        self.next_person += 1
        if n % OFF_REGISTER == 0:
            number = people.stranger(n)
            return f'{{"id_number":"{number}","name":"李娜","phone":"19900000000"}}'
        if n % FROM_ELSEWHERE == 0:
            home = self.rng.randrange(self.district.homes)
        k = self.queues.get(home, self.first)
        self.queues[home] = k + 1
        resident = people.resident_of(home, k, self.district.homes, self.district.residents)
        if n % BY_ROSTER == 0:
            return f'{{"roster_id":"{people.roster_id(resident)}"}}'
        return f'{{"id_number":"{people.document(resident)}","name":"张伟"}}'

    def shot(self, desk: Desk, at: datetime, sizes: Sequence[int] = (POOL,)) -> Shot:
        """One request of one device: a tube for each of `sizes`."""
        items: list[str] = []
        swabs: list[str] = []
        for size in sizes:
            more_items, more_swabs = self.tube(desk, at, size)
            items += more_items
            swabs += more_swabs
        return shot(desk, items, swabs, self.host)

    def shots(
        self, count: int, start: datetime, per_second: float, sizes: Sequence[int] = (POOL,)
    ) -> list[Shot]:
        """`count` requests of units in random order, dated as they will be sent."""
        return [
            self.shot(desk, start + timedelta(seconds=k / per_second), sizes)
            for k, desk in enumerate(self.some_desks(count))
        ]

    def some_desks(self, count: int) -> Iterator[Desk]:
        """Desks in random order; every desk has its turn before one comes again."""
        desks = self.district.desks[:]
        for k in range(count):
            if k % len(desks) == 0:
                self.rng.shuffle(desks)
            yield desks[k % len(desks)]


def shot(desk: Desk, items: Sequence[str], swabs: Sequence[str], host: str = "127.0.0.1") -> Shot:
    """One request of a device with these items."""
    body = f'{{"items":[{",".join(items)}]}}'
    request = post(host, "/api/v1/capture/", body.encode(), f"Device {desk.token}")
    return Shot(request, desk.unit, desk.street, tuple(swabs), len(items))


def cut(press: Press, desk: Desk, items: Sequence[str], swabs: Sequence[str]) -> list[Shot]:
    """Two requests that hold a tube's events in random order, half each."""
    adds = dict(zip(items[1:-1], swabs, strict=True))
    mixed = press.rng.sample(list(items), len(items))
    middle = len(mixed) // 2
    return [
        shot(desk, half, [adds[item] for item in half if item in adds], press.host)
        for half in (mixed[:middle], mixed[middle:])
    ]


def backlog_sizes(items: int) -> list[int]:
    """Tubes that make up exactly `items` items (a tube of n people has n + 2); at least 3."""
    if items < 3:
        raise ValueError("a tube with somebody in it has at least 3 items")
    full, rest = divmod(items, POOL + 2)
    sizes = [POOL] * full
    if rest >= 3:
        sizes.append(rest - 2)
    elif rest:
        sizes[-1] -= 3 - rest
        sizes.append(1)
    return sizes


def post(host: str, path: str, body: bytes, authorization: str) -> bytes:
    """A POST of JSON as bytes, for a connection that stays open."""
    head = (
        f"POST {path} HTTP/1.1\r\nHost: {host}\r\nContent-Type: application/json\r\n"
        f"Authorization: {authorization}\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


def get(host: str, path: str, headers: dict[str, str] | None = None) -> bytes:
    """A GET as bytes, for a connection that stays open."""
    lines = "".join(f"{name}: {value}\r\n" for name, value in (headers or {}).items())
    return f"GET {path} HTTP/1.1\r\nHost: {host}\r\n{lines}\r\n".encode()
