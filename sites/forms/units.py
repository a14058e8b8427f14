"""What people type about one unit: its channel, and what it counted on paper."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from campaigns.models import Round
from core import clock
from core.forms import LocalDayField, WholeNumberField
from core.inputs import parse_local_time
from sites.forms.fields import ClockTimeField, ShortNote
from sites.models.points import Channel
from sites.services.tallies import SWABS_IN_A_QUARTER


class ChannelForm(forms.Form):
    """The channel of a unit."""

    channel = forms.ChoiceField(label=_("Channel"), choices=Channel.choices)


class TallyForm(forms.Form):
    """A quarter hour on paper. `id` makes a form sent twice one tally."""

    id = forms.UUIDField(widget=forms.HiddenInput)
    round = forms.ModelChoiceField(
        label=_("Round"), queryset=Round.objects.none(), empty_label=None
    )
    day = LocalDayField(label=_("Day"))
    start = ClockTimeField(label=_("Quarter hour from"), help_text=_("On :00, :15, :30 or :45."))
    swabs = WholeNumberField(label=_("Swabs counted"), maximum=SWABS_IN_A_QUARTER)
    tubes = WholeNumberField(label=_("Tubes counted"), maximum=SWABS_IN_A_QUARTER)
    reason = ShortNote(
        label=_("Reason of a correction"),
        required=False,
        max_length=200,
        help_text=_("Only where this quarter hour already has a tally."),
    )

    def __init__(self, *args: Any, rounds: Sequence[Round], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["round"]
        assert isinstance(field, forms.ModelChoiceField)
        field.queryset = Round.objects.filter(
            pk__in=[round_.pk for round_ in rounds]
        ).select_related("campaign")

    def quarter(self) -> datetime:
        """The instant at which the quarter hour begins."""
        return parse_local_time(self.cleaned_data["day"], f"{self.cleaned_data['start']:%H:%M}")

    @staticmethod
    def last_quarter(now: datetime) -> dict[str, str]:
        """The quarter hour before the present one, as most sheets are typed in just after it."""
        before = clock.local(clock.quarter_of(clock.quarter_of(now) - timedelta(minutes=1)))
        return {"day": f"{before:%Y-%m-%d}", "start": f"{before:%H:%M}"}
