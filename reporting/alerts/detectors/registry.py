"""What a detector is, and the list of all of them. How to write one: the package's docstring."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal, Protocol

from django.db import models
from django.utils.translation import gettext_lazy as _

from campaigns.models import Round

SubjectKind = Literal["round", "street", "point", "unit", "community"]


class Measure(models.TextChoices):
    """What a threshold counts."""

    MINUTES = "minutes", _("minutes")
    PERCENT = "percent", _("percent")
    COUNT = "count", _("count")


@dataclass(frozen=True, slots=True)
class Ask:
    """A stretch of time of a round, both ends included; live it is one instant, now."""

    round: Round
    since: datetime
    until: datetime
    threshold: int

    @property
    def live(self) -> bool:
        return self.since == self.until


@dataclass(frozen=True, slots=True)
class Condition:
    """Something that is so at an instant. `value` is in the detector's measure."""

    subject_kind: SubjectKind
    subject_id: int
    street_id: int | None
    since: datetime
    value: int | None = None
    params: Mapping[str, Any] = field(default_factory=dict)


class Subject(Protocol):
    """What a page is chosen by: an alert, or a condition."""

    subject_kind: str
    subject_id: int
    street_id: int | None


Judge = Callable[[datetime], Sequence[Condition]]
Page = tuple[str, str]


@dataclass(frozen=True)
class Detector:
    """One thing that can be watched.

    `advice` says what to do, `question` what the threshold means; both stand on the rule's page.
    `inhibits` names the detectors whose conditions in the same street this one explains.
    `replays` is False where nothing is kept that would let one look back. `ends_at_once`: a fact
    that cannot flap, such as a report that came in, clears its alert at the next run.
    """

    code: str
    title: Any
    advice: Any
    question: Any
    measure: Measure
    default: int
    watch: Callable[[Ask], Judge]
    words: Callable[[Mapping[str, Any]], str]
    page: Callable[[Any], Page]
    minimum: int = 1
    maximum: int = 1440
    severity: Literal["crit", "warn", "info"] = "warn"
    escalate_after: int = 30
    inhibits: frozenset[str] = frozenset()
    replays: bool = True
    ends_at_once: bool = False


_DETECTORS: dict[str, Detector] = {}


def register(found: Detector) -> None:
    """Let a detector be watched in every district; registering again takes the newer one."""
    _DETECTORS[found.code] = found


def detector(code: str) -> Detector | None:
    """The detector of a code; None where a rule outlived it."""
    return _DETECTORS.get(code)


def detectors() -> list[Detector]:
    """All detectors, in the order in which the closets registered them."""
    return list(_DETECTORS.values())


def nothing(at: datetime) -> list[Condition]:
    """The judge where there is nothing to watch."""
    return []
