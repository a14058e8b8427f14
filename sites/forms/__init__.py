"""Forms of the sites: shape and kind words; the rules are in the services."""

from sites.forms.callup import CallForm
from sites.forms.decisions import DecisionForm
from sites.forms.points import (
    AreasForm,
    BulkForm,
    CheckForm,
    EditPointForm,
    NewPointForm,
    QueueForm,
    StateForm,
    UnitCountForm,
)
from sites.forms.reserved import ReservedForm
from sites.forms.units import ChannelForm, TallyForm

__all__ = [
    "AreasForm",
    "BulkForm",
    "CallForm",
    "ChannelForm",
    "CheckForm",
    "DecisionForm",
    "EditPointForm",
    "NewPointForm",
    "QueueForm",
    "ReservedForm",
    "StateForm",
    "TallyForm",
    "UnitCountForm",
]
