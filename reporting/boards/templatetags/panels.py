"""The one tag with which a page writes a panel that the view has rendered."""

from __future__ import annotations

from typing import Any

from django import template
from django.utils.safestring import SafeString, mark_safe

register = template.Library()


@register.simple_tag(takes_context=True)
def panel(context: dict[str, Any], name: str) -> SafeString:
    """The named panel with its root element; an unknown name is a programming error."""
    return mark_safe(context["panels"][name].html)  # noqa: S308  made by a template
