"""Matters: raised at once under a number, taken up by somebody else, and every step kept (S075)."""

from __future__ import annotations

import uuid
from datetime import datetime

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext_lazy as _

from campaigns.models import Division
from core import audit
from core.actors import names_of, same_person
from core.clock import local
from core.inputs import Conflict, Refused
from core.locks import named_lock
from core.scope import Scope
from reporting.alerts.models import Matter, MatterStep
from reporting.alerts.models.matters import Kind, MatterState, Urgency
from reporting.alerts.plainwords import without_persons
from reporting.alerts.services.keys import once, same
from reporting.alerts.services.places import Place, Unknown, place_of
from reporting.alerts.services.responsible import Responsible, complete
from sites.models import SamplingPoint

Action = MatterStep.Action
# From a state, by an action, to a state. What is not here is refused.
TRANSITIONS: dict[str, dict[str, str]] = {
    MatterState.RAISED: {
        Action.FOLLOW_UP: MatterState.RAISED,
        Action.TAKE_UP: MatterState.TAKEN,
        Action.DECLINE: MatterState.DECLINED,
    },
    MatterState.TAKEN: {
        Action.FOLLOW_UP: MatterState.TAKEN,
        Action.TAKE_UP: MatterState.TAKEN,
        Action.FINISH: MatterState.DONE,
        Action.DECLINE: MatterState.DECLINED,
    },
    MatterState.DONE: {Action.REOPEN: MatterState.RAISED},
    MatterState.DECLINED: {Action.REOPEN: MatterState.RAISED},
}
# Whoever raises matters tells how they go on; the rest is for those who handle them.
REPORTING = frozenset({Action.FOLLOW_UP.value, Action.REOPEN.value})


def raise_matter(
    *,
    client_key: uuid.UUID,
    kind: str,
    urgency: str,
    what: str,
    wanted: str,
    place_id: int | None = None,
    point_id: int | None = None,
    responsible: Responsible | None = None,
    scope: Scope,
    by: str,
    at: datetime,
) -> Matter:
    """Report one matter. The same `client_key` again gives the matter that it made before.

    Who is responsible is needed once: later matters of the same area take it over where it is
    left empty. Raises Refused for missing words, words that name a resident, a place or point
    outside the caller's area.
    """
    said = {
        "kind": _choice(kind, Kind.values, "kind"),
        "urgency": _choice(urgency, Urgency.values, "urgency"),
        "what": _words(what, 500, "what"),
        "wanted": _words(wanted, 300, "wanted"),
    }
    point = _point(point_id, scope)
    place = _place(place_id, point, scope)
    people = complete(responsible or Responsible(), place)
    return once(
        lambda: same(Matter.objects.filter(client_key=client_key, by=by).first(), **said),
        lambda: _raise(
            place,
            by=by,
            at=at,
            client_key=client_key,
            point=point,
            state_at=at,
            **said,
            **vars(people),
        ),
    )


def take_step(
    *, matter_id: int, action: str, client_key: uuid.UUID, words: str = "", over: bool = False,
    scope: Scope, by: str, at: datetime,
) -> Matter:  # fmt: skip
    """Take a matter up, report more of it, finish, decline or open it again.

    What somebody else holds is taken over only by whoever saw that (`over`): of two who take it
    up at once the second is told. The same `client_key` again changes nothing. Raises Unknown
    outside the area, PermissionDenied for acts that are not the caller's, Conflict for a step that
    the state does not allow, and for taking up what one raised oneself or holds already.
    """
    _check_may(action, scope)
    said = without_persons(words, max_length=500)
    if not said and action != Action.TAKE_UP:
        raise Refused("words_missing", _("This step needs a few words.")).at("words")
    step = once(
        lambda: same(
            MatterStep.objects.filter(client_key=client_key, by=by, matter_id=matter_id)
            .select_related("matter").first(),
            action=action, words=said,
        ),
        lambda: _step(_locked(matter_id, scope), action, said, client_key, over, by, at),
    )  # fmt: skip
    return step.matter


def _check_may(action: str, scope: Scope) -> None:
    if action not in Action.values or action == Action.RAISE:
        raise Refused("step_unknown", _("Choose what to do with this matter.")).at("action")
    handles = scope.can("handle_matter")
    if not handles and not (action in REPORTING and scope.can("raise_matter")):
        raise PermissionDenied(_("Your role does not handle matters."))


