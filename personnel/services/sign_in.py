"""Signing in: count first, verify second, tell a stranger nothing."""

from __future__ import annotations

from datetime import datetime

from django.contrib.auth.hashers import make_password

from personnel import hashers
from personnel.models import User
from personnel.queries import standing_of
from personnel.services import attempts
from personnel.services.trail import note


class WrongCredentials(Exception):
    """The name or the password is wrong, or the account is switched off: never said which."""


class NoPosting(Exception):
    """The password is right, but no posting is valid now."""


def sign_in(*, username: str, password: str, address: str, at: datetime) -> User:
    """Verify a person's name and password at `at` (real time) and return the account.

    1. the try is counted and committed, per address and per (name, address);
    2. beyond the limit nothing is verified, whether or not the account exists;
    3. an unknown or inactive account costs one hash too, so that time tells nothing;
    4. success clears the count; a busy process gives the try back.

    Raises:
        attempts.TooManyTries: locked; carries the seconds to wait.
        hashers.Busy: four verifications are running already.
        WrongCredentials, NoPosting: as their names say.
    """
    name = User.normalize_username(username)
    attempts.take(attempts.SIGN_IN_ADDRESS, address, at=at)
    key = attempts.take(attempts.SIGN_IN, name, address, at=at)
    user = User.objects.filter(username=name, is_active=True).first() if _storable(name) else None
    try:
        with hashers.verification_slot():
            # `check_password` may write the account again when the hasher's cost has changed.
            right = user.check_password(password) if user else _waste_a_hash(password)
    except hashers.Busy:
        attempts.give_back(attempts.SIGN_IN, key)
        raise
    if user is None or not right:
        _note(user, by="anonymous", act="sign_in_failed")
        raise WrongCredentials
    attempts.forget(key, at=at)
    if standing_of(user.pk, at=at) is None:
        _note(user, by=f"user:{user.pk}", act="sign_in_without_posting")
        raise NoPosting
    _note(user, by=f"user:{user.pk}", act="signed_in")
    return user


def verify_own_password(*, user: User, password: str, at: datetime) -> bool:
    """Whether `password` is the one of a person already signed in, counted like a sign-in.

    Raises:
        attempts.TooManyTries, hashers.Busy: as in `sign_in`.
    """
    key = attempts.take(attempts.SIGN_IN, user.username, "own session", at=at)
    try:
        with hashers.verification_slot():
            right = user.check_password(password)
    except hashers.Busy:
        attempts.give_back(attempts.SIGN_IN, key)
        raise
    if right:
        attempts.forget(key, at=at)
    return right


def _storable(name: str) -> bool:
    return 0 < len(name) <= 60 and name.isprintable()


def _waste_a_hash(password: str) -> bool:
    make_password(password)
    return False


def _note(user: User | None, *, by: str, act: str) -> None:
    note(by=by, act=act, object_type="user", object_id=user.pk if user else "")
