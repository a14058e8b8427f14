"""A place kept for sampling in a compound."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from campaigns.models import Division
from campaigns.models.divisions import Level
from core.scope import Scope
from sites.forms.fields import ShortName


class ReservedForm(forms.Form):
    """A place with a note; the compound is the one in whose row it is typed."""

    compound = forms.ModelChoiceField(
        label=_("Compound"), queryset=Division.objects.none(), widget=forms.HiddenInput
    )
    name = ShortName(label=_("Place"), max_length=80)
    note = ShortName(label=_("Note"), max_length=160, required=False)

    def __init__(self, *args: Any, scope: Scope, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["compound"]
        assert isinstance(field, forms.ModelChoiceField)
        field.queryset = (
            Division.objects.within(scope).current().filter(level=Level.COMPOUND).order_by("code")
        )
