from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.contrib.sessions.models import Session
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from core.audit import AuditEvent
from personnel import hashers
from personnel.models import Attempt, User
from personnel.roles import Role
from personnel.services import attempts, sign_in
from tests.personnel.make import PASSWORD, make_district, make_user

SIGN_IN = "/sign-in/"


def post(client: Client, username: str, password: str, **extra: str):
    return client.post(SIGN_IN, {"username": username, "password": password, **extra})


@pytest.fixture
def commander(db) -> User:
    return make_user(Role.COMMANDER, make_district().district)


def test_sign_in_opens_a_new_session_with_a_fixed_end(client, commander):
    client.get(SIGN_IN)
    client.session.save()
    client.cookies["jinjian"] = client.session.session_key or "planted"

    response = post(client, commander.username, PASSWORD)

    assert response.status_code == 302
    assert response["Location"] == "/home/"
    session = Session.objects.get(session_key=client.cookies["jinjian"].value)
    assert abs(session.expire_date - timezone.now() - timedelta(hours=12)) < timedelta(minutes=1)
    assert client.cookies["jinjian_language"].value == "en"
    assert AuditEvent.objects.filter(act="signed_in", object_id=str(commander.pk)).count() == 1


def test_sign_in_does_not_keep_a_planted_session_key(client, commander):
    client.cookies["jinjian"] = "a" * 32

    post(client, commander.username, PASSWORD)

    assert client.cookies["jinjian"].value != "a" * 32


def test_sign_in_end_does_not_move_when_the_session_is_saved(client, commander):
    post(client, commander.username, PASSWORD)
    key = client.cookies["jinjian"].value
    early = timezone.now() + timedelta(hours=2)
    session = client.session
    session.set_expiry(early)
    session.save()

    client.post(reverse("personnel:role_choose"), {"role": "commander"})  # saves the session

    assert abs(Session.objects.get(session_key=key).expire_date - early) < timedelta(seconds=2)


def test_sign_in_folds_width_and_case_of_the_name(client, commander):
    wide = "".join(chr(ord(letter) + 0xFEE0) for letter in commander.username.upper())

    assert post(client, wide, PASSWORD).status_code == 302


@pytest.mark.parametrize(
    "wish", ["https://evil.example/", "//evil.example/", "javascript:alert(1)"]
)
def test_sign_in_never_leads_elsewhere(client, commander, wish):
    response = post(client, commander.username, PASSWORD, next=wish)

    assert response["Location"] == "/home/"


def test_sign_in_leads_back_to_where_one_wanted(client, commander):
    response = post(client, commander.username, PASSWORD, next="/account/password/")

    assert response["Location"] == "/account/password/"


def test_sign_in_says_the_same_of_unknown_wrong_and_switched_off(client, commander):
    off = make_user(Role.COMMANDER, make_district().district)
    off.is_active = False
    off.save()
    client.cookies["jinjian_language"] = "en"

    answers = {
        (response.status_code, text_of(response))
        for response in (
            post(client, commander.username, "not the password"),
            post(client, "nobody-of-this-name", "not the password"),
            post(client, off.username, PASSWORD),
        )
    }

    assert len(answers) == 1
    assert answers.pop()[0] == 422


def text_of(response) -> str:
    """The errors only: tokens differ between any two pages."""
    return str(response.context["form"].errors)


def test_sign_in_costs_an_unknown_name_a_hash_too(db, monkeypatch):
    hashed = []
    monkeypatch.setattr(sign_in, "make_password", hashed.append)

    with pytest.raises(sign_in.WrongCredentials):
        sign_in.sign_in(username="nobody", password="x", address="::1", at=timezone.now())

    assert hashed == ["x"]


def test_sign_in_without_posting_is_refused(client, db):
    user = make_user()

    response = post(client, user.username, PASSWORD)

    assert response.status_code == 403
    assert "_auth_user_id" not in client.session


def test_sign_in_keeps_nothing_that_was_typed(client, db):
    post(client, "secret-in-the-wrong-field", "x" * 20)

    with connection.cursor() as cursor:
        cursor.execute("SELECT string_agg(a::text, '') FROM personnel_attempt a")
        kept = cursor.fetchone()[0]
        cursor.execute("SELECT string_agg(a::text, '') FROM core_auditevent a")
        kept += cursor.fetchone()[0]
    assert "wrong-field" not in kept


@pytest.mark.parametrize("name", ["", "a\x00b", "x" * 201, "‮evil"])
def test_sign_in_answers_odd_names_calmly(client, db, name):
    assert post(client, name, PASSWORD).status_code in (400, 422)


# --- lockout --------------------------------------------------------------------------------


def test_lockout_refuses_the_sixth_try_even_with_the_right_password(client, commander):
    for _try in range(5):
        assert post(client, commander.username, "wrong").status_code == 422

    response = post(client, commander.username, PASSWORD)

    assert response.status_code == 429
    assert 800 < int(response["Retry-After"]) <= 901


