"""Who did something, in words, from the names that a view looked up."""

from __future__ import annotations

from collections.abc import Mapping

from django import template

register = template.Library()


@register.filter
def named(names: Mapping[str, str], actor: str) -> str:
    """What people call an actor; the label itself where nobody knows."""
    return names.get(actor, actor)