def _step(
    matter: Matter,
    action: str,
    words: str,
    client_key: uuid.UUID,
    over: bool,
    by: str,
    at: datetime,
) -> MatterStep:
    before = matter.state
    after = TRANSITIONS[before].get(action)
    if after is None:
        raise Conflict(
            "matter_step",
            _("A matter in the state “%(state)s” does not take the step “%(step)s”."),
            state=MatterState(before).label,
            step=Action(action).label,
        )
    if action == Action.TAKE_UP:
        _refuse_own(matter, by)
        if matter.holder and not over:
            raise Conflict(
                "held_meanwhile",
                _("%(who)s took this matter up meanwhile. Take it over, or leave it to them."),
                who=names_of({matter.holder}).get(matter.holder, matter.holder),
            )
        matter.holder = by
    if action == Action.REOPEN:
        matter.holder = ""
    if after != before or action == Action.TAKE_UP:
        matter.state, matter.state_at = after, at
        matter.save(update_fields=["state", "state_at", "holder"])
    step = MatterStep.objects.create(
        matter=matter, client_key=client_key, action=action, words=words, at=at, by=by
    )
    _record(f"matter.{action}", matter, by, at, before=before, after=str(after))
    return step


def _refuse_own(matter: Matter, by: str) -> None:
    # Taking up says that somebody else knows of it: one's own matter would fall silent.
    if same_person(matter.by, by):
        raise Conflict(
            "own_matter", _("Another person than the one who raised a matter takes it up.")
        )
    if matter.holder and same_person(matter.holder, by):
        raise Conflict("held_already", _("You have taken this matter up already."))


@transaction.atomic
def _raise(place: Place, *, by: str, at: datetime, **said: object) -> Matter:
    """Numbered: 1. lock the district's year, 2. read its last number, 3. write the next one; a
    rollback gives the number back, because it was never written."""
    year = local(at).year
    named_lock(f"matters/{place.district_id}/{year}")
    mine = Matter.objects.filter(district_id=place.district_id, year=year)
    last = mine.aggregate(last=Max("number"))["last"] or 0
    matter = Matter.objects.create(
        district_id=place.district_id,
        street_id=place.street_id,
        community_id=place.community_id,
        year=year,
        number=last + 1,
        by=by,
        at=at,
        **said,
    )
    MatterStep.objects.create(
        matter=matter, client_key=matter.client_key, action=Action.RAISE, at=at, by=by
    )
    _record("matter.raise", matter, by, at, kind=matter.kind, urgency=matter.urgency)
    return matter


def _locked(matter_id: int, scope: Scope) -> Matter:
    seen = Matter.objects.within(scope).filter(pk=matter_id).values("pk")
    found = Matter.objects.select_for_update(no_key=True).filter(pk__in=seen).first()
    if found is None:
        raise Unknown("matter_unknown", _("There is no such matter in your area."))
    return found


def _point(point_id: int | None, scope: Scope) -> SamplingPoint | None:
    if point_id is None:
        return None
    found = (
        SamplingPoint.objects.within(scope).select_related("community").filter(pk=point_id).first()
    )
    if found is None:
        raise Refused("point_not_here", _("This point is not in your area.")).at("point")
    return found


def _place(place_id: int | None, point: SamplingPoint | None, scope: Scope) -> Place:
    """The place named; a point brings its community along where only a wider place is named."""
    if point is None:
        return place_of(place_id, scope)
    here = Place.of(point.community)
    if place_id is not None:
        named = place_of(place_id, scope)
        if named.division_id not in (here.community_id, here.street_id, here.district_id):
            raise Refused("point_elsewhere", _("This point lies in another place.")).at("point")
    # A point that serves one's community may stand in another: the matter stays one's own.
    mine = Division.objects.within(scope).filter(pk=point.community_id).exists()
    return here if mine else place_of(place_id, scope)


def _choice(value: str, choices: list[str], path: str) -> str:
    if value not in choices:
        raise Refused(f"{path}_unknown", _("Choose one of the list.")).at(path)
    return value


def _words(text: str, longest: int, path: str) -> str:
    words = without_persons(text, max_length=longest)
    if not words:
        raise Refused("words_missing", _("Fill in this field.")).at(path)
    return words


def _record(act: str, matter: Matter, by: str, at: datetime, **more: str) -> None:
    audit.record(
        by=by, at=at, act=act, object_type="matter", object_id=matter.pk,
        district_id=matter.district_id, street_id=matter.street_id, label=matter.label, **more,
    )  # fmt: skip
