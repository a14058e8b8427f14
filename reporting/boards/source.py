"""Where a board's figures come from: one read per picture, in the viewer's scope and language."""

from __future__ import annotations

from datetime import datetime
from functools import cached_property
from typing import Any

from django.utils import translation

from campaigns.models import Round
from core import clock
from core.pulse import Panel, PanelKey, Tag, render_panels
from core.scope import Scope, scoped
from reporting.boards import panels
from reporting.progress import queries
from reporting.progress.figures import Overview

OVERVIEW, WALL = "overview", "wall"


class Picture:
    """One board at one instant. Nothing is read before the first panel needs it.

    ``as_of`` asks for what was known then; without it the picture is live.
    """

    def __init__(
        self,
        scope: Scope,
        round_id: int,
        *,
        page: str,
        round_: Round | None = None,
        as_of: datetime | None = None,
    ) -> None:
        self.scope, self.round_id, self.page, self.as_of = scope, round_id, page, as_of
        self._round = round_

    @cached_property
    def round(self) -> Round:
        """The round, looked up in the viewer's scope unless the page has it already.

        Raises:
            Round.DoesNotExist: it is not in sight.
        """
        return self._round or queries.visible_rounds(self.scope).get(pk=self.round_id)

    @property
    def names(self) -> tuple[str, ...]:
        """The panels of this page."""
        return panels.WALL_PANELS if self.page == WALL else panels.PANELS

    @cached_property
    def board(self) -> Overview:
        return queries.overview(self.scope, self.round, self.as_of)

    @cached_property
    def context(self) -> dict[str, Any]:
        """What the panel templates read."""
        return panels.board_context(
            self.board,
            queries.curve(self.scope, self.round, self.as_of, board=self.board),
            queries.exceptions(self.scope, self.round, self.as_of),
            wall=self.page == WALL,
        )

    def html(self, name: str) -> str:
        """One panel, rendered now."""
        return panels.html(name, self.context)

    def html_on_its_own(self, name: str) -> str:
        """One panel for a caller without a session: its scope is opened for the one read."""
        if "context" not in self.__dict__:
            with scoped(self.scope):
                self.context  # noqa: B018  read and kept
        return self.html(name)

    def key(self, tag: Tag) -> PanelKey:
        """Everything the live panels depend on."""
        return PanelKey(
            page=self.page,
            round_id=self.round_id,
            tag=tag,
            scope_digest=self.scope.digest,
            language=translation.get_language() or "",
        )

    def live_panels(self, tag: Tag) -> dict[str, Panel]:
        """All panels, from this process's cache where another screen has asked already."""
        return render_panels(self.key(tag), self.names, self.html)

    def frozen_panels(self) -> dict[str, Panel]:
        """All panels as they were known at ``as_of``; seldom asked for, so never cached."""
        return {name: Panel.of(self.html(name)) for name in self.names}


def live_tag(round_id: int) -> Tag:
    """The tag of the picture as it is now."""
    version, _heartbeat = queries.pulse_state(round_id)
    return Tag.of(version, clock.now())
