"""Two requests that look like one person's: a person decides, nothing is merged by itself."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from core.inputs import Conflict, Refused
from core.scope import Scope
from logistics.models import Visit, VisitState
from logistics.services.visit_requests import added_note, take_phone
from logistics.services.visits import locked, move, note


@transaction.atomic
def merge(*, visit_id: int, into_id: int, scope: Scope, by: str, at: datetime) -> Visit:
    """One request goes, the other stays and learns what only the first one knew.

    A visit that is done stays. Merged again, nothing changes. Raises Unknown, Refused, Conflict.
    """
    if visit_id == into_id:
        raise Refused("visit_same", _("Choose two requests."))
    both = locked({visit_id, into_id}, scope)
    gone, stays = both[visit_id], both[into_id]
    if gone.merged_into_id == stays.pk:
        return stays
    _refuse_two_people(gone, stays)
    key, gone.person_key = gone.person_key, None
    gone.merged_into = stays
    gone.team, gone.trip, gone.position = None, None, None
    move(gone, VisitState.MERGED, happened=at, by=by, at=at)
    for earlier in Visit.objects.select_for_update(no_key=True).filter(merged_into=gone):
        earlier.merged_into = stays
        earlier.save(update_fields=["merged_into"])
    stays.person_key = stays.person_key or key
    _learn(stays, gone)
    stays.save()
    note(stays, act="visit.merge", by=by, at=at, merged=gone.pk)
    return stays


@transaction.atomic
def keep_apart(*, visit_id: int, other_id: int, scope: Scope, by: str, at: datetime) -> None:
    """Somebody looked: these are two people. The pair is not listed again. Raises Unknown."""
    if visit_id == other_id:
        raise Refused("visit_same", _("Choose two requests."))
    both = locked({visit_id, other_id}, scope)
    one, other = both[visit_id], both[other_id]
    if one.distinct_from.filter(pk=other.pk).exists():
        return
    one.distinct_from.add(other)
    note(one, act="visit.keep_apart", by=by, at=at, other=other.pk)


def _refuse_two_people(gone: Visit, stays: Visit) -> None:
    if gone.round_id != stays.round_id:
        raise Refused("visit_rounds", _("These requests are of two rounds."))
    if stays.state in (VisitState.MERGED, VisitState.WITHDRAWN):
        raise Conflict(
            "visit_over", _("The request that should stay is over; load the list again.")
        )
    if gone.person_key and stays.person_key and gone.person_key != stays.person_key:
        raise Conflict("visit_two_people", _("These are two people: their documents differ."))
    if gone.state == VisitState.DONE and stays.state != VisitState.DONE:
        raise Conflict("visit_done_stays", _("The visit that is done stays: merge the other one."))


def _learn(stays: Visit, gone: Visit) -> None:
    stays.urgent = stays.urgent or gone.urgent
    stays.building = stays.building or gone.building
    stays.address = stays.address or gone.address
    stays.note = added_note(str(stays.note), str(gone.note))
    if gone.phone and not stays.phone:
        take_phone(stays, str(gone.phone))
    if stays.window_starts is None and stays.window_ends is None:
        stays.window_starts, stays.window_ends = gone.window_starts, gone.window_ends
