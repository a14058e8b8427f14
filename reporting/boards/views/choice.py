"""Which round and which quarter hour a board shows: the pickers of overview, street and map."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.http import Http404, HttpRequest
from django.utils.translation import gettext as _

from campaigns.models import Round
from core import clock
from core.query import query_number
from reporting.progress.figures import Overview

TAKING_SAMPLES = (Round.State.RUNNING, Round.State.CLOSING)


def chosen_round(request: HttpRequest, rounds: list[Round]) -> Round | None:
    """The round of ``?round=``, else the newest that takes samples, else the newest of all.

    Raises Http404 where the round asked for is not among them.
    """
    wish = query_number(request, "round")
    if wish is None:
        taking = [each for each in rounds if each.state in TAKING_SAMPLES]
        return next(iter(taking or rounds), None)
    found = next((each for each in rounds if each.pk == wish), None)
    if found is None:
        raise Http404
    return found


def chosen_instant(request: HttpRequest) -> datetime | None:
    """The instant of ``?as_of=``; None means live."""
    text = request.GET.get("as_of", "")
    return clock.parse_instant(text) if text else None


def options(rounds: list[Round]) -> list[dict[str, Any]]:
    """The rounds for a picker."""
    return [{"id": each.pk, "label": _label(each)} for each in rounds]


def _label(chosen: Round) -> str:
    start = clock.local(chosen.starts_at).strftime("%Y-%m-%d")
    name = chosen.campaign.name
    number = _("round %(n)d") % {"n": chosen.number}
    return f"{name} · {number}" if start in name else f"{start} {name} · {number}"


def scrubber(board: Overview) -> dict[str, Any]:
    """The quarter hours to choose from, and the neighbours of the one that is shown."""
    times = list(board.snapshot_times)
    values = [time.isoformat() for time in times]
    shown = board.as_of if board.known_at else None
    index = times.index(shown) if shown in times else len(times) - 1
    return {
        "snapshots": list(zip(times, values, strict=True)),
        "last_snapshot": max(len(times) - 1, 0),
        "snapshot_index": max(index, 0),
        "snapshot_value": values[index] if values else "",
        "earlier": values[index - 1] if index > 0 else "",
        "later": values[index + 1] if 0 <= index < len(values) - 1 else "",
    }
