"""What was decided about two accounts of one thing."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from core.forms import NoteField


class DecisionForm(forms.Form):
    """What was decided about a conflict: the choice with what it announced, a code, words.

    `choice` is a choice's code, and after a bar the effect that stood beside it.
    """

    choice = forms.CharField(label=_("Choice"), max_length=80, required=False)
    tube = forms.CharField(label=_("Code of the tube"), max_length=64, required=False)
    decision = NoteField(label=_("Why"), max_length=160, required=False)

    @property
    def chosen(self) -> tuple[str, str]:
        """(code of the choice, what was announced); leaving all as it is where none was made."""
        code, _bar, announced = self.cleaned_data["choice"].partition("|")
        return code or "keep", announced
