"""Where sheets of a round may be imported to: whole rounds, or one's own streets in them."""

from __future__ import annotations

from collections.abc import Iterable

from campaigns.models import Division, Round
from core.imports.kinds import Place, PlaceChoice
from core.scope import Scope


def places_in(rounds: Iterable[Round], scope: Scope) -> list[PlaceChoice]:
    """A whole round for somebody of its district, for an official the own streets in it."""
    streets = list(
        Division.objects.streets().current().filter(pk__in=scope.streets).order_by("code")
    )
    found = []
    for each in rounds:
        district, context = each.campaign.district_id, {"round": each.pk}
        if district in scope.districts:
            found.append(PlaceChoice(str(each.pk), str(each), Place(district, None, context)))
            continue
        found += [
            PlaceChoice(
                f"{each.pk}-{street.pk}", f"{each} · {street.name}",
                Place(district, street.pk, context),
            )
            for street in streets
            if street.district_id == district
        ]  # fmt: skip
    return found
