"""Plain builders of people for tests: organisations, roles, members, teams.

`district` and `street` are divisions. Rows are written beneath the floor of the whole district.
"""

from __future__ import annotations

import itertools
import uuid
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

from campaigns.models import Division
from core.crypto import attribute_print, blind_index, mask_name, mask_phone
from core.inputs import check_character
from core.scope import Scope, scoped
from personnel.models import (
    DutyRole,
    Organisation,
    Qualification,
    QualificationKind,
    SourceCategory,
    StaffMember,
    SupportTeam,
    User,
)

START = datetime(2021, 11, 4, 12, tzinfo=UTC)
"""When the rounds of these tests begin; people were on the list a day before."""
FROM, TO = date(2021, 1, 1), date(2031, 1, 1)
_numbers = itertools.count(1)


def floor_of(district: Division) -> Any:
    """Row-level security open for a district, as for somebody posted there."""
    return scoped(Scope(districts=frozenset({district.pk})))


def make_document(number: int | None = None) -> str:
    """A number of the right form that belongs to nobody: people born on one day of 1980."""
    count = next(_numbers) if number is None else number
    first = f"990000{1980 + count // 365_000:04}{1 + count // 28_000 % 12:02}"
    first += f"{1 + count // 1000 % 28:02}{count % 1000:03}"
    document = first + check_character(first)
    # A sheet takes three noughts at the end for digits that a spreadsheet lost.
    return make_document() if number is None and document.endswith("000") else document


def make_organisation(
    district: Division, *, street: Division | None = None, kind: str = "hospital", **over: Any
) -> Organisation:
    number = next(_numbers)
    fields = {"code": f"ORG{number}", "name": f"单位{number}", "name_en": f"body {number}"}
    return Organisation.objects.create(
        district_id=district.pk, street_id=street.pk if street else None, kind=kind, **fields | over
    )


def make_kind(district: Division, code: str = "swab", **over: Any) -> QualificationKind:
    return QualificationKind.objects.get_or_create(
        district_id=district.pk, code=code, defaults={"name": code, "valid_days": 365} | over
    )[0]


def make_role(
    district: Division, code: str = "sampler", *, requires: Sequence[str] = (), **over: Any
) -> DutyRole:
    """The district's role of this code; made, with what it requires, if it is not there."""
    role, fresh = DutyRole.objects.get_or_create(
        district_id=district.pk, code=code, defaults={"name": code} | over
    )
    if fresh:
        role.requires.set([make_kind(district, each) for each in requires])
    return role


def make_category(district: Division, code: str = "medic", **over: Any) -> SourceCategory:
    defaults = {"name": code, "medical": code == "medic"} | over
    return SourceCategory.objects.get_or_create(
        district_id=district.pk, code=code, defaults=defaults
    )[0]


def make_member(
    district: Division,
    street: Division | None = None,
    *,
    roles: Sequence[DutyRole] = (),
    qualified: Sequence[QualificationKind | str] = (),
    user: User | None = None,
    name: str = "",
    phone: str = "13800000000",
    **over: Any,
) -> StaffMember:
    """A person of the district, or of a street; `qualified` holds what was proven, as it lasts."""
    document = make_document()
    name = name or f"测试{next(_numbers)}"
    key = blind_index(district.pk, "resident", document)
    with floor_of(district):
        member = StaffMember(
            id=uuid.uuid4(), person_key=key, district_id=district.pk,
            street_id=street.pk if street else None, id_number=document, name=name, phone=phone,
            id_last4=document[-4:], name_mask=mask_name(name), phone_mask=mask_phone(phone),
            name_print=attribute_print(key, "name", name),
            phone_print=attribute_print(key, "phone", phone),
            user=user, added_at=START - timedelta(days=1),
        )  # fmt: skip
        for field, value in over.items():
            setattr(member, field, value)
        if member.home_unit_id is None:
            member.home_unit = make_organisation(district, street=street)
        if member.source_id is None:
            member.source = make_category(district)
        member.save(force_insert=True)
        member.roles.set(roles)
        for each in qualified:
            kind = make_kind(district, each) if isinstance(each, str) else each
            Qualification.objects.create(
                member=member, kind=kind, obtained_on=FROM, expires_on=TO, at=START, by="test"
            )
    return member


def make_team(district: Division, *, headcount: int = 10, **over: Any) -> SupportTeam:
    number = next(_numbers)
    fields: dict[str, Any] = {
        "code": f"TEAM{number}",
        "name": f"支援队{number}",
        "name_en": f"team {number}",
        "arrives_at": START - timedelta(hours=12),
    }
    fields |= over
    if "sent_by" not in fields:
        fields["sent_by"] = make_organisation(district, kind="sending")
    if "source" not in fields:
        fields["source"] = make_category(district)
    return SupportTeam.objects.create(district_id=district.pk, headcount=headcount, **fields)
