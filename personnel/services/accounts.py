"""What an administrator does with the accounts of a district. All times are real time.

Three rules hold for every act here: the account must be known in one's district (else it does not
exist), nobody changes an own account in this way, and whoever also holds a posting in another
district keeps the password and the state that were given there.
"""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from campaigns.models import Division
from core.inputs import Conflict, Refused
from core.scope import Scope
from personnel import hashers
from personnel.models import Posting, User
from personnel.passwords import make_password_text
from personnel.queries import accounts_within, is_posted_elsewhere
from personnel.roles import Role
from personnel.services import postings, users


def open_account(
    *,
    username: str,
    display_name: str,
    language: str,
    role: Role,
    division: Division,
    scope: Scope,
    by: str,
    at: datetime,
    ends_at: datetime | None = None,
) -> tuple[User, str]:
    """Make an account with its first posting; returns it with its password, shown only now.

    Raises:
        Refused: the division lies outside of one's districts, or the role is not held there.
        ValidationError: the user name is taken or malformed.
        hashers.Busy: too many passwords are being worked on.
    """
    _check_place(division, scope)
    password = make_password_text()
    with hashers.verification_slot(), transaction.atomic():
        user = users.create_user(
            username=username,
            display_name=display_name,
            password=password,
            by=by,
            language=language,
        )
        postings.post(user=user, role=role, division=division, by=by, at=at, ends_at=ends_at)
    return user, password


@transaction.atomic
def add_posting(
    *,
    user_id: int,
    role: Role,
    division: Division,
    scope: Scope,
    by: str,
    at: datetime,
    ends_at: datetime | None = None,
) -> Posting:
    """Give an account one more role in one's district.

    Raises:
        Refused: no such account here, one's own account, or a role or place that does not fit.
        ValidationError: the person holds this role there already.
    """
    user = _theirs(user_id, scope, by)
    _check_place(division, scope)
    return postings.post(user=user, role=role, division=division, by=by, at=at, ends_at=ends_at)


@transaction.atomic
def end_posting(*, user_id: int, posting_id: int, scope: Scope, by: str, at: datetime) -> None:
    """End a posting in one's district now. Raises Refused if there is none, or it is one's own."""
    user = _theirs(user_id, scope, by)
    posting = (
        Posting.objects.filter(user=user, division__district_id__in=sorted(scope.districts))
        .select_related("division")
        .filter(pk=posting_id)
        .first()
    )
    if posting is None:
        raise _unknown()
    postings.end_posting(posting=posting, by=by, at=at)


def reset_password(*, user_id: int, scope: Scope, by: str, at: datetime) -> tuple[User, str]:
    """Give an account a new password, shown only now; the person must change it at sign-in.

    Raises:
        Refused: no such account here, one's own, or one that another district relies on.
        hashers.Busy: too many passwords are being worked on.
    """
    with transaction.atomic():
        user = _whole(user_id, scope, by, at)
        password = make_password_text()
        users.reset_password(user=user, password=password, by=by)
    return user, password


@transaction.atomic
def switch_account(*, user_id: int, active: bool, scope: Scope, by: str, at: datetime) -> None:
    """Switch an account off (its sessions end at their next request) or on again.

    Raises Refused: no such account here, one's own, or one that another district relies on.
    """
    user = _whole(user_id, scope, by, at)
    if user.is_active == active:
        return
    if active:
        users.switch_on_user(user=user, by=by)
    else:
        users.switch_off_user(user=user, by=by)


def _theirs(user_id: int, scope: Scope, by: str) -> User:
    found = accounts_within(scope).select_for_update(of=("self",), no_key=True)
    user = found.filter(pk=user_id).first()
    if user is None:
        raise _unknown()
    if by.split(":")[:2] == ["user", str(user.pk)]:
        raise Conflict(
            "own_account",
            _("This is your own account. Another administrator can change it."),
        )
    return user


def _whole(user_id: int, scope: Scope, by: str, at: datetime) -> User:
    user = _theirs(user_id, scope, by)
    if is_posted_elsewhere(user.pk, scope, at=at):
        raise Conflict(
            "account_shared",
            _(
                "This person also works in another district. End the postings here; the password "
                "and the account itself are changed where both districts are run."
            ),
        )
    return user


def _check_place(division: Division, scope: Scope) -> None:
    if division.district_id not in scope.districts or division.valid_to is not None:
        raise Refused("posting_place", _("Choose a place of your district."))


def _unknown() -> Refused:
    refused = Refused("account_unknown", _("There is no such account in your area."))
    refused.status = 404
    return refused
