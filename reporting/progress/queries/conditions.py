"""What the roll-ups say about a round that ends, or that another one overlaps (X19)."""

from __future__ import annotations

from collections.abc import Iterator

from django.db.models import Sum
from django.utils.translation import gettext_lazy as _

from campaigns.models import Mark, Round, RoundTarget
from campaigns.readiness import Finding
from reporting.progress.measures import remaining
from reporting.progress.models import Key, Total


def owed(round_: Round) -> Iterator[Finding]:
    """People who are still to be sampled, accepted reasons counted as done."""
    targets = RoundTarget.objects.filter(round=round_, version__is_current=True)
    target = targets.aggregate(sum=Sum("target"))["sum"]
    communities = Total.objects.filter(round_id=round_.pk, kind=Key.COMMUNITY)
    done = communities.aggregate(persons=Sum("persons"), reasons=Sum("accepted_reasons"))
    left = remaining(target or 0, done["persons"] or 0, done["reasons"] or 0)
    yield Finding(
        "remaining",
        _("People not sampled yet"),
        "warn" if left and left > 0 else "done",
        actual=left,
        url_name="boards:overview",
    )


def before_close(round_: Round) -> Iterator[Finding]:
    """People left, and changes that the roll-ups have not taken in."""
    yield from owed(round_)
    marks = Mark.objects.filter(round_id=round_.pk).count()
    yield Finding(
        "marks",
        _("Changes not counted yet"),
        "todo" if marks else "done",
        actual=marks,
    )
