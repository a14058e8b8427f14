"""People on the district's list: added once, changed, reached, linked to an account, gone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from core import audit
from core.constraints import readable
from core.crypto import attribute_print, blind_index, mask_name, mask_phone
from core.inputs import Conflict, Refused, id_document
from core.locks import named_lock
from core.scope import Scope
from core.statements import run
from personnel.models import Duty, Posting, StaffMember, User
from personnel.models.duty import STANDING
from personnel.services.duty_locks import lock_people, told_when_busy
from personnel.services.staff_places import Details, Settled, settle


class StaffUnknown(Refused):
    """Nobody like this is kept on the list in the caller's area (HTTP 404)."""

    status = 404

    def __init__(self) -> None:
        super().__init__("staff_unknown", _("There is no such person on your list."))


@dataclass(frozen=True)
class Known:
    """A person who is on the district's list already, wherever they work."""

    member_id: UUID
    street_id: int | None


def find_known(district_id: int, keys: Sequence[UUID]) -> dict[UUID, Known]:
    """Who of these people (by blind index) is on the district's list, also outside one's area."""
    rows = run(
        "SELECT person_key, member_id, street_id FROM personnel_find_staff(%s, %b::uuid[])",
        [district_id, list(keys)],
    )
    return {key: Known(member, street) for key, member, street in rows}


def set_identity(member: StaffMember, *, name: str, phone: str) -> None:
    """Give a person a name and telephone, with the masks and prints that go with them."""
    member.name, member.phone = name, phone
    member.name_mask, member.phone_mask = mask_name(name), mask_phone(phone)
    member.name_print = attribute_print(member.person_key, "name", name)
    member.phone_print = attribute_print(member.person_key, "phone", phone)


@transaction.atomic
def add_member(
    *, id_type: str, number: str, details: Details, scope: Scope, by: str, at: datetime
) -> StaffMember:
    """Put a person on the list; somebody who left it comes back as the same row.

    Raises Refused for a wrong document or for places and terms of another district, and Conflict
    (`staff_known`, `staff_elsewhere`) if the person is on the list already.
    """
    settled = settle(details, scope)
    number = id_document(id_type, number)
    district = settled.home_unit.district_id
    key = blind_index(district, id_type, number)
    named_lock(f"staff/{key}")
    known = find_known(district, [key]).get(key)
    if known is not None:
        return _come_back(known, details, settled, scope, by, at)
    member = StaffMember(
        person_key=key, district_id=district, id_type=id_type, id_number=number,
        id_last4=number[-4:], added_at=at,
    )  # fmt: skip
    _fill(member, details, settled)
    member.save(force_insert=True)
    member.roles.set(settled.roles)
    _trail(member, "staff.add", by, at, home_unit=settled.home_unit.pk)
    return member


@transaction.atomic
def change_member(
    *, member_id: UUID, details: Details, scope: Scope, by: str, at: datetime
) -> StaffMember:
    """Write a person's entries anew; what did not change is not written.

    Raises StaffUnknown, Refused as in `add_member`, and Conflict `staff_lent`: who is lent to a
    street works there until the return.
    """
    member = kept_member(member_id, scope)
    settled = settle(details, scope)
    if settled.home_unit.district_id != member.district_id:
        raise Refused("home_unit", _("Choose a home unit of the person's district.")).at(
            "home_unit"
        )
    if details.street_id != member.street_id and _is_lent(member):
        raise Conflict(
            "staff_lent",
            _("This person is lent to a street. Send them back before you change where they work."),
        ).at("street")
    before = _told(member)
    roles = sorted(member.roles.values_list("pk", flat=True))
    identity = (member.name_print, member.phone_print)
    _fill(member, details, settled)
    member.save()
    member.roles.set(settled.roles)
    changed = audit.changes(before, _told(member))
    if roles != (now := sorted(role.pk for role in settled.roles)):
        changed["roles"] = [roles, now]
    if identity != (member.name_print, member.phone_print):
        changed["identity"] = [None, "changed"]
    if changed:
        _trail(member, "staff.change", by, at, changed=changed)
    return member


@told_when_busy()
@transaction.atomic
def leave_list(*, member_id: UUID, scope: Scope, by: str, at: datetime) -> StaffMember:
    """Take a person off the list; their past duties stay. Doing it twice does it once.

    Raises Conflict while duties, buildings, a team or a lending still rest on the person.
    """
    lock_people([member_id])  # before the row: whoever books them now is waited for, or waits
    member = kept_member(member_id, scope)
    if member.left_at is not None:
        return member
    _check_free(member, at)
    member.left_at = at
    member.save(update_fields=["left_at"])
    _trail(member, "staff.leave", by, at)
    return member


