"""Builders of matters, log lines and requests: the people of two streets, and what they send."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from core import clock
from core.scope import Scope
from personnel.models import User
from personnel.queries import standing_of
from personnel.roles import Role
from reporting.alerts.models import ExceptionRequest, LogEntry, Matter
from reporting.alerts.services import log, matters, requests
from reporting.alerts.services.responsible import Responsible
from tests.personnel.make import District, make_district, make_user

NOON = datetime(2021, 11, 5, 4, tzinfo=UTC)
PEOPLE = Responsible("Leader Li", "deputy head", "Secretary Su", "party secretary")


@dataclass
class Town:
    """A district with two streets and whoever is asked for, each made once."""

    place: District
    _scopes: dict[tuple[str, str, int], tuple[User, Scope]] = field(default_factory=dict)

    def person(self, role: Role, side: str = "here", number: int = 1) -> tuple[User, Scope]:
        """Somebody who holds the role at the district, or on that side at its street or
        community; another number is another person."""
        if (role, side, number) not in self._scopes:
            division = {
                Role.STREET_OFFICIAL: getattr(self.place, side),
                Role.POINT_LEAD: getattr(self.place, side),
                Role.COMMUNITY_WORKER: getattr(self.place, f"community_{side}"),
            }.get(role, self.place.district)
            user = make_user(role, division)
            standing = standing_of(user.pk, at=datetime.now(UTC), role=role)
            assert standing is not None
            self._scopes[role, side, number] = (user, standing.scope)
        return self._scopes[role, side, number]

    def who(self, role: Role, side: str = "here", number: int = 1, **after: int) -> dict[str, Any]:
        """`scope`, `by` and `at` (noon, or so long after) of this person's acts."""
        scope = self.person(role, side, number)[1]
        return {"scope": scope, "by": scope.actor, "at": NOON + timedelta(**after)}

    def matter(self, role: Role = Role.COMMUNITY_WORKER, side: str = "here", **over: Any) -> Matter:
        said = {
            "client_key": uuid.uuid4(), "kind": "staff", "urgency": "serious",
            "what": "two samplers short", "wanted": "two samplers before four",
            "responsible": PEOPLE,
        }  # fmt: skip
        return matters.raise_matter(**said | self.who(role, side) | over)

    def step(
        self, matter: Matter, action: str, who: dict[str, Any], words: str = "ok", **more: Any
    ) -> Matter:
        key = uuid.uuid4()
        return matters.take_step(
            matter_id=matter.pk, action=action, client_key=key, words=words, **more, **who
        )

    def entry(self, role: Role = Role.STREET_OFFICIAL, side: str = "here", **over: Any) -> LogEntry:
        said = {"client_key": uuid.uuid4(), "text": "queue dissolved"}
        return log.add_entry(**said | self.who(role, side) | over)

    def request(self, side: str = "here", **over: Any) -> ExceptionRequest:
        said = {
            "client_key": uuid.uuid4(), "kind": "home_isolation",
            "subject": "a household of two, building 7", "why": "dialysis every other day",
        }  # fmt: skip
        return requests.ask(**said | self.who(Role.COMMUNITY_WORKER, side) | over)


def make_town() -> Town:
    clock.set_clock(NOON, rate=0.001)
    return Town(make_district())
