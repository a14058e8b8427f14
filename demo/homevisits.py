"""Ninety-six people who cannot come, asked for on the eve and given to teams of two."""

from __future__ import annotations

import uuid
from datetime import timedelta

from demo import crew, places, roundplan
from demo.loading import groups_of
from demo.register import Person
from demo.roster import House

VISITS, TEAMS = 96, 6
HELPERS = ("broadcaster", "usher")
REASONS = ("old", "bedridden", "disabled", "ill")


def seed(house: House, people: list[Person]) -> int:
    """Ask for the visits in Caijiagang and give them to its visit teams; how many there are."""
    from logistics.services.visit_plans import assign
    from logistics.services.visit_requests import Ask, ask
    from logistics.services.visit_teams import add_team
    from personnel.models import StaffMember

    street = house.divisions[crew.CAIJIAGANG]
    told = {"scope": house.scope, "by": house.by}
    at = roundplan.STARTS - timedelta(minutes=40)
    immobile = [
        person
        for person in people
        if places.COMMUNITIES[person.community].street == crew.CAIJIAGANG
        and "immobile" in groups_of(person)
    ]
    chosen = immobile[:: max(1, len(immobile) // VISITS)][:VISITS]
    asked = [
        ask(
            client_key=uuid.uuid5(uuid.NAMESPACE_OID, f"{house.round.pk}-visit-{person.nth}"),
            round_id=house.round.pk, at=at, **told,
            asked=Ask(
                reason=REASONS[person.nth % len(REASONS)], source="street",
                resident_id=person.resident_id,
            ),
        )
        for person in chosen
    ]  # fmt: skip
    helpers = StaffMember.objects.filter(street_id=street.pk, roles__code__in=HELPERS)
    pairs = list(helpers.order_by("roles__code", "pk")[: 2 * TEAMS])
    share = -(-len(asked) // TEAMS) or 1
    for nth in range(min(TEAMS, len(pairs) // 2)):
        mine = asked[nth * share : (nth + 1) * share]
        if not mine:
            break
        team = add_team(
            street_id=street.pk, name=f"上门第{nth + 1}组", at=at, **told,
            member_ids=[member.pk for member in pairs[2 * nth : 2 * nth + 2]],
        )  # fmt: skip
        assign(visit_ids=[visit.pk for visit in mine], team_id=team.pk, at=at, **told)
    return len(asked)