@transaction.atomic
def note_reach(*, member_id: UUID, reached: bool, scope: Scope, by: str, at: datetime) -> None:
    """Keep whether the person could be reached at `at` (S078); the last try counts."""
    member = seen_member(member_id, scope, at=at)
    member.reach = StaffMember.Reach.REACHED if reached else StaffMember.Reach.UNREACHED
    member.reach_at = at
    member.save(update_fields=["reach", "reach_at"])
    _trail(member, "staff.reach", by, at, reached=reached)


def link_account(
    *, member_id: UUID, username: str, scope: Scope, by: str, at: datetime, real_at: datetime
) -> StaffMember:
    """Say which account is this person's, so that they see their own duties; "" unlinks it.

    `real_at` is real time: the account must hold a posting in the district then. Raises Refused
    `account_unknown`, and Conflict `account_linked` if it is somebody else's.
    """
    try:
        with transaction.atomic():
            member = kept_member(member_id, scope)
            user = _account_of(member, username, real_at) if username else None
            if member.user_id == (user.pk if user else None):
                return member
            member.user = user
            member.save(update_fields=["user"])
            act = "staff.account" if user else "staff.account_off"
            _trail(member, act, by, at, user=user.pk if user else None)
            return member
    except IntegrityError as error:
        if readable(error).code == "already_exists":
            raise Conflict(
                "account_linked", _("This account is linked to another person already.")
            ).at("username") from error
        raise


def _account_of(member: StaffMember, username: str, real_at: datetime) -> User:
    held = Posting.objects.valid_at(real_at).filter(division__district_id=member.district_id)
    user = User.objects.filter(username=username, pk__in=held.values("user")).first()
    if user is None:
        raise Refused(
            "account_unknown", _("No account of your district with a posting has this name.")
        ).at("username")
    return user


def _come_back(
    known: Known, details: Details, settled: Settled, scope: Scope, by: str, at: datetime
) -> StaffMember:
    try:
        member = seen_member(known.member_id, scope)
    except StaffUnknown:
        raise Conflict(
            "staff_elsewhere",
            _("This person is on the district's list already and works elsewhere in it."),
        ).at("number") from None
    if member.left_at is None:
        raise Conflict("staff_known", _("This person is on your list already.")).at("number")
    member.left_at = None
    _fill(member, details, settled)
    member.save()
    member.roles.set(settled.roles)
    _trail(member, "staff.back", by, at, home_unit=settled.home_unit.pk)
    return member


def _fill(member: StaffMember, details: Details, settled: Settled) -> None:
    set_identity(member, name=details.name, phone=details.phone)
    member.street_id = details.street_id
    member.home_unit, member.source, member.team = settled.home_unit, settled.source, settled.team


def _told(member: StaffMember) -> dict[str, int | None]:
    return {
        "street": member.street_id,
        "home_unit": member.home_unit_id,
        "source": member.source_id,
        "team": member.team_id,
    }


def seen_member(member_id: UUID, scope: Scope, *, at: datetime | None = None) -> StaffMember:
    """A person of one's area or on duty in it, locked; raises StaffUnknown.

    With `at` past duties open nobody: only who is on duty there then or later.
    """
    people = StaffMember.objects.within(scope, since=at)
    # One person by key: the list's joins are of no use here, and cannot be locked.
    found = StaffMember.objects.filter(pk__in=people.filter(pk=member_id).values("pk"))
    member = found.select_for_update(of=("self",), no_key=True).first()
    if member is None:
        raise StaffUnknown
    return member


def kept_member(member_id: UUID, scope: Scope) -> StaffMember:
    """A person of one's own area, locked; whoever is only on duty there is kept by others."""
    member = seen_member(member_id, scope)
    own = scope.everything or member.district_id in scope.districts
    if not own and member.street_id not in scope.streets:
        raise StaffUnknown
    return member


def _is_lent(member: StaffMember) -> bool:
    return member.secondments.filter(closed_at__isnull=True).exists()


def _check_free(member: StaffMember, at: datetime) -> None:
    ahead = Duty.objects.filter(member=member, state__in=STANDING, ends_at__gt=at)
    if number := ahead.count():
        raise Conflict(
            "staff_has_duties",
            _("%(duties)s duties of this person lie ahead. Give them to others first."),
            duties=number,
        )
    if member.patches.filter(ends_at__isnull=True).exists():
        raise Conflict(
            "staff_has_buildings",
            _("This person answers for buildings. Give them to somebody else first."),
        )
    if _is_lent(member):
        raise Conflict("staff_lent", _("This person is lent to a street. Send them back first."))


def _trail(member: StaffMember, act: str, by: str, at: datetime, **summary: Any) -> None:
    audit.record(
        by=by, at=at, act=act, object_type="staff", object_id=member.pk,
        district_id=member.district_id, street_id=member.street_id, **summary,
    )  # fmt: skip
