"""Ask that people covered already are judged again; `sites` does it in the background."""

from __future__ import annotations

from datetime import datetime

from campaigns.models import Rehoming, Round


def ask(
    *,
    round: Round,
    by: str,
    at: datetime,
    reason: Rehoming.Reason = Rehoming.Reason.TARGETS,
) -> Rehoming | None:
    """Have everybody covered in this round judged anew against the register and the target.

    Call it inside the transaction of the change. A round that takes no samples has nothing to
    judge: None.
    """
    if not Round.objects.taking_samples().filter(pk=round.pk).exists():
        return None
    return Rehoming.objects.create(
        round=round,
        district_id=round.campaign.district_id,
        reason=reason,
        asked_at=at,
        asked_by=by[:150],
    )


def ask_for_district(*, district_id: int, by: str, at: datetime) -> int:
    """The same for every round of a district that takes samples, since its register changed."""
    rounds = Round.objects.taking_samples().filter(campaign__district_id=district_id)
    for round_ in rounds.select_related("campaign"):
        ask(round=round_, by=by, at=at, reason=Rehoming.Reason.REGISTER)
    return len(rounds)
