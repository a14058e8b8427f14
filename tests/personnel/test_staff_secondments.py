"""People lent to a street: until a stated time, once at a time, and access ends with it."""

from __future__ import annotations

import uuid
from datetime import timedelta

import pytest
from django.db import transaction
from django.test import Client
from django.utils import timezone

from core.inputs import Conflict, Refused
from core.scope import scoped
from personnel.models import Posting, Secondment, StaffMember
from personnel.roles import Role
from personnel.services import secondments, staff
from tests.personnel.make import make_user
from tests.personnel.people import floor_of, make_member
from tests.personnel.staff_desk import AT, make_desk

pytestmark = pytest.mark.django_db
HOURS = timedelta(hours=10)


def _lend(desk, member, **over):
    given = {
        "client_key": uuid.uuid4(),
        "member_id": member.pk,
        "street_id": desk.place.here.pk,
        "ends_at": AT + HOURS,
        "real_at": timezone.now(),
    }
    return secondments.lend(**given | desk.who() | over)


def test_a_lent_person_works_in_the_street_and_goes_back() -> None:
    desk = make_desk()
    member = make_member(desk.place.district, desk.place.there)
    with scoped(desk.district):
        lent = _lend(desk, member)
        assert StaffMember.objects.get(pk=member.pk).street_id == desk.place.here.pk

        early = secondments.close_ended(by="w", at=AT + HOURS / 2, real_at=timezone.now())
        closed = secondments.close_ended(by="w", at=AT + HOURS, real_at=timezone.now())
        again = secondments.close_ended(by="w", at=AT + HOURS, real_at=timezone.now())

        assert (early, closed, again) == (0, 1, 0)
        assert StaffMember.objects.get(pk=member.pk).street_id == desk.place.there.pk
        lent.refresh_from_db()
        assert lent.closed_at == AT + HOURS


def test_one_lending_at_a_time_and_one_for_a_form_sent_twice() -> None:
    desk = make_desk()
    member = make_member(desk.place.district)
    key = uuid.uuid4()
    with scoped(desk.district):
        first = _lend(desk, member, client_key=key)
        assert _lend(desk, member, client_key=key).pk == first.pk
        with pytest.raises(Conflict) as refused:
            _lend(desk, member, street_id=desk.place.there.pk)

    assert refused.value.code == "staff_lent"
    assert Secondment.objects.count() == 1


def test_lending_is_the_districts_and_ends_some_day() -> None:
    desk = make_desk()
    member = make_member(desk.place.district, desk.place.here)
    with scoped(desk.street), pytest.raises(Refused) as street:
        _lend(desk, member, street_id=desk.place.there.pk, **desk.who(desk.street))
    with scoped(desk.district):
        for ends_at in (AT, AT - HOURS, AT + timedelta(days=200)):
            with pytest.raises(Refused) as time:
                _lend(desk, member, street_id=desk.place.there.pk, ends_at=ends_at)
            assert time.value.code == "lend_until"
        with pytest.raises(Refused) as home:
            _lend(desk, member)

    assert (street.value.code, home.value.code) == ("lend_district", "lend_home")


def test_where_a_lent_person_works_is_not_typed_over() -> None:
    desk = make_desk()
    member = make_member(desk.place.district, home_unit=desk.hospital)
    with scoped(desk.district):
        _lend(desk, member)
        with pytest.raises(Conflict) as moved:
            staff.change_member(member_id=member.pk, details=desk.details(), **desk.who())
        with pytest.raises(Conflict) as left:
            staff.leave_list(member_id=member.pk, **desk.who())

    assert (moved.value.code, left.value.code) == ("staff_lent", "staff_lent")


def test_the_borrowing_street_sends_back_and_the_list_follows() -> None:
    desk = make_desk()
    member = make_member(desk.place.district, desk.place.there)
    with scoped(desk.district):
        lent = _lend(desk, member)
    with scoped(desk.street):
        secondments.send_back(
            secondment_id=lent.pk, real_at=timezone.now(),
            **desk.who(desk.street, at=AT + timedelta(hours=1)),
        )  # fmt: skip
    lent.refresh_from_db()
    assert (lent.ends_at, lent.closed_at) == (AT + timedelta(hours=1), None)

    with floor_of(desk.place.district):
        at = AT + timedelta(hours=1, seconds=5)
        secondments.close_ended(by="w", at=at, real_at=timezone.now())
        assert StaffMember.objects.get(pk=member.pk).street_id == desk.place.there.pk


def test_another_street_does_not_send_back() -> None:
    desk = make_desk()
    member = make_member(desk.place.district)
    with scoped(desk.district):
        lent = _lend(desk, member, street_id=desk.place.there.pk)
    with scoped(desk.street), pytest.raises(secondments.SecondmentUnknown):
        secondments.send_back(
            secondment_id=lent.pk, real_at=timezone.now(), **desk.who(desk.street)
        )


def _borrowed_official(desk) -> tuple[StaffMember, Client]:
    user = make_user(Role.STREET_OFFICIAL, desk.place.there)
    member = make_member(desk.place.district, desk.place.there, user=user)
    client = Client()
    client.force_login(user)
    return member, client


def _may_see(client: Client, street) -> bool:
    return client.get(f"/streets/{street.pk}/").status_code == 200


def test_a_borrowed_official_loses_access_at_the_next_request() -> None:
    """The hour of the return comes while the browser is open; nothing else happens."""
    desk = make_desk()
    member, client = _borrowed_official(desk)
    assert not _may_see(client, desk.place.here)
    real = timezone.now()
    with scoped(desk.district):
        lent = _lend(desk, member, role=Role.STREET_OFFICIAL, real_at=real)
    assert lent.posting is not None
    assert abs(lent.posting.ends_at - (real + HOURS)) < timedelta(seconds=1)
    assert _may_see(client, desk.place.here)

    with transaction.atomic():
        Posting.objects.filter(pk=lent.posting.pk).update(
            starts_at=real - timedelta(hours=2), ends_at=timezone.now()
        )

    assert not _may_see(client, desk.place.here)
    assert _may_see(client, desk.place.there)


def test_access_ends_when_sent_back_early() -> None:
    desk = make_desk()
    member, client = _borrowed_official(desk)
    with scoped(desk.district):
        lent = _lend(desk, member, role=Role.STREET_OFFICIAL)
    assert _may_see(client, desk.place.here)
    with scoped(desk.district):
        secondments.send_back(
            secondment_id=lent.pk, real_at=timezone.now(), **desk.who(at=AT + HOURS / 2)
        )

    assert not _may_see(client, desk.place.here)


def test_at_sixty_times_speed_access_ends_sixty_times_sooner(monkeypatch) -> None:
    desk = make_desk()
    member, _client = _borrowed_official(desk)
    real = timezone.now()
    monkeypatch.setattr(secondments.clock, "rate", lambda: 60.0)
    with scoped(desk.district):
        lent = _lend(desk, member, role=Role.FIELD_STAFF, real_at=real)

    assert lent.posting.ends_at == real + HOURS / 60


def test_a_lending_gives_no_role_that_is_not_held() -> None:
    desk = make_desk()
    user = make_user(Role.DRIVER, desk.place.there)
    member = make_member(desk.place.district, user=user)
    with scoped(desk.district), pytest.raises(Refused) as refused:
        _lend(desk, member, role=Role.STREET_OFFICIAL)

    assert refused.value.code == "lend_role"
    assert not Secondment.objects.exists()
    offered = secondments.roles_to_lend(member, real_at=timezone.now())
    assert offered == [Role.DRIVER, Role.FIELD_STAFF]
