"""What is done with many buildings at once."""

from __future__ import annotations

from typing import Any

from django import forms
from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from core.choices import PlainSelect, Ready
from personnel.models import StaffMember


class Act(TextChoices):
    GIVE = "give", pgettext_lazy("patch", "give to")
    HAND_OVER = "hand_over", _("hand over to, also from others")
    END = "end", _("nobody any more")


BESIDE = {"form": "patches"}
"""The controls stand below the list, whose ticks belong to the same form."""


class PatchForm(forms.Form):
    """Whom the ticked buildings go to."""

    act = forms.ChoiceField(
        label=_("The ticked buildings"), choices=Act.choices, widget=PlainSelect(attrs=BESIDE)
    )
    owner = forms.ModelChoiceField(
        label=_("Who answers for them"),
        queryset=StaffMember.objects.none(),
        required=False,
        widget=PlainSelect(attrs=BESIDE),
    )

    def __init__(self, *args: Any, people: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["owner"]
        assert isinstance(field, forms.ModelChoiceField)
        field.queryset = people
        rows = [(str(member.pk), _person(member)) for member in people]
        field.choices = Ready([("", "---------"), *rows])  # type: ignore[assignment]

    def clean(self) -> dict[str, Any]:
        """Somebody is chosen unless nobody is to answer."""
        data = super().clean() or {}
        if data.get("act") != Act.END and not self.errors and data.get("owner") is None:
            self.add_error("owner", _("Choose who answers for them."))
        return data


def _person(member: Any) -> str:
    return f"{member.name_mask} · {member.id_last4} · {member.home_unit} ({member.buildings})"