def test_lockout_is_the_same_for_an_unknown_name(client, db):
    for _try in range(5):
        post(client, "nobody", "wrong")

    assert post(client, "nobody", "wrong").status_code == 429


def test_lockout_ends_after_fifteen_minutes_and_not_before(commander):
    start = timezone.now()
    for _try in range(5):
        with pytest.raises(sign_in.WrongCredentials):
            attempt(commander, "wrong", at=start)

    with pytest.raises(attempts.TooManyTries):
        attempt(commander, PASSWORD, at=start + timedelta(minutes=14, seconds=59))

    assert attempt(commander, PASSWORD, at=start + timedelta(minutes=15)) == commander


def test_lockout_is_not_prolonged_by_knocking(commander):
    start = timezone.now()
    for minute in range(15):
        with pytest.raises((sign_in.WrongCredentials, attempts.TooManyTries)):
            attempt(commander, "wrong", at=start + timedelta(minutes=minute / 10))
    late = start + timedelta(minutes=14)
    with pytest.raises(attempts.TooManyTries):
        attempt(commander, "wrong", at=late)

    assert attempt(commander, PASSWORD, at=start + timedelta(minutes=15, seconds=25)) == commander


def test_lockout_at_one_address_leaves_the_person_free_at_another(commander):
    for _try in range(6):
        with pytest.raises((sign_in.WrongCredentials, attempts.TooManyTries)):
            attempt(commander, "wrong", address="192.0.2.1")

    assert attempt(commander, PASSWORD, address="192.0.2.2") == commander


def test_lockout_count_starts_afresh_after_success(commander):
    for _round in range(3):
        for _try in range(4):
            with pytest.raises(sign_in.WrongCredentials):
                attempt(commander, "wrong")
        assert attempt(commander, PASSWORD) == commander


def attempt(user: User, password: str, *, at=None, address: str = "192.0.2.1") -> User:
    return sign_in.sign_in(
        username=user.username, password=password, address=address, at=at or timezone.now()
    )


def test_lockout_lets_few_of_fifty_concurrent_guesses_through(transactional_db, monkeypatch):
    user = make_user(Role.COMMANDER, make_district().district)
    verified = []
    monkeypatch.setattr(User, "check_password", lambda self, raw: bool(verified.append(raw)))

    def guess(number: int) -> str:
        try:
            attempt(user, f"guess {number}")
        except Exception as refused:
            return type(refused).__name__
        finally:
            connection.close()
        return "opened"

    with ThreadPoolExecutor(16) as pool:
        outcomes = list(pool.map(guess, range(50)))

    assert len(verified) == 5
    assert outcomes.count("WrongCredentials") == 5
    assert outcomes.count("TooManyTries") == 45
    assert Attempt.objects.get(kind="sign_in").tries == 50


# --- the budget of verifications --------------------------------------------------------------


def test_hasher_stays_within_its_memory_budget():
    encoded = hashers.Argon2Hasher().encode("a password", "somesaltsomesalt")

    assert encoded.startswith("argon2$argon2id$v=19$m=19456,t=2,p=1$")


def test_busy_process_answers_503_and_gives_the_try_back(client, commander, monkeypatch):
    monkeypatch.setattr(hashers, "SLOTS", threading.BoundedSemaphore(1))
    monkeypatch.setattr(hashers, "WAIT_SECONDS", 0.01)
    with hashers.verification_slot():
        responses = [post(client, commander.username, PASSWORD) for _try in range(7)]

    assert {response.status_code for response in responses} == {503}
    assert responses[0]["Retry-After"] == "2"
    assert post(client, commander.username, PASSWORD).status_code == 302


def test_at_most_four_verifications_run_at_once(monkeypatch):
    running, most = [], []
    monkeypatch.setattr(hashers, "WAIT_SECONDS", 5)

    def verify(_number: int) -> None:
        with hashers.verification_slot():
            running.append(1)
            most.append(len(running))
            threading.Event().wait(0.01)
            running.pop()

    with ThreadPoolExecutor(12) as pool:
        list(pool.map(verify, range(24)))

    assert max(most) == 4


# --- what comes after -------------------------------------------------------------------------


def test_sign_out_ends_the_session(client, commander):
    post(client, commander.username, PASSWORD)
    key = client.cookies["jinjian"].value

    response = client.post("/sign-out/")

    assert response.status_code == 302
    assert not Session.objects.filter(session_key=key).exists()


def test_forms_refuse_a_foreign_site(commander):
    client = Client(enforce_csrf_checks=True)

    assert post(client, commander.username, PASSWORD).status_code == 403
    assert client.post("/language/", {"language": "en"}).status_code == 403
