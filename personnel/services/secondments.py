"""People lent to a street until a stated time, and sent back (S020).

Where somebody works is `StaffMember.street_id`: it follows the lending, and goes back with it.
Access follows too: the posting that a lending opens ends at the same moment, in real time.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from campaigns.models import Division
from core import audit, clock
from core.constraints import readable
from core.inputs import Conflict, Refused
from core.locks import submission_lock
from core.scope import Scope
from personnel.models import Posting, Secondment, StaffMember
from personnel.roles import POLICY, Role
from personnel.services import postings
from personnel.services.staff import StaffUnknown, kept_member

LONGEST = timedelta(days=180)


class SecondmentUnknown(Refused):
    """Nobody is lent like this in the caller's area (HTTP 404)."""

    status = 404


def roles_to_lend(member: StaffMember, *, real_at: datetime) -> list[Role]:
    """Roles that a lending may open for the person's account: none wider than what is held.

    Field staff, who see their own duties alone, and whatever the person holds for some street of
    the district now: a lending is no way to come by rights.
    """
    if member.user_id is None:
        return []
    held = Posting.objects.valid_at(real_at).filter(
        user=member.user_id,
        division__district_id=member.district_id,
        division__level__in=["street", "community"],
    )
    own = {Role(role) for role in held.values_list("role", flat=True)}
    return [
        role
        for role, policy in POLICY.items()
        if "street" in policy.levels and (role in own or role == Role.FIELD_STAFF)
    ]


def lend(
    *,
    client_key: UUID,
    member_id: UUID,
    street_id: int,
    ends_at: datetime,
    role: Role | None = None,
    scope: Scope,
    by: str,
    at: datetime,
    real_at: datetime,
) -> Secondment:
    """Lend a person to a street from `at` until `ends_at`; the district does. Same key, same row.

    With `role` the person's account is posted to the street until then; `real_at` is the real time
    of `at`. Raises StaffUnknown, Refused for a wrong time, street or role, and Conflict
    `staff_lent` if the person is lent already.
    """
    try:
        with transaction.atomic():
            submission_lock(client_key)
            if known := Secondment.objects.within(scope).filter(client_key=client_key).first():
                return known
            member = kept_member(member_id, scope)
            street = _street(street_id, member, scope)
            _check(member, street, ends_at, at)
            secondment = Secondment(
                client_key=client_key, member=member, district_id=member.district_id,
                street_id=street.pk, starts_at=at, ends_at=ends_at,
                street_before=member.street_id, at=at, by=by,
            )  # fmt: skip
            if role is not None:
                real_end = real_at + (ends_at - at) / clock.rate()
                secondment.posting = _post(member, street, role, by, real_at, real_end)
            secondment.save()
            member.street_id = street.pk
            member.save(update_fields=["street_id"])
            _trail(secondment, "secondment.lend", by, at)
            return secondment
    except IntegrityError as error:
        raise readable(error) from error


@transaction.atomic
def send_back(
    *, secondment_id: int, scope: Scope, by: str, at: datetime, real_at: datetime
) -> Secondment:
    """End a lending now: access ends with this moment, and the person's street is the old one.

    A street that borrows may do it; the list itself follows within seconds, for the old street is
    not its to write. Twice is once. Raises SecondmentUnknown outside of the scope.
    """
    found = Secondment.objects.within(scope).select_for_update(of=("self",), no_key=True)
    secondment = found.filter(pk=secondment_id).first()
    if secondment is None:
        raise SecondmentUnknown("secondment_unknown", _("Nobody is lent like this here."))
    if secondment.closed_at is not None or secondment.ends_at <= at:
        return secondment
    secondment.ends_at = max(at, secondment.starts_at + timedelta(microseconds=1))
    secondment.save(update_fields=["ends_at"])
    if secondment.posting is not None:
        postings.end_posting(posting=secondment.posting, by=by, at=real_at)
    _trail(secondment, "secondment.return", by, at)
    if scope.everything or secondment.district_id in scope.districts:
        _close(secondment, by, at)
    return secondment


def close_ended(*, by: str, at: datetime, real_at: datetime) -> int:
    """Take home whoever's lending has ended by `at`; returns how many. For the worker."""
    ended = Secondment.objects.filter(closed_at__isnull=True, ends_at__lte=at)
    closed = 0
    for pk in ended.order_by("pk").values_list("pk", flat=True):
        with transaction.atomic():
            row = Secondment.objects.select_for_update(of=("self",), no_key=True).get(pk=pk)
            if row.closed_at is not None or row.ends_at > at:
                continue
            if row.posting is not None:
                # The clock may have been set since: what ended here has ended there.
                postings.end_posting(posting=row.posting, by=by, at=real_at)
            _close(row, by, at)
            closed += 1
    return closed


def _check(member: StaffMember, street: Division, ends_at: datetime, at: datetime) -> None:
    if not at < ends_at <= at + LONGEST:
        raise Refused(
            "lend_until", _("Say when the person returns: later than now, within half a year.")
        ).at("ends_at")
    if member.left_at is not None:
        raise StaffUnknown
    lent = member.secondments.filter(closed_at__isnull=True).first()
    if lent is not None:
        raise Conflict(
            "staff_lent",
            _("This person is lent already, until %(until)s. Send them back first."),
            until=f"{clock.local(lent.ends_at):%m-%d %H:%M}",
        )
    if member.street_id == street.pk:
        raise Refused("lend_home", _("This person works in that street already.")).at("street")


def _street(street_id: int, member: StaffMember, scope: Scope) -> Division:
    if not (scope.everything or member.district_id in scope.districts):
        raise Refused("lend_district", _("The district lends people; ask its dispatcher."))
    streets = Division.objects.streets().current().filter(district_id=member.district_id)
    street = streets.filter(pk=street_id).first()
    if street is None:
        raise Refused("street", _("Choose a street of the person's district.")).at("street")
    return street


def _post(
    member: StaffMember, street: Division, role: Role, by: str, real_at: datetime, end: datetime
) -> Posting | None:
    if member.user is None or role not in roles_to_lend(member, real_at=real_at):
        raise Refused("lend_role", _("The account cannot be given this role in the street.")).at(
            "role"
        )
    held = Posting.objects.valid_at(real_at).filter(
        user=member.user, role=role, division=street, ends_at__isnull=True
    )
    if held.exists():
        return None  # held there for good already: nothing to open, and nothing to end
    return postings.post(
        user=member.user, role=role, division=street, by=by, at=real_at, ends_at=end
    )


def _close(secondment: Secondment, by: str, at: datetime) -> None:
    member = StaffMember.objects.select_for_update(of=("self",), no_key=True).get(
        pk=secondment.member_id
    )
    # Somebody may have moved the person meanwhile: then that stands.
    if member.street_id == secondment.street_id:
        member.street_id = secondment.street_before
        member.save(update_fields=["street_id"])
    secondment.closed_at = at
    secondment.save(update_fields=["closed_at"])
    _trail(secondment, "secondment.back", by, at)


def _trail(secondment: Secondment, act: str, by: str, at: datetime) -> None:
    audit.record(
        by=by, at=at, act=act, object_type="staff", object_id=secondment.member_id,
        district_id=secondment.district_id, street_id=secondment.street_id,
        until=secondment.ends_at.isoformat(),
    )  # fmt: skip
