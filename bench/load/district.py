"""A synthetic district with a running round, written as the database's owner.

Streets, communities, points, units and devices are the product's own rows; only the devices'
tokens are made without the ceremony of a code, since a thousand of those would take the minute.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from bench.load import people

#: 08:00 in Shanghai, on a quarter hour.
STARTS = datetime(2022, 9, 1, 0, 0, tzinfo=UTC)
#: What the scenario's clock shows when a bench begins.
BEGINS = STARTS + timedelta(hours=2)
BY = "bench"


@dataclass(frozen=True)
class Size:
    """How large the district is. Points are dealt out to the communities in turn."""

    streets: int = 18
    communities: int = 12
    points: int = 648
    units_per_point: int = 2
    residents: int = 600_000

    @property
    def homes(self) -> int:
        """Communities in all."""
        return self.streets * self.communities


#: As in the method of docs/performance.md, and a third of its units for the short form.
FULL = Size()
QUICK = Size(points=216, residents=60_000)


@dataclass(frozen=True, slots=True)
class Desk:
    """One unit with its device; `home` is the index of the community it stands in."""

    unit: int
    point: int
    home: int
    street: int
    district: int
    device: int
    token: str


@dataclass(frozen=True)
class District:
    """What the load needs to know of the rows that were made.

    `homes` is the number of communities, by which residents are dealt out (`people.home`).
    """

    id: int
    round: int
    streets: list[int]
    communities: list[int]
    desks: list[Desk]
    residents: int
    homes: int


def build(size: Size, *, begins: datetime = BEGINS, prepare: bool = True) -> District:
    """Make everything, and set the scenario's clock to `begins`, running at the world's pace.

    Without `prepare` the round has no partitions yet: `history.fill` makes them.
    """
    from django.db import transaction

    from core import clock

    clock.set_clock(begins, 1)
    with transaction.atomic():
        district, streets, communities = _divisions(size)
        _register(size, district, streets, communities)
        round_ = new_round(district, 1, communities=communities, size=size, prepare=prepare)
        desks = _desks(round_, size, district, streets, communities)
    _analyze()
    return District(district, round_, streets, communities, desks, size.residents, size.homes)


def _divisions(size: Size) -> tuple[int, list[int], list[int]]:
    from django.db import connection

    from campaigns.models import Division

    day = date(2020, 1, 1)
    top = Division.objects.create(
        code="500109", name="试验区", level="district", kind="district", valid_from=day
    )
    streets = Division.objects.bulk_create(
        Division(
            code=f"500109{s:03d}", name=f"第{s + 1}街道", name_en=f"Street {s + 1}",
            level="street", kind="street", parent=top, district_id=top.pk, valid_from=day,
        )
        for s in range(size.streets)
    )  # fmt: skip
    communities = Division.objects.bulk_create(
        Division(
            code=f"500109{c // size.communities:03d}{c % size.communities:03d}",
            name=f"第{c + 1}社区", level="community", kind="community", valid_from=day,
            parent=streets[c // size.communities], district_id=top.pk,
            street_id=streets[c // size.communities].pk,
        )
        for c in range(size.homes)
    )  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute("UPDATE campaigns_division SET district_id = id WHERE level = 'district'")
        cursor.execute("UPDATE campaigns_division SET street_id = id WHERE level = 'street'")
        cursor.execute("UPDATE campaigns_division SET community_id = id WHERE level = 'community'")
    return top.pk, [s.pk for s in streets], [c.pk for c in communities]


def _register(size: Size, district: int, streets: list[int], communities: list[int]) -> None:
    """Residents by COPY. One ciphertext serves for all: capture never reads it."""
    from django.db import connection

    from core.crypto import blind_index, encrypt

    secret = "\\\\x" + encrypt("张伟").hex()
    statement = """COPY campaigns_resident (id, person_key, district_id, street_id, community_id,
        building, id_type, id_number, name, phone, id_last4, name_mask, groups) FROM STDIN"""
    with connection.cursor() as cursor, cursor.copy(statement) as copy:
        for start in range(0, size.residents, 5_000):
            lines = []
            for n in range(start, min(start + 5_000, size.residents)):
                number, home = people.document(n), people.home(n, size.homes)
                lines.append(
                    f"{people.roster_id(n)}\t{blind_index(district, 'resident', number)}"
                    f"\t{district}\t{streets[home // size.communities]}\t{communities[home]}\t1"
                    f"\tresident\t{secret}\t{secret}\t{secret}\t{number[-4:]}\t张*\t[]\n"
                )
            copy.write("".join(lines).encode())
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE campaigns_resident")


def new_round(
    district: int,
    number: int,
    *,
    communities: list[int],
    size: Size,
    starts: datetime = STARTS,
    prepare: bool = True,
) -> int:
    """A running round whose target is the whole register; its id."""
    from django.db import connection

    from campaigns.models import Campaign, Deadline, Division, Round, RoundTarget, TargetVersion

    campaign, _made = Campaign.objects.get_or_create(
        district_id=district, name="全员核酸检测",
        defaults={"kind": "full", "trigger": "bench", "created_at": starts, "created_by": BY},
    )  # fmt: skip
    round_ = Round.objects.create(
        campaign=campaign, number=number, state="running", starts_at=starts,
        planned_end_at=starts + timedelta(hours=16), pool_size=10,
    )  # fmt: skip
    if prepare:
        with connection.cursor() as cursor:
            cursor.execute("SELECT sites_prepare_round(%s)", [round_.pk])
    Deadline.objects.create(
        round=round_, level="district", division_id=district, due_at=starts + timedelta(hours=16)
    )
    version = TargetVersion.objects.create(
        round=round_, version=1, frozen_at=starts, frozen_by=BY, reason="bench"
    )
    rows = Division.objects.filter(pk__in=communities).values_list("pk", "street_id")
    streets = {pk: street for pk, street in rows if street}
    each, more = divmod(size.residents, size.homes)
    RoundTarget.objects.bulk_create(
        RoundTarget(
            version=version, round=round_, community_id=pk, street_id=streets[pk],
            district_id=district, registered=each + (i < more), exempt=0,
            target=each + (i < more),
        )
        for i, pk in enumerate(communities)
    )  # fmt: skip
    return round_.pk


def _desks(
    round_: int, size: Size, district: int, streets: list[int], communities: list[int]
) -> list[Desk]:
    """Points with their units, all open, each with a device that holds a token."""
    from django.utils import timezone

    from personnel import tokens
    from personnel.models import Device
    from sites.models import SamplingPoint, SamplingUnit

    points = SamplingPoint.objects.bulk_create(
        SamplingPoint(
            round_id=round_, community_id=communities[p % size.homes], district_id=district,
            street_id=streets[p % size.homes // size.communities], code=f"P{p:04d}",
            name=f"{p + 1}号采样点",
        )
        for p in range(size.points)
    )  # fmt: skip
    units = SamplingUnit.objects.bulk_create(
        SamplingUnit(
            point=point, street_id=point.street_id, district_id=district, number=number + 1,
            state="open", opened_at=STARTS,
        )
        for number in range(size.units_per_point)
        for point in points
    )  # fmt: skip
    at = timezone.now()
    secrets = [tokens.new_token() for _unit in units]
    devices = Device.objects.bulk_create(
        Device(
            unit=unit, label=f"bench {unit.pk}", created_at=at, created_by=BY, enrolled_at=at,
            token_hash=tokens.token_hash(secret), expires_at=at + timedelta(days=1),
        )
        for unit, secret in zip(units, secrets, strict=True)
    )  # fmt: skip
    return [
        Desk(u.pk, u.point_id, k % size.points % size.homes, u.street_id, district, d.pk, secret)
        for k, (u, d, secret) in enumerate(zip(units, devices, secrets, strict=True))
    ]


def commander(district: int) -> tuple[str, str]:
    """An account that may see the whole district; (user name, password)."""
    from campaigns.models import Division
    from personnel.passwords import make_password_text
    from personnel.roles import Role

    password = make_password_text()
    _account("commander", password, Role.COMMANDER, Division.objects.get(pk=district))
    return "commander", password


def planner(district: int) -> tuple[str, str]:
    """An account that may import the district's register; (user name, password)."""
    from campaigns.models import Division
    from personnel.passwords import make_password_text
    from personnel.roles import Role

    password = make_password_text()
    _account("planner", password, Role.PLANNER, Division.objects.get(pk=district))
    return "planner", password


