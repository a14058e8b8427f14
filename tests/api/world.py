"""Two streets with one of everything that the API shows, and somebody who may ask in each area."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.test import Client

from core import clock
from personnel.roles import Role
from reporting.daily.models import ReportColumn, ReportLine, ReportVersion, VersionCell
from tests.api.make import publish
from tests.permissions import alerts, api, daily, duty, matters, situation, vehicles
from tests.personnel.make import District, make_district, make_targets, make_unit, make_user


@dataclass(frozen=True)
class Everything:
    """`keys`: the id of one item by resource and side."""

    place: District
    commander: Client
    official: Client
    keys: dict[str, dict[str, Any]]
    secrets: list[str]
    things: dict[str, dict[str, Any]]

    @property
    def here(self) -> int:
        return self.place.here.pk

    @property
    def there(self) -> int:
        return self.place.there.pk

    @property
    def district(self) -> int:
        return self.place.district.pk


def signed_in(role: Role, division: Any) -> Client:
    client = Client()
    client.force_login(make_user(role, division))
    return client


def make_everything() -> Everything:
    place = make_district()
    clock.set_clock(place.round.starts_at + timedelta(hours=2), rate=0.001)
    make_targets(place)
    units = {"here": make_unit(place), "there": make_unit(place, street=place.there)}
    units["here"].point.lead_name = "LEAD-NAME"
    units["here"].point.lead_phone = "13800001234"
    units["here"].point.save()
    things: dict[str, dict[str, Any]] = {}
    for room in (alerts, daily, duty, matters, vehicles, api, situation):
        things |= room.furnish(place, units)
    _said(place, things["report"]["here"], 731)
    publish()
    world = _Asked(place, units, things)
    keys = {
        name: {side: key(world, side) for side in ("here", "there")}
        for name, key in api.KEYS.items()
    }
    members = [duty.member.name_mask for duty in things["duties"].values()]
    secrets = ["LEAD-NAME", "13800001234", *(v.plate for v in things["vehicles"].values()),
               *members, "user:"]  # fmt: skip
    return Everything(
        place, signed_in(Role.COMMANDER, place.district),
        signed_in(Role.STREET_OFFICIAL, place.here), keys, secrets, things,
    )  # fmt: skip


@dataclass(frozen=True)
class _Asked:
    """What rows of the permission table ask of their world."""

    place: District
    units: dict[str, Any]
    things: dict[str, dict[str, Any]]

    def street(self, side: str) -> Any:
        return self.place.here if side == "here" else self.place.there

    def community(self, side: str) -> Any:
        return self.place.community_here if side == "here" else self.place.community_there


def _said(place: District, report: Any, value: int) -> None:
    """The submitted version holds one number."""
    version = ReportVersion.objects.get(report=report, number=1)
    column = ReportColumn.objects.filter(form_id=report.cutoff.form_id, unit="persons")[0]
    assert ReportLine.objects.filter(report=report).exists()
    VersionCell.objects.create(
        version=version, community=place.community_here, column=column, value=value
    )
