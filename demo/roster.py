"""The demo's people in the database: bodies, members, what is needed and who is booked for it.

Written in bulk, as a district's own lists would be imported; bookings of teams and vehicles go
through the product's services (`demo.wheels`).
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from demo import crew, places, roundplan

BY = "demo"
LISTED_AT = roundplan.STARTS - timedelta(days=2)
TRAINED_ON, VALID_UNTIL = date(2021, 11, 3), date(2022, 11, 3)
#: When people of the evening came: the seed shows the round just before it begins.
CAME_AT = roundplan.STARTS - timedelta(minutes=33)
PROOF = "应急采样培训 2021-11-03"
BODIES = (
    ("cq9", "市第九人民医院", "No. 9 People's Hospital", "hospital", None),
    ("bbtcm", "区中医院", "District Hospital of Chinese Medicine", "hospital", None),
    ("organs", "区级机关及支援镇街", "district bodies and other towns", "bureau", None),
    ("traffic", "区交通局", "District Transport Bureau", "bureau", None),
    ("bus", "公交公司", "Bus Company", "carrier", None),
)


@dataclass
class House:
    """What the parts of the demo's dispatch share."""

    district: Any
    divisions: dict[str, Any]
    round: Any
    by: str
    seed: int
    fraction: float
    bodies: dict[str, Any]
    roles: dict[str, Any]
    categories: dict[str, Any]
    #: Places of duty by street and the point's place in it; None is the street itself.
    posts: dict[tuple[str, int | None], Any]

    @property
    def scope(self) -> Any:
        from core.scope import Scope

        return Scope(districts=frozenset({self.district.pk}), everything=True, actor=self.by)


def build(divisions: dict[str, Any], round_: Any, *, by: str, seed: int, fraction: float) -> House:
    """Lists, people, needs and bookings of everybody but the medics."""
    from personnel.models import DutyRole, SourceCategory
    from personnel.services.terms import add_builtin_terms

    district = divisions[places.DISTRICT.code]
    add_builtin_terms(district_id=district.pk, by=BY, at=LISTED_AT)
    house = House(
        district=district, divisions=divisions, round=round_, by=by, seed=seed, fraction=fraction,
        bodies=_bodies(district, divisions),
        roles={r.code: r for r in DutyRole.objects.filter(district_id=district.pk)},
        categories={c.code: c for c in SourceCategory.objects.filter(district_id=district.pk)},
        posts=_posts(divisions, round_),
    )  # fmt: skip
    _state_needs(house)
    workers = list(crew.workers(seed=seed, fraction=fraction))
    members = [
        member_of(
            house, worker.name, worker.id_number, worker.phone, worker.category,
            "organs" if worker.category == "borrowed_official" else worker.street,
            street=worker.street,
        )
        for worker in workers
    ]  # fmt: skip
    store(house, zip(members, (worker.role for worker in workers), strict=True))
    _book(house, workers, members)
    return house


def member_of(
    house: House, name: str, number: str, phone: str, category: str, body: str,
    street: str | None = None,
) -> Any:  # fmt: skip
    """An unsaved member of the list; of a street, or of the whole district."""
    from core.crypto import blind_index
    from personnel.models import StaffMember
    from personnel.services.staff import set_identity

    member = StaffMember(
        person_key=blind_index(house.district.pk, "resident", number), id_number=number,
        id_last4=number[-4:], district_id=house.district.pk,
        street_id=house.divisions[street].pk if street else None,
        home_unit=house.bodies[body], source=house.categories[category], added_at=LISTED_AT,
    )  # fmt: skip
    set_identity(member, name=name, phone=phone)
    return member


def store(house: House, people: Iterable[tuple[Any, str]]) -> None:
    """Write members with their role, and what the role asks for as learnt in the course."""
    from personnel.models import Qualification, StaffMember

    pairs = list(people)
    StaffMember.objects.bulk_create([member for member, _role in pairs], batch_size=500)
    through = StaffMember.roles.through
    through.objects.bulk_create(
        [through(staffmember=member, dutyrole=house.roles[role]) for member, role in pairs],
        batch_size=1_000,
    )
    asked = {code: list(role.requires.all()) for code, role in house.roles.items()}
    Qualification.objects.bulk_create(
        [
            Qualification(
                member=member, kind=kind, obtained_on=TRAINED_ON, expires_on=VALID_UNTIL,
                proof=PROOF, at=LISTED_AT, by=BY,
            )
            for member, role in pairs
            for kind in asked[role]
        ],
        batch_size=1_000,
    )  # fmt: skip


