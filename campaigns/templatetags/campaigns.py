"""Template words of rounds: the badge of a state, the shape of a finding."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape
from typing import Any

from django import template
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from campaigns.models import Round
from campaigns.readiness import Finding

register = template.Library()

_KINDS = {"draft": "stale", "ready": "info", "running": "ok", "closing": "warn", "closed": "done"}
_STANDINGS = {
    "done": ("done", _("met")),
    "todo": ("crit", _("missing")),
    "warn": ("warn", _("look at it")),
}


@register.inclusion_tag("campaigns/round/badge.html")
def round_badge(round_: Round) -> dict[str, Any]:
    """The state of a round: shape, colour and word."""
    word = _("pre-made plan") if round_.is_template else round_.get_state_display()
    return {"kind": _KINDS[round_.state], "word": word}


@register.inclusion_tag("campaigns/round/badge.html")
def standing_badge(finding: Finding) -> dict[str, Any]:
    """How a finding stands."""
    kind, word = _STANDINGS[finding.standing]
    return {"kind": kind, "word": word}


@register.simple_tag
def community_boxes(communities: Iterable[Any], may_change: bool) -> SafeString:
    """The boxes of a street's communities: put together here, for there may be a thousand.

    Each has `pk`, `name`, `chosen` and `covered`.
    """
    rest = "" if may_change else " disabled"
    covered = escape(gettext("covered"))
    return SafeString(
        "".join(
            '<li><label class="tree-line"><input type="checkbox" class="form-check-input"'
            f' name="divisions" value="{each.pk:d}"'
            f"{' checked' if each.chosen else ''}{rest}>"
            f'<span class="grow">{escape(each.name)}</span>'
            f'<span class="soft small">{covered if each.covered else ""}</span></label></li>'
            for each in communities
        )
    )
