"""What tests of the list of people begin with: a district, a desk at it, a street's desk."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.conf import settings
from django.test import Client

from core import clock
from core.scope import Scope
from personnel.models import Organisation, SourceCategory, User
from personnel.roles import POLICY, Role
from personnel.services.staff import Details
from personnel.services.terms import add_builtin_terms
from tests.personnel.make import District, make_district, make_user
from tests.personnel.people import make_organisation

AT = datetime(2021, 11, 4, 11, tzinfo=UTC)


@dataclass(frozen=True)
class Desk:
    """A district with its lists; scopes of a dispatcher there and of an official of `here`."""

    place: District
    district: Scope
    street: Scope
    hospital: Organisation
    medic: SourceCategory

    def details(self, **over: Any) -> Details:
        """Somebody of the hospital who works for the whole district."""
        given = {
            "name": "陈小明",
            "phone": "13900001234",
            "home_unit_id": self.hospital.pk,
            "source_id": self.medic.pk,
        }
        return Details(**given | over)

    def who(self, scope: Scope | None = None, at: datetime = AT) -> dict[str, Any]:
        scope = scope or self.district
        return {"scope": scope, "by": scope.actor, "at": at}


def make_desk() -> Desk:
    place = make_district()
    add_builtin_terms(district_id=place.district.pk, by="test", at=AT)
    return Desk(
        place,
        _scope(Role.DISPATCHER, districts=frozenset({place.district.pk})),
        _scope(Role.STREET_OFFICIAL, streets=frozenset({place.here.pk})),
        make_organisation(place.district, name="第九医院", code="H9"),
        SourceCategory.objects.get(district_id=place.district.pk, code="medic"),
    )


def signed_in(role: Role, division: Any) -> tuple[Client, User]:
    """A browser of somebody with this role there, in English."""
    user = make_user(role, division)
    client = Client()
    client.force_login(user)
    client.cookies[settings.LANGUAGE_COOKIE_NAME] = "en"
    return client, user


def stop_clock(at: datetime = AT) -> None:
    """Let the scenario show `at` now; it runs as real time does."""
    clock.set_clock(at)


def _scope(role: Role, **area: Any) -> Scope:
    permissions = frozenset(each.value for each in POLICY[role].permissions)
    return Scope(permissions=permissions, actor=f"user:1:{role}", **area)
