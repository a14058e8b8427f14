"""A district's people and vehicles for the dispatch bench: lists, needs, and who is booked.

Written as rows, without the limits of hours: what is measured is the board over them.
"""

from __future__ import annotations

import time
import uuid
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any

from bench.load import people
from bench.load.district import BY, District

#: People of each role at a point of five units, and how many of the list hold the role.
CREW = {"sampler": 5, "registrar": 5, "usher": 5, "head": 1, "police": 1, "disinfector": 1}
SHIFT = timedelta(hours=6)
#: Every ninth place in a crew stays empty: the gaps that the board shows.
EMPTY = 9
FIRST_PERSON = 5_000_000


def fill(district: District, *, staff: int, vehicles: int, begins: datetime, shifts: int) -> float:
    """Lists, `staff` people in two crews, `shifts` shifts of six hours at every point.

    People come in as a district brings them in, by a sheet that is checked and confirmed; returns
    the seconds which that took.
    """
    from django.db import transaction

    from logistics.services.vehicles import add_builtin_classes
    from personnel.services.terms import add_builtin_terms

    with transaction.atomic():
        add_builtin_terms(district_id=district.id, by=BY, at=begins)
        add_builtin_classes(district_id=district.id, by=BY, at=begins)
        _home(district)
    took = _import(district, staff, begins)
    with transaction.atomic():
        roles = _people(district, begins)
        _rosters(district, roles, begins, shifts)
        _vehicles(district, vehicles, begins)
        _teams(district, begins)
    _analyze()
    return took


def _home(district: District) -> None:
    from personnel.models import Organisation

    Organisation.objects.create(
        district_id=district.id, code="H1", name="市第九人民医院", name_en="Ninth Hospital",
        kind="hospital",
    )  # fmt: skip


