"""What a reviewer types: accept, return with a comment, decide a request to unlock."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from core.forms import NoteField, WholeNumberField

PHRASES: tuple[tuple[str, Any], ...] = (
    ("scans", _("The figure differs from the scans: check it, or say why.")),
    ("sum", _("The sum does not fit: check each community.")),
    ("before", _("Exactly as in the last report: was it brought up to date?")),
    ("falls", _("It is less than reported before: check it, or say why.")),
    ("needs", _("Problems and needs: say what, where and how many.")),
)
"""What is said most often when a report goes back."""


class VersionForm(forms.Form):
    """The version that was looked at: a newer one is not accepted by mistake."""

    version = WholeNumberField(label=_("Version"), minimum=1, widget=forms.HiddenInput)


class ReturnForm(VersionForm):
    """Send it back: phrases to tick, and one's own words."""

    phrases = forms.MultipleChoiceField(
        label=_("What has to be mended"),
        choices=PHRASES,
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    comment = NoteField(
        label=_("In your own words"), required=False, widget=forms.Textarea(attrs={"rows": 2})
    )

    @property
    def words(self) -> str:
        """The ticked phrases and the own words as one comment."""
        said = dict(PHRASES)
        ticked = [str(said[code]) for code in self.cleaned_data["phrases"]]
        return " ".join([*ticked, self.cleaned_data["comment"]]).strip()


class UnlockForm(forms.Form):
    """Grant or refuse a request to unlock."""

    decision = forms.ChoiceField(
        label=_("Decision"), choices=[("grant", _("unlock")), ("refuse", _("refuse"))]
    )
    answer = NoteField(
        label=_("Answer"),
        required=False,
        help_text=_("Needed when it is refused."),
        widget=forms.TextInput,
    )

    @property
    def granted(self) -> bool:
        return bool(self.cleaned_data["decision"] == "grant")
