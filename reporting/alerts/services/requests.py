"""Requests for an exception: asked by a community, seen by its street, decided by the district."""

from __future__ import annotations

import uuid
from datetime import datetime

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from core import audit
from core.actors import account
from core.inputs import Conflict, Refused
from core.scope import Scope
from reporting.alerts.models import ExceptionRequest, RequestStep
from reporting.alerts.models.requests import RequestState
from reporting.alerts.plainwords import without_persons
from reporting.alerts.services.keys import once, same
from reporting.alerts.services.places import Place, Unknown, place_of

Action = RequestStep.Action
# From a state, by an action, to a state. What is not here is refused.
TRANSITIONS: dict[str, dict[str, str]] = {
    RequestState.ASKED: {
        Action.SUPPORT: RequestState.SEEN,
        Action.OPPOSE: RequestState.SEEN,
        Action.WITHDRAW: RequestState.WITHDRAWN,
    },
    RequestState.SEEN: {
        Action.GRANT: RequestState.GRANTED,
        Action.REFUSE: RequestState.REFUSED,
        Action.WITHDRAW: RequestState.WITHDRAWN,
    },
    RequestState.GRANTED: {},
    RequestState.REFUSED: {},
    RequestState.WITHDRAWN: {},
}
OF_STREET = frozenset({Action.SUPPORT.value, Action.OPPOSE.value})
OF_DISTRICT = frozenset({Action.GRANT.value, Action.REFUSE.value})


def ask(
    *,
    client_key: uuid.UUID,
    kind: str,
    subject: str,
    why: str,
    place_id: int | None = None,
    scope: Scope,
    by: str,
    at: datetime,
) -> ExceptionRequest:
    """Ask for an exception in a community of one's area, without naming anybody.

    The same `client_key` again gives the request that it made before. Raises Refused for missing
    words, words that name a resident, or a place that is no community of the caller's area.
    """
    if kind not in ExceptionRequest.Kind.values:
        raise Refused("kind_unknown", _("Choose one of the list.")).at("kind")
    said = {
        "kind": kind,
        "subject": _words(subject, 200, "subject"),
        "why": _words(why, 500, "why"),
    }
    place = place_of(place_id, scope)
    if place.community_id is None or place.street_id is None:
        raise Refused("community_missing", _("Choose the community.")).at("place")
    return once(
        lambda: same(ExceptionRequest.objects.filter(client_key=client_key, by=by).first(), **said),
        lambda: _ask(place, client_key, said, by, at),
    )


@transaction.atomic
def take_step(
    *, request_id: int, action: str, reason: str, scope: Scope, by: str, at: datetime
) -> ExceptionRequest:
    """Recommend or advise against (street), grant or refuse (district), or withdraw a request.

    The same step by the same person again changes nothing. Raises Unknown outside the area,
    PermissionDenied for another's step, Conflict out of order, on a closed request, or where one
    person would take two steps.
    """
    request = _locked(request_id, scope)
    _check_may(action, request, scope)
    words = without_persons(reason, max_length=500)
    if not words:
        raise Refused("reason_missing", _("Say why.")).at("reason")
    last = request.steps.order_by("-pk").first()
    if last and (last.action, last.reason, last.by) == (action, words, by):
        return request
    before = request.state
    after = TRANSITIONS[before].get(action)
    if after is None:
        raise _out_of_turn(before, action)
    if action != Action.WITHDRAW and request.steps.filter(person=account(by)).exists():
        raise Conflict(
            "same_person",
            _("Each step of a request is taken by another person than the steps before."),
        )
    request.state, request.state_at = after, at
    request.save(update_fields=["state", "state_at"])
    _note(request, action, words, by, at)
    return request


def may_take(action: str, request: ExceptionRequest, scope: Scope) -> bool:
    """Whether this step is the caller's to take at all, whatever the state."""
    if action == Action.WITHDRAW:
        return scope.can("raise_matter") and account(request.by) == account(scope.actor)
    if not scope.can("handle_matter"):
        return False
    if action in OF_STREET:
        return scope.everything or request.street_id in scope.streets
    return scope.everything or (action in OF_DISTRICT and request.district_id in scope.districts)


def _check_may(action: str, request: ExceptionRequest, scope: Scope) -> None:
    if action not in Action.values or action == Action.ASK:
        raise Refused("step_unknown", _("Choose what to do with this request.")).at("action")
    if not may_take(action, request, scope):
        raise PermissionDenied(
            _("The street recommends, the district decides, and who asked may withdraw.")
        )


def _out_of_turn(before: str, action: str) -> Conflict:
    if not TRANSITIONS[before]:
        return Conflict(
            "request_closed",
            _("This request is closed already: %(state)s."),
            state=RequestState(before).label,
        )
    if action in OF_DISTRICT:
        return Conflict(
            "street_first", _("The street recommends first, then the district decides.")
        )
    return Conflict("street_done", _("The street has given its word; the district decides now."))


def _ask(
    place: Place, client_key: uuid.UUID, said: dict[str, str], by: str, at: datetime
) -> ExceptionRequest:
    assert place.street_id is not None
    assert place.community_id is not None
    request = ExceptionRequest.objects.create(
        client_key=client_key, district_id=place.district_id, street_id=place.street_id,
        community_id=place.community_id, at=at, by=by, state_at=at, **said,
    )  # fmt: skip
    _note(request, Action.ASK, said["why"], by, at)
    return request


def _note(request: ExceptionRequest, action: str, words: str, by: str, at: datetime) -> None:
    RequestStep.objects.create(
        request=request, action=action, reason=words, at=at, by=by, person=account(by)[:40]
    )
    audit.record(
        by=by, at=at, act=f"exception.{action}", object_type="exception", object_id=request.pk,
        district_id=request.district_id, street_id=request.street_id, kind=request.kind,
        state=str(request.state),
    )  # fmt: skip


def _locked(request_id: int, scope: Scope) -> ExceptionRequest:
    seen = ExceptionRequest.objects.within(scope).filter(pk=request_id).values("pk")
    found = ExceptionRequest.objects.select_for_update(no_key=True).filter(pk__in=seen).first()
    if found is None:
        raise Unknown("request_unknown", _("There is no such request in your area."))
    return found


def _words(text: str, longest: int, path: str) -> str:
    words = without_persons(text, max_length=longest)
    if not words:
        raise Refused("words_missing", _("Fill in this field.")).at(path)
    return words