def _import(district: District, staff: int, at: datetime) -> float:
    """Bring the list in by its sheet; seconds from the file to the last row written."""
    from campaigns.models import Division
    from core.imports.kinds import kind_of
    from core.imports.services.checking import Upload, start_run
    from core.imports.services.confirming import confirm_run
    from core.scope import Scope, scoped
    from personnel.models import DutyRole
    from personnel.roles import POLICY, Role

    names = dict(DutyRole.objects.filter(district_id=district.id).values_list("code", "name"))
    streets = list(
        Division.objects.filter(pk__in=district.streets)
        .order_by("pk")
        .values_list("name", flat=True)
    )
    order = [code for code, count in CREW.items() for _each in range(count)]
    lines = ["姓名,身份证号,手机,所属单位,人员类别,岗位,街道,队伍编号"]
    for n in range(staff):
        role = names[order[n // len(streets) % len(order)]]
        lines.append(
            f"张伟,{people.document(FIRST_PERSON + n)},13800000000,市第九人民医院,医务人员,{role},"
            f"{streets[n % len(streets)]},"
        )
    scope = Scope(
        districts=frozenset({district.id}), actor=BY,
        permissions=frozenset(map(str, POLICY[Role.DISPATCHER].permissions)),
    )  # fmt: skip
    began = time.monotonic()
    with scoped(scope):
        kind = kind_of("staff")
        run = start_run(
            run_id=uuid.uuid4(), kind=kind, place=kind.places(scope)[0].place,
            upload=Upload("\n".join(lines).encode(), "staff.csv"), by=BY, at=at,
        )  # fmt: skip
        _run, written = confirm_run(run_id=run.pk, preview=run.preview, scope=scope, by=BY, at=at)
    if not written:
        raise LookupError("the list of people was not written")
    return time.monotonic() - began


def _people(district: District, at: datetime) -> dict[str, list[uuid.UUID]]:
    """The people of each role, certified in all it requires."""
    from personnel.models import DutyRole, StaffMember

    roles = {role.code: role for role in DutyRole.objects.filter(district_id=district.id)}
    through = StaffMember.roles.through.objects.order_by("staffmember_id")
    holding = {
        code: list(through.filter(dutyrole=roles[code]).values_list("staffmember_id", flat=True))
        for code in CREW
    }
    _qualify(roles, holding, at)
    return holding


def _qualify(roles: dict[str, Any], holding: dict[str, list[uuid.UUID]], at: datetime) -> None:
    from personnel.models import Qualification

    def rows() -> Iterator[Qualification]:
        for code, members in holding.items():
            for kind in roles[code].requires.all():
                for pk in members:
                    yield Qualification(
                        member_id=pk, kind=kind, obtained_on=date(2022, 1, 1),
                        expires_on=date(2023, 1, 1), at=at, by=BY,
                    )  # fmt: skip

    Qualification.objects.bulk_create(rows(), batch_size=2_000)


def _rosters(
    district: District, holding: dict[str, list[uuid.UUID]], begins: datetime, shifts: int
) -> None:
    from personnel.models import Duty, DutyPlace, DutyRole, Shift

    roles = {role.code: role for role in DutyRole.objects.filter(district_id=district.id)}
    points = sorted({(desk.point, desk.street) for desk in district.desks})
    places = DutyPlace.objects.bulk_create(
        DutyPlace(kind="point", point_id=point, street_id=street, district_id=district.id)
        for point, street in points
    )
    Shift.objects.bulk_create(
        (
            Shift(
                place=place, district_id=district.id, street_id=place.street_id,
                round_id=district.round, role=roles[code], starts_at=begins + SHIFT * nth,
                ends_at=begins + SHIFT * (nth + 1), needed=count,
                basis="published team of a point",
            )
            for place in places for code, count in CREW.items() for nth in range(shifts)
        ),
        batch_size=4_000,
    )  # fmt: skip

    def booked() -> Iterator[Duty]:
        for code, count in CREW.items():
            half = len(holding[code]) // 2
            seats = [place for place in places for _each in range(count)]
            for nth in range(shifts):
                crew = holding[code][half:] if nth % 2 else holding[code][:half]
                for seat, (place, member) in enumerate(zip(seats, crew, strict=False)):
                    if seat % EMPTY == nth % EMPTY:
                        continue
                    yield Duty(
                        client_key=uuid.uuid4(), member_id=member, place=place, role=roles[code],
                        district_id=district.id, street_id=place.street_id,
                        round_id=district.round, starts_at=begins + SHIFT * nth,
                        ends_at=begins + SHIFT * (nth + 1), at=begins, by=BY,
                    )  # fmt: skip

    Duty.objects.bulk_create(booked(), batch_size=4_000)


def _vehicles(district: District, count: int, begins: datetime) -> None:
    from logistics.models import Trip, Vehicle, VehicleClass
    from personnel.models import DutyPlace, Organisation

    kind = VehicleClass.objects.get(district_id=district.id, code="coach")
    owner = Organisation.objects.get(district_id=district.id, code="H1")
    places = DutyPlace.objects.bulk_create(
        DutyPlace(kind="vehicle", name=f"渝A{n:05d}", district_id=district.id) for n in range(count)
    )
    cars = Vehicle.objects.bulk_create(
        Vehicle(
            district_id=district.id, plate=place.name, vehicle_class=kind, seats=45, boxes=0,
            owner=owner, place=place, pool="reserve" if n % 5 == 4 else "service", added_at=begins,
        )
        for n, place in enumerate(places)
    )  # fmt: skip
    hour = timedelta(hours=1)
    Trip.objects.bulk_create(
        Trip(
            client_key=uuid.uuid4(), district_id=district.id, kind="staff", vehicle=car,
            street_id=district.streets[n % len(district.streets)], seats=45, room=0, people=40,
            starts_at=begins + hour * (3 * nth + n % 3),
            ends_at=begins + hour * (3 * nth + n % 3 + 2),
            at=begins, by=BY,
        )
        for n, car in enumerate(cars) if car.pool == "service" and n
        for nth in range(6)
    )  # fmt: skip


def _teams(district: District, begins: datetime) -> None:
    from personnel.models import Organisation, SourceCategory, SupportTeam

    sent_by = Organisation.objects.get(district_id=district.id, code="H1")
    source = SourceCategory.objects.get(district_id=district.id, code="medic")
    SupportTeam.objects.bulk_create(
        SupportTeam(
            district_id=district.id, code=f"T{n:02d}", name=f"支援{n}队", name_en=f"team {n}",
            sent_by=sent_by, source=source, headcount=40, arrives_at=begins - timedelta(hours=6),
        )
        for n in range(12)
    )  # fmt: skip


def _analyze() -> None:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(
            "ANALYZE personnel_staffmember, personnel_staffmember_roles, personnel_qualification,"
            " personnel_duty, personnel_shift, personnel_dutyplace, logistics_trip,"
            " logistics_vehicle, personnel_supportteam"
        )
