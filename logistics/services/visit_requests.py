"""Somebody who cannot come is asked for: by the community, the telephone line, the family (S049).

The person comes from the register or is typed. One person has one request in a round: whoever
asks again is told, and may add what they know to the request that stands.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from campaigns.models import Division, Resident, Round
from campaigns.models.divisions import Level
from core.constraints import readable
from core.crypto import attribute_print, blind_index, mask_name, mask_phone
from core.inputs import RESIDENT, Conflict, Refused
from core.locks import submission_lock
from core.scope import Scope
from logistics.models import Visit, VisitState
from logistics.services.visits import note, note_step
from sites.queries.rounds import rounds_of
from sites.services.finding import Unknown

ENDED_FOR_GOOD = [VisitState.MERGED, VisitState.WITHDRAWN]
"""A request in one of these states stands in nobody's way."""


@dataclass(frozen=True)
class Ask:
    """What is known about somebody who cannot come. Text is in its one written form already.

    `resident_id` takes name, document, telephone and building from the register where they are
    not typed; otherwise a document number, if known, tells the person apart.
    """

    reason: str
    source: str
    way: str = Visit.Way.HOME
    community_id: int | None = None
    resident_id: UUID | None = None
    id_type: str = RESIDENT
    number: str = ""
    name: str = ""
    phone: str = ""
    building: str = ""
    address: str = ""
    note: str = ""
    urgent: bool = False
    window_starts: datetime | None = None
    window_ends: datetime | None = None


class AlreadyAsked(Conflict):
    """This person's visit is asked for in this round; `visit_id` is None where it is not seen."""

    def __init__(self, visit_id: int | None) -> None:
        super().__init__("visit_twice", _("A visit to this person is already asked for."))
        self.visit_id = visit_id


@transaction.atomic
def ask(
    *, client_key: UUID, round_id: int, asked: Ask, scope: Scope, by: str, at: datetime
) -> Visit:
    """Ask for a visit; the same form again gives the visit it made.

    Raises AlreadyAsked for somebody who has one in this round, Unknown and Refused.
    """
    submission_lock(client_key)
    made = Visit.objects.within(scope).filter(client_key=client_key).first()
    if made is not None:
        return made
    round_ = open_round(round_id, scope)
    visit = Visit(client_key=client_key, round=round_, state_at=at, at=at, by=by)
    resident = _resident(asked, scope)
    _take_person(visit, asked, resident, _home(asked, resident, scope), round_, scope)
    _take_wishes(visit, asked)
    _refuse_second(visit, scope)
    try:
        with transaction.atomic():
            visit.save()
    except IntegrityError as exc:
        raise _twice_or(exc, visit, scope) from None
    note_step(visit, "", VisitState.ASKED, by=by, at=at)
    return visit


@transaction.atomic
def join(*, visit_id: int, asked: Ask, scope: Scope, by: str, at: datetime) -> Visit:
    """Add what a second caller knows to the request that stands: nothing of it is taken away.

    Raises Unknown outside the scope, Refused where it is another person's, and Conflict where it
    is over for good.
    """
    seen = Visit.objects.within(scope).filter(pk=visit_id).order_by().values("pk")
    visit = Visit.objects.select_for_update(no_key=True).filter(pk__in=seen).first()
    if visit is None:
        raise Unknown("visit_unknown", _("There is no such visit in your area."))
    if visit.state in ENDED_FOR_GOOD or visit.purged_at is not None:
        raise Conflict("visit_over", _("That request is over. Ask for the visit anew."))
    person_key = _person_key(asked, _resident(asked, scope), visit.district_id)
    if person_key is None or person_key != visit.person_key:
        raise Refused("visit_another", _("That request is another person's. Ask for this visit."))
    if asked.phone and not visit.phone:
        take_phone(visit, asked.phone)
    visit.address = visit.address or asked.address
    visit.note = added_note(str(visit.note), asked.note)
    visit.urgent = visit.urgent or asked.urgent
    if visit.window_starts is None and visit.window_ends is None:
        visit.window_starts, visit.window_ends = asked.window_starts, asked.window_ends
    _save(visit)
    note(visit, act="visit.join", by=by, at=at, source=asked.source)
    return visit


def open_round(round_id: int, scope: Scope) -> Round:
    """The round, if requests are taken in it: from its approval until it is closed."""
    # A street asks before the targets are frozen: on the eve of the round (S049).
    seen = {each.pk: each for each in rounds_of(scope) if not each.is_template}
    found = seen.get(round_id)
    if found is None or found.state == Round.State.DRAFT:
        raise Refused("round_unknown", _("Choose a round of your area.")).at("round")
    if found.state == Round.State.CLOSED:
        raise Conflict("round_closed", _("This round is closed; no visit is asked for any more."))
    return found


