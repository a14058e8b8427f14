"""Who a visit was for is erased some days after its round is closed; the counts stay."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Max

from campaigns.models import Round
from campaigns.models.lifecycle import RoundStateChange
from campaigns.norms import norms_of
from core import audit
from logistics.models import Visit, VisitStep

AT_ONCE = 1_000


def purge_due(*, by: str, at: datetime) -> int:
    """Erase the personal columns of visits whose round was closed long enough ago.

    How long is the district's norm `visit_keep_days`. Twice is once. Returns visits erased.
    """
    closed = RoundStateChange.objects.filter(to_state=Round.State.CLOSED)
    waiting = Visit.objects.filter(purged_at=None, round__state=Round.State.CLOSED)
    rounds = Round.objects.filter(pk__in=waiting.order_by().values("round_id").distinct())
    since = dict(
        closed.filter(round__in=rounds).values_list("round_id").annotate(at=Max("at")).order_by()
    )
    erased = 0
    for round_ in rounds.select_related("campaign").order_by("pk"):
        days = int(norms_of(round_.campaign.district_id)["visit_keep_days"].value)
        if since.get(round_.pk, round_.starts_at) + timedelta(days=days) > at:
            continue
        while portion := _purge(round_, by=by, at=at):
            erased += portion
    return erased


@transaction.atomic
def _purge(round_: Round, *, by: str, at: datetime) -> int:
    rows = Visit.objects.select_for_update(no_key=True).filter(round=round_, purged_at=None)
    pks = list(rows.order_by("pk").values_list("pk", flat=True)[:AT_ONCE])
    if not pks:
        return 0
    Visit.objects.filter(pk__in=pks).update(
        name="", phone="", address="", note="", name_mask="", phone_mask="", phone_print=None,
        person_key=None, building="", purged_at=at,
    )  # fmt: skip
    VisitStep.objects.filter(visit__in=pks).exclude(reason="").update(reason="")
    audit.record(
        by=by, at=at, act="visit.purge", object_type="round", object_id=round_.pk,
        district_id=round_.campaign.district_id, visits=len(pks),
    )  # fmt: skip
    return len(pks)
