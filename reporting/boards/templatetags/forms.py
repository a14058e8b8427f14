"""Form controls in the house style, tied to their hint and their error for screen readers."""

from __future__ import annotations

from django import template
from django.forms import BoundField, CheckboxInput, Select
from django.utils.safestring import SafeString

register = template.Library()


@register.simple_tag
def control(field: BoundField) -> SafeString:
    """The field's own widget with our classes; a refused field keeps what was typed."""
    widget = field.field.widget
    css = "form-control"
    if isinstance(widget, Select):
        css = "form-select"
    elif isinstance(widget, CheckboxInput):
        css = "form-check-input"
    attrs = {"class": css}
    described = []
    if field.help_text:
        described.append(f"{field.id_for_label}_helptext")
    if field.errors:
        attrs["class"] += " is-wrong"
        attrs["aria-invalid"] = "true"
        described.append(f"{field.id_for_label}_error")
    if described:
        attrs["aria-describedby"] = " ".join(described)
    return field.as_widget(attrs=attrs)


@register.filter
def is_check(field: BoundField) -> bool:
    """Whether the field is one box to tick: its label stands beside it, not above."""
    return isinstance(field.field.widget, CheckboxInput)
