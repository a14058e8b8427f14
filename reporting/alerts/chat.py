"""A matter as text for a chat group, in the language that is active."""

from __future__ import annotations

from datetime import datetime

from django.utils.translation import gettext as _

from core.clock import local
from reporting.alerts.models import Matter


def chat_text(matter: Matter, where: str, *, holder: str = "") -> str:
    """Number, urgency, place, what happened, what is asked for, who is responsible, and how it
    stands; one fact a line. `holder` is the name of whoever has taken it up."""
    head = _("[Matter %(label)s] %(urgency)s · %(kind)s") % {
        "label": matter.label,
        "urgency": matter.get_urgency_display(),
        "kind": matter.get_kind_display(),
    }
    state = f"{matter.get_state_display()} {_stamp(matter.state_at)}"
    lines = [
        head,
        _("Where: %(where)s") % {"where": where},
        _("When: %(when)s") % {"when": _stamp(matter.at)},
        _("What happened: %(what)s") % {"what": matter.what},
        _("Asked for: %(wanted)s") % {"wanted": matter.wanted},
        _("First responsible: %(who)s") % {"who": f"{matter.leader_name} {matter.leader_post}"},
        _("Directly responsible: %(who)s") % {"who": f"{matter.direct_name} {matter.direct_post}"},
        _("State: %(state)s") % {"state": f"{state} {holder}".strip()},
    ]
    return "\n".join(lines)


def _stamp(moment: datetime) -> str:
    return local(moment).strftime("%m-%d %H:%M")
