"""Words of places and positions, in the language of the page."""

from __future__ import annotations

from collections.abc import Mapping

from django import template

from personnel.roles import Role
from reporting.alerts.forms.places import place_name

register = template.Library()
register.filter("place", place_name)


@register.filter
def position(role: str) -> str:
    """A role in words; nothing for a program's own lines."""
    return str(Role(role).label) if role in Role.values else ""


@register.filter
def among(key: int, names: Mapping[int, str]) -> str:
    """The name of an id, where names were looked up together; nothing if it is not there."""
    return names.get(key, "")


@register.filter
def acting_as(actor: str) -> str:
    """The role in which an account acted (`user:7:planner`), in words."""
    return position(actor.rpartition(":")[2])
