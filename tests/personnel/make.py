"""Plain builders for tests: two streets of one district, units, accounts, devices."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cache

from django.contrib.auth.hashers import make_password
from django.utils import timezone

from campaigns.models import Campaign, Division, Round, RoundTarget, TargetVersion
from personnel.models import Posting, User
from personnel.roles import Role
from personnel.services import devices
from sites.models import SamplingPoint, SamplingUnit

PASSWORD = "quiet-river-7-lanterns"
_numbers = itertools.count(1)


@dataclass(frozen=True)
class District:
    """A district with a street `here`, its neighbour `there`, and a community in each."""

    district: Division
    here: Division
    there: Division
    community_here: Division
    community_there: Division
    round: Round


def make_division(level: str, parent: Division | None = None) -> Division:
    number = next(_numbers)
    division = Division.objects.create(
        code=f"T{number:06}",
        name=f"{level} {number}",
        level=level,
        parent=parent,
        valid_from=date(2020, 1, 1),
    )
    division.district_id = parent.district_id if parent else division.pk
    division.street_id = division.pk if level == "street" else parent and parent.street_id
    division.community_id = division.pk if level == "community" else None
    division.save()
    return division


def make_district() -> District:
    district = make_division("district")
    here, there = make_division("street", district), make_division("street", district)
    campaign = Campaign.objects.create(
        district=district,
        name=f"campaign {next(_numbers)}",
        created_at=timezone.now(),
        created_by="test",
    )
    start = datetime(2021, 11, 4, 12, tzinfo=UTC)
    running = Round.objects.create(
        campaign=campaign,
        number=1,
        state="running",
        starts_at=start,
        planned_end_at=start + timedelta(hours=20),
    )
    return District(
        district,
        here,
        there,
        make_division("community", here),
        make_division("community", there),
        running,
    )


def make_targets(place: District) -> None:
    """Freeze 1,000 people as the target of each community of the round."""
    version = TargetVersion.objects.create(
        round=place.round, version=1, frozen_at=timezone.now(), frozen_by="test"
    )
    for community in (place.community_here, place.community_there):
        RoundTarget.objects.create(
            version=version,
            round=place.round,
            community=community,
            street_id=community.street_id,
            district_id=community.district_id,
            registered=1_000,
            exempt=0,
            target=1_000,
        )


def make_unit(place: District, *, street: Division | None = None) -> SamplingUnit:
    street = street or place.here
    community = place.community_here if street == place.here else place.community_there
    number = next(_numbers)
    point = SamplingPoint.objects.create(
        round=place.round,
        community=community,
        street_id=street.pk,
        district_id=place.district.pk,
        code=f"P{number}",
        name=f"point {number}",
    )
    return SamplingUnit.objects.create(
        point=point, street_id=street.pk, district_id=place.district.pk, number=1
    )


def make_user(
    role: Role | None = None,
    division: Division | None = None,
    *,
    ends_at: datetime | None = None,
    must_change_password: bool = False,
) -> User:
    number = next(_numbers)
    user = User(
        username=f"user{number}",
        display_name=f"User {number}",
        language="en",
        must_change_password=must_change_password,
    )
    user.password = _hashed()
    user.save()
    if role is not None:
        Posting.objects.create(
            user=user,
            role=role,
            division=division,
            starts_at=timezone.now() - timedelta(days=1),
            ends_at=ends_at,
        )
    return user


@cache
def _hashed() -> str:
    # Hashing is slow on purpose; one hash serves all accounts of a run.
    return make_password(PASSWORD)


def make_device_token(unit: SamplingUnit) -> tuple[int, str]:
    at = timezone.now()
    _device, code = devices.issue_code(unit=unit, label="phone", by="test", at=at)
    enrolled = devices.enrol(code=code, at=at)
    return enrolled.device.pk, enrolled.token
