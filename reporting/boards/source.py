"""Where a board's figures come from: one read per picture, in the viewer's scope and language."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import cached_property, partial
from typing import Any

from django.utils import translation

from core import clock
from core.painting import studio
from core.pulse import Panel, PanelKey, Tag, render_panels
from core.pulse import panels as painted
from core.scope import Scope, scoped
from core.sharing import Shared
from reporting.boards import panels
from reporting.boards.crew import Crew, crew_of, forget_crews
from reporting.progress import queries
from reporting.progress.figures import Curve, ExceptionItem, Overview

OVERVIEW, WALL, STREET = "overview", "wall", "street"


@dataclass(frozen=True, slots=True)
class Reading:
    """What a board shows, before it is put into words: the same for every page and language."""

    board: Overview
    curve: Curve
    exceptions: list[ExceptionItem]
    crew: Crew | None


readings: Shared[Reading] = Shared(size=128)
"""The live readings of this process, by round, scope and tag."""


class Picture:
    """One board at one instant. Nothing is read before the first panel needs it.

    Live with a `tag`; `as_of` asks for what was known then.
    """

    def __init__(
        self,
        scope: Scope,
        round_id: int,
        *,
        page: str,
        tag: Tag | None = None,
        as_of: datetime | None = None,
    ) -> None:
        self.scope, self.round_id, self.page = scope, round_id, page
        self.tag, self.as_of = tag, as_of

    @property
    def names(self) -> tuple[str, ...]:
        """The panels of this page."""
        return panels.OF_PAGE[self.page]

    @property
    def kind(self) -> str:
        """What is read: pictures of one kind share their reading."""
        return type(self).__name__

    @cached_property
    def reading(self) -> Reading:
        """The figures; live ones are shared with whoever asks for the same tag.

        Raises:
            Round.DoesNotExist: the round is not in sight.
        """
        if self.tag is None:
            return self.read()
        return readings.once((self.kind, self.round_id, self.scope.digest, self.tag), self.read)

    def read(self) -> Reading:
        """Ask the database; see `reading`."""
        with scoped(self.scope):  # a pulse has no session that would have opened it
            round_ = queries.visible_rounds(self.scope).get(pk=self.round_id)
            board = queries.overview(self.scope, round_, self.as_of)
            return Reading(
                board,
                queries.curve(self.scope, round_, self.as_of, board=board),
                queries.exceptions(self.scope, round_, self.as_of),
                self.crew_beside(board),
            )

    def crew_beside(self, board: Overview) -> Crew | None:
        """People and vehicles of now; what was known of them earlier is not kept."""
        if self.as_of is not None:
            return None
        return crew_of(self.scope, self.round_id, board.as_of, board.streets)

    @property
    def board(self) -> Overview:
        return self.reading.board

    @cached_property
    def context(self) -> dict[str, Any]:
        """What the panel templates read."""
        reading = self.reading
        context = panels.board_context(
            reading.board, reading.curve, reading.exceptions, reading.crew, wall=self.page == WALL
        )
        on_desk = self.page == OVERVIEW
        return context | {
            "links": on_desk and self.scope.can("see_street"),
            "sends": on_desk and self.scope.can("see_dispatch"),
        }

    def html(self, name: str) -> str:
        """One panel, rendered now."""
        return panels.html(name, self.context)

    def frozen_panels(self) -> dict[str, Panel]:
        """All panels as they were known at ``as_of``; seldom asked for, so never cached."""
        return {name: Panel.of(self.html(name)) for name in self.names}


def live_key(
    page: str, round_id: int, scope: Scope, make: type[Picture]
) -> tuple[PanelKey, datetime | None]:
    """(everything the live panels of a page depend on, the recount's heartbeat).

    The tag is that of the picture that stands now, for pages and pulses alike.
    """
    version, heartbeat = queries.recent_pulse_state(round_id)
    newest = PanelKey(
        page=page,
        round_id=round_id,
        tag=Tag.of(version, clock.now()),
        scope_digest=scope.digest,
        language=translation.get_language() or "",
    )
    return studio.hold(newest, partial(_painted, make, scope)), heartbeat


def _painted(make: type[Picture], scope: Scope, key: PanelKey) -> tuple[Picture, dict[str, Panel]]:
    assert key.round_id is not None
    with translation.override(key.language):
        picture = make(scope, key.round_id, page=key.page, tag=key.tag)
        return picture, render_panels(key, picture.names, picture.html)


def live_picture(
    page: str, round_id: int, scope: Scope, make: type[Picture] = Picture
) -> tuple[Any, dict[str, Panel]]:
    """A page's live picture and its panels, from this process's cache where they are there."""
    key, _heartbeat = live_key(page, round_id, scope, make)
    return _painted(make, scope, key)


def forget_pictures() -> None:
    """Drop what this process has read and painted (between tests)."""
    readings.clear()
    forget_crews()
    painted.clear()
    studio.clear()
