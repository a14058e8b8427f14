"""What was decided about two accounts of one thing."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from core.forms import NoteField


class DecisionForm(forms.Form):
    """What was decided about a conflict, in words."""

    decision = NoteField(label=_("Decision"), max_length=200)
