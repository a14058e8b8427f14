"""One tap about one building."""

from __future__ import annotations

from django import forms

from sites.models import BuildingNotice

ACTS = ("notice", "done", "undo", "up", "down")
STATES = ("waiting", "called", "done")


class CallForm(forms.Form):
    """What is to happen to a building: `kind` goes with a notice, `was` with an undo."""

    act = forms.ChoiceField(choices=[(act, act) for act in ACTS])
    kind = forms.ChoiceField(choices=BuildingNotice.Kind.choices, required=False)
    was = forms.ChoiceField(choices=[(state, state) for state in STATES], required=False)