def street_official(street: int) -> tuple[str, str]:
    """An account that sees one street; (user name, password)."""
    from campaigns.models import Division
    from personnel.passwords import make_password_text
    from personnel.roles import Role

    password = make_password_text()
    name = f"street{street}"
    _account(name, password, Role.STREET_OFFICIAL, Division.objects.get(pk=street))
    return name, password


def person(role: Any, division: Any) -> tuple[str, str]:
    """An account of a role, named like it; (user name, password)."""
    from personnel.passwords import make_password_text

    password = make_password_text()
    _account(role.value, password, role, division)
    return role.value, password


def _account(name: str, password: str, role: Any, division: Any) -> None:
    from django.utils import timezone

    from personnel.services import postings, users

    user = users.create_user(
        username=name, display_name=name, password=password, by=BY, must_change_password=False
    )
    postings.post(user=user, role=role, division=division, by=BY, at=timezone.now())


def wall(round_: int, division: int) -> str:
    """Path of a wall that shows a division."""
    from django.urls import reverse
    from django.utils import timezone

    from campaigns.models import Division, Round
    from personnel.services.walls import create_wall_link

    _link, token = create_wall_link(
        round=Round.objects.get(pk=round_), division=Division.objects.get(pk=division),
        label="bench", by=BY, at=timezone.now(),
    )  # fmt: skip
    return reverse("boards:wall", args=[token])


def _analyze() -> None:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("ANALYZE campaigns_resident, campaigns_roundtarget, sites_samplingunit")
        cursor.execute("ANALYZE personnel_device")
