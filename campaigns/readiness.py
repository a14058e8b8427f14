"""What must be true before a round starts or closes, as each room sees it.

A room that knows something registers a function in its AppConfig; the round's page asks them all.
Higher rooms are heard without being imported. Findings are read, never kept.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Literal

from campaigns.models import Round

Phase = Literal["plan", "start", "close", "backlog"]
Standing = Literal["done", "todo", "warn"]


@dataclass(frozen=True)
class Finding:
    """One line: what, how it stands, in words; `todo` blocks the step, `warn` does not.

    `actual` and `needed` are counts where the line is about a number (0 is a number). `code` is
    stable. `url_name` leads to the page where it is mended, with the round as `?round=`.
    """

    code: str
    title: Any
    standing: Standing
    detail: Any = ""
    actual: int | None = None
    needed: int | None = None
    url_name: str = ""


Provider = Callable[[Round], Iterable[Finding]]
_PROVIDERS: dict[Phase, list[Provider]] = {"plan": [], "start": [], "close": [], "backlog": []}


def register(phase: Phase, provider: Provider) -> None:
    """Add a room's voice to a phase; registering twice is once.

    `plan`: how much of the plan exists; `start`: what must be met before the start; `close`: what
    must be met before closing; `backlog`: what an earlier round still owes (X19).
    """
    if provider not in _PROVIDERS[phase]:
        _PROVIDERS[phase].append(provider)


def findings(phase: Phase, round_: Round) -> list[Finding]:
    """All lines of a phase for a round, in the order of the rooms."""
    return [finding for provider in _PROVIDERS[phase] for finding in provider(round_)]
