"""Who answers for an area: typed once, taken over by later matters (S076)."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

from core.inputs import Refused, clean_name
from reporting.alerts.models import Matter
from reporting.alerts.plainwords import without_persons
from reporting.alerts.services.places import Place


@dataclass(frozen=True)
class Responsible:
    """The two who answer for an area (S076): names and posts, never telephone numbers."""

    leader_name: str = ""
    leader_post: str = ""
    direct_name: str = ""
    direct_post: str = ""


def responsible_for(place: Place) -> Responsible:
    """Who answered for this area when a matter of it was raised last; empty where nobody knows.

    The leader in charge is the street's; the one directly responsible is the community's own.
    """
    street = Matter.objects.filter(district_id=place.district_id, street_id=place.street_id)
    leader = street.order_by("-pk").first()
    direct = street.filter(community_id=place.community_id).order_by("-pk").first()
    return Responsible(
        leader.leader_name if leader else "",
        leader.leader_post if leader else "",
        direct.direct_name if direct else "",
        direct.direct_post if direct else "",
    )


def complete(given: Responsible, place: Place) -> Responsible:
    """What was given, with the persons known of the area where they were left out.

    A post goes with its name: another name does not take over the post of the one before. Raises
    Refused where a name or a post is missing, and for a number in their place.
    """
    known = responsible_for(place)
    found = {}
    for who in ("leader", "direct"):
        name, post = f"{who}_name", f"{who}_post"
        found[name] = _clean(getattr(given, name)) or getattr(known, name)
        found[post] = _clean(getattr(given, post))
        if not found[post] and found[name] == getattr(known, name):
            found[post] = getattr(known, post)
        for field in (name, post):
            if not found[field]:
                raise Refused(
                    "responsible_missing",
                    _(
                        "Name the two who are responsible; later matters of this area take them "
                        "over."
                    ),
                ).at(field)
    return Responsible(**found)


def _clean(text: str) -> str:
    if not text.strip():
        return ""
    return clean_name(without_persons(text, max_length=40), max_length=40)
