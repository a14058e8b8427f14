"""Accounts: made, switched off, given a new password."""

from __future__ import annotations

from django.db import transaction

from personnel import hashers
from personnel.models import User
from personnel.passwords import check_password_fit
from personnel.services.trail import note


@transaction.atomic
def create_user(
    *,
    username: str,
    display_name: str,
    password: str,
    by: str,
    language: str = User.Language.CHINESE,
    must_change_password: bool = True,
) -> User:
    """Make an account. It opens nothing until it is given a posting.

    Raises:
        ValidationError: the name is taken or malformed, or the password is not fit.
    """
    user = User(
        username=User.normalize_username(username),
        display_name=display_name.strip(),
        language=language,
        must_change_password=must_change_password,
    )
    check_password_fit(password, user)
    user.set_password(password)
    user.full_clean()
    user.save()
    note(by=by, act="user_created", object_type="user", object_id=user.pk)
    return user


@transaction.atomic
def switch_off_user(*, user: User, by: str) -> None:
    """End an account's access at its next request; its postings and history stay."""
    User.objects.filter(pk=user.pk).update(is_active=False)
    note(by=by, act="user_switched_off", object_type="user", object_id=user.pk)


@transaction.atomic
def switch_on_user(*, user: User, by: str) -> None:
    """Let an account that was switched off in again; its postings count as before."""
    User.objects.filter(pk=user.pk).update(is_active=True)
    note(by=by, act="user_switched_on", object_type="user", object_id=user.pk)


def reset_password(*, user: User, password: str, by: str) -> None:
    """Give an account a password that must be changed at sign-in; all its sessions end.

    Raises:
        hashers.Busy: four hashes are running already.
    """
    with hashers.verification_slot():
        user.set_password(password)
    with transaction.atomic():
        user.must_change_password = True
        user.save(update_fields=["password", "must_change_password"])
        note(by=by, act="password_reset", object_type="user", object_id=user.pk)


def change_password(*, user: User, password: str, by: str) -> None:
    """Give an account a new password; every other session of it ends.

    Raises:
        ValidationError: the password is not fit.
        hashers.Busy: four hashes are running already.
    """
    check_password_fit(password, user)
    with hashers.verification_slot():
        user.set_password(password)
    with transaction.atomic():
        user.must_change_password = False
        user.save(update_fields=["password", "must_change_password"])
        note(by=by, act="password_changed", object_type="user", object_id=user.pk)


@transaction.atomic
def choose_language(*, user: User, language: str, by: str) -> None:
    """Remember the language an account reads."""
    if language not in User.Language.values:
        raise ValueError(language)
    User.objects.filter(pk=user.pk).update(language=language)
    note(by=by, act="language_chosen", object_type="user", object_id=user.pk, language=language)