def take_phone(visit: Visit, phone: str) -> None:
    """Set the telephone, its mask and the print by which likely doubles are found."""
    visit.phone, visit.phone_mask = phone, mask_phone(phone)
    visit.phone_print = phone_print(visit.district_id, phone) if phone else None


def phone_print(district_id: int, phone: str) -> int:
    """The print of a telephone: salted with the district alone, so that one telephone has one
    print in it, whoever gives it."""
    return attribute_print(UUID(int=district_id), "visit-phone", phone)


def added_note(first: str, second: str) -> str:
    """Both notes, each once."""
    return first if second in first else f"{first}\n{second}".strip()


def _resident(asked: Ask, scope: Scope) -> Resident | None:
    if asked.resident_id is None:
        return None
    found = Resident.objects.within(scope).filter(pk=asked.resident_id).first()
    if found is None:
        raise Unknown("resident_unknown", _("There is no such person in your area."))
    return found


def _person_key(asked: Ask, resident: Resident | None, district_id: int) -> UUID | None:
    """Who it is: the person of the register, or the typed document's."""
    if resident is not None:
        return resident.person_key
    return blind_index(district_id, asked.id_type, asked.number) if asked.number else None


def _home(asked: Ask, resident: Resident | None, scope: Scope) -> Division:
    """The community where the person is: the one chosen, or the register's."""
    wanted = asked.community_id or (resident.community_id if resident else None)
    communities = Division.objects.within(scope).filter(level=Level.COMMUNITY).current()
    found = communities.filter(pk=wanted).first() if wanted else None
    if found is None:
        raise Refused("community_unknown", _("Choose a community of your area.")).at("community")
    return found


def _take_person(
    visit: Visit,
    asked: Ask,
    resident: Resident | None,
    home: Division,
    round_: Round,
    scope: Scope,
) -> None:
    if home.district_id is None or home.street_id is None:
        raise Refused("community_unknown", _("Choose a community of your area.")).at("community")
    if round_.campaign.district_id != home.district_id:
        raise Refused("round_elsewhere", _("This round is another district's.")).at("round")
    visit.district_id, visit.street_id, visit.community = home.district_id, home.street_id, home
    if asked.number:
        visit.person_key = blind_index(home.district_id, asked.id_type, asked.number)
        # A number alone opens nobody of elsewhere: it tells the person apart, and no more.
        known = Resident.objects.within(scope).filter(district_id=home.district_id)
        resident = resident or known.filter(person_key=visit.person_key).first()
    if resident is not None:
        visit.person_key = resident.person_key
    visit.name = asked.name or (str(resident.name) if resident else "")
    if not visit.name:
        raise Refused("name_missing", _("Say whom the visit is for.")).at("name")
    visit.name_mask = mask_name(str(visit.name))
    take_phone(visit, asked.phone or (str(resident.phone) if resident else ""))
    visit.building = asked.building or (resident.building if resident else "")


def _take_wishes(visit: Visit, asked: Ask) -> None:
    if asked.reason not in Visit.Reason.values:
        raise Refused("visit_reason", _("Say why the person cannot come.")).at("reason")
    visit.reason, visit.way, visit.source = asked.reason, asked.way, asked.source
    visit.address, visit.note, visit.urgent = asked.address, asked.note, asked.urgent
    visit.window_starts, visit.window_ends = asked.window_starts, asked.window_ends


def _refuse_second(visit: Visit, scope: Scope) -> None:
    if visit.person_key is None:
        return
    standing = Visit.objects.within(scope).exclude(state__in=ENDED_FOR_GOOD)
    first = standing.filter(round_id=visit.round_id, person_key=visit.person_key).first()
    if first is not None:
        raise AlreadyAsked(first.pk)


def _twice_or(exc: IntegrityError, visit: Visit, scope: Scope) -> Refused:
    """Two asked at once, or the other request is in a street that the caller does not see."""
    refusal = readable(exc)
    if refusal.code != "visit_once_per_round":
        return refusal
    try:
        _refuse_second(visit, scope)
    except AlreadyAsked as known:
        return known
    return AlreadyAsked(None)


def _save(visit: Visit) -> None:
    try:
        with transaction.atomic():
            visit.save()
    except IntegrityError as exc:
        raise readable(exc) from None