def _bodies(district: Any, divisions: dict[str, Any]) -> dict[str, Any]:
    from personnel.models import Organisation

    rows = list(BODIES)
    for code in places.ROUND_STREETS:
        division = divisions[code]
        rows.append((code, division.name, division.name_en, "street", division.pk))
    return {
        code: Organisation.objects.create(
            district_id=district.pk, code=code, name=name, name_en=name_en, kind=kind,
            street_id=street, position=position,
        )
        for position, (code, name, name_en, kind, street) in enumerate(rows, 1)
    }  # fmt: skip


def _posts(divisions: dict[str, Any], round_: Any) -> dict[tuple[str, int | None], Any]:
    from personnel.models import DutyPlace
    from sites.models import SamplingPoint

    points = list(SamplingPoint.objects.filter(round=round_).order_by("pk"))
    made: dict[tuple[str, int | None], Any] = {}
    for code in places.ROUND_STREETS:
        street = divisions[code]
        ids = {"district_id": street.district_id, "street_id": street.pk}
        made[code, None] = DutyPlace(kind=DutyPlace.Kind.STREET, **ids)
        for point in (point for point in points if point.street_id == street.pk):
            key = (code, int(point.code.rpartition("-")[2]) - 1)
            made[key] = DutyPlace(kind=DutyPlace.Kind.POINT, point=point, **ids)
    DutyPlace.objects.bulk_create(made.values())
    return made


def _state_needs(house: House) -> None:
    from personnel.models import Shift

    rows = []
    for street in places.ROUND_STREETS:
        for stretch, (starts_at, ends_at) in crew.STRETCHES.items():
            for point, roles in crew.needs(street, house.fraction, stretch).items():
                post = house.posts[street, point]
                rows += [
                    Shift(
                        place=post, district_id=post.district_id, street_id=post.street_id,
                        round=house.round, role=house.roles[role], starts_at=starts_at,
                        ends_at=ends_at, needed=people, basis="按同时开放的采样台数",
                    )
                    for role, people in roles.items()
                ]  # fmt: skip
    Shift.objects.bulk_create(rows, batch_size=500)


def _book(house: House, workers: list[crew.Worker], members: list[Any]) -> None:
    from personnel.models import Duty

    rows = []
    for worker, member in zip(workers, members, strict=True):
        post = house.posts[worker.street, worker.point]
        for stretch in worker.stretches:
            starts_at, ends_at = crew.STRETCHES[stretch]
            here = stretch == crew.EVENING
            rows.append(
                Duty(
                    client_key=uuid.uuid4(), member=member, place=post,
                    role=house.roles[worker.role], district_id=post.district_id,
                    street_id=post.street_id, round=house.round, starts_at=starts_at,
                    ends_at=ends_at, at=LISTED_AT, by=house.by,
                    state="present" if here else "booked", arrived_at=CAME_AT if here else None,
                )
            )  # fmt: skip
    Duty.objects.bulk_create(rows, batch_size=500)


def desk_around_the_clock(house: House, people: list[Any]) -> None:
    """The dispatcher's desk, never empty: three people take turns of eight hours (S006)."""
    from personnel.models import Duty
    from personnel.services.places import add_place

    desk = add_place(
        kind="command", name="区指挥部值班室", street_id=None, around_the_clock=True,
        scope=house.scope, by=house.by, at=LISTED_AT,
    )  # fmt: skip
    starts: datetime = roundplan.STARTS - timedelta(hours=3)
    turn = timedelta(hours=8)
    Duty.objects.bulk_create(
        Duty(
            client_key=uuid.uuid4(), member=people[n % len(people)], place=desk,
            role=house.roles["duty_officer"], district_id=house.district.pk, round=house.round,
            starts_at=starts + n * turn, ends_at=starts + (n + 1) * turn, at=LISTED_AT,
            by=house.by, state="booked" if n else "present",
            arrived_at=None if n else starts - timedelta(minutes=8),
        )
        for n in range(5)
    )  # fmt: skip
