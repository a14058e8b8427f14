"""What the dispatcher chose to see: a street or the vehicles, a role, the hours, an opened row."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django.http import Http404, HttpRequest
from django.urls import reverse

from campaigns.models import Division
from core import clock
from core.inputs import parse_instant
from core.query import query_choice, query_number, refuse_unknown_query
from logistics.queries.board import STEPS, frame_at
from logistics.queries.sweep import Frame
from logistics.services.assigning import read_spot

NAMES = ("street", "show", "role", "step", "begins", "open", "done", "help")
PLACES, VEHICLES = "places", "vehicles"
DISTRICT = 0
"""Instead of a street: the posts of the district itself."""


@dataclass(frozen=True)
class Choice:
    """The address of the board, read and checked. `street` None leaves it to the board."""

    street: int | None = None
    show: str = PLACES
    role: int | None = None
    step: int = 60
    begins: datetime | None = None
    open: str = ""
    done: int | None = None
    help: bool = False

    @classmethod
    def of(cls, request: HttpRequest) -> Choice:
        """Read the query; raises Refused for what it cannot mean."""
        refuse_unknown_query(request, NAMES)
        begins = request.GET.get("begins")
        opened = request.GET.get("open", "")
        if opened:
            read_spot(opened)
        step = int(query_choice(request, "step", tuple(map(str, STEPS)), default="60"))
        return cls(
            street=query_number(request, "street", maximum=2**31 - 1),
            show=query_choice(request, "show", (PLACES, VEHICLES), default=PLACES),
            role=query_number(request, "role", maximum=2**31 - 1) or None,
            step=step,
            begins=parse_instant(begins) if begins else None,
            open=opened,
            done=query_number(request, "done", maximum=2**31 - 1),
            help=query_choice(request, "help", ("", "1"), default="") == "1",
        )

    def frame(self, now: datetime) -> Frame:
        """The columns that are shown."""
        return frame_at(now, minutes=self.step, begins=self.begins)

    def url(self, **over: Any) -> str:
        """The board's address with something changed; what happened once is not repeated."""
        wish = replace(self, **{"done": None, "help": False, **over})
        said = {
            "street": wish.street,
            "show": "" if wish.show == PLACES else wish.show,
            "role": wish.role,
            "step": "" if wish.step == 60 else wish.step,
            "begins": wish.begins and clock.local(wish.begins).strftime("%Y-%m-%dT%H:%M+08:00"),
            "open": wish.open,
            "done": wish.done,
        }
        kept = {name: value for name, value in said.items() if value not in ("", None)}
        path = reverse("dispatch:board")
        return f"{path}?{urlencode(kept)}" if kept else path


def check_street(street: int | None, streets: list[Division]) -> None:
    """A street outside one's area is as if it did not exist."""
    if street and street not in {each.pk for each in streets}:
        raise Http404
