"""The key of a form that is one button."""

from __future__ import annotations

import uuid

from django import template

register = template.Library()


@register.simple_tag
def new_key() -> str:
    """The key of one button: pressed twice it is one act (`core.forms.ClientKeyField`)."""
    return str(uuid.uuid4())
