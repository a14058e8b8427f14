"""People on the list: once, found by their document, kept by their own area, masked."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied
from django.utils import timezone

from core.audit import AuditEvent
from core.inputs import Conflict, Refused
from core.scope import scoped
from personnel.models import Duty, DutyPlace, DutyRole, StaffMember, Unveiling
from personnel.permissions import check_can_change_member
from personnel.queries import people
from personnel.roles import Role
from personnel.services import organisations, staff, terms, unveiling
from tests.personnel.make import make_user
from tests.personnel.people import floor_of, make_document, make_member
from tests.personnel.staff_desk import AT, make_desk

pytestmark = pytest.mark.django_db


def _book(member: StaffMember, desk, *, street=None, starts=timedelta(hours=1)) -> Duty:
    place = DutyPlace.objects.create(
        district_id=desk.place.district.pk,
        street_id=street.pk if street else None,
        kind="command",
        name="指挥部",
    )
    role = DutyRole.objects.get(district_id=desk.place.district.pk, code="duty_officer")
    return Duty.objects.create(
        client_key=member.pk, member=member, place=place, role=role,
        district_id=desk.place.district.pk, street_id=place.street_id,
        starts_at=AT + starts, ends_at=AT + starts + timedelta(hours=8), at=AT, by="test",
    )  # fmt: skip


def test_a_person_is_added_once_and_masked() -> None:
    desk = make_desk()
    number = make_document()
    roles = tuple(
        DutyRole.objects.filter(code__in=["sampler", "visitor"]).values_list("pk", flat=True)
    )
    with scoped(desk.district):
        member = staff.add_member(
            id_type="resident", number=number.lower(), details=desk.details(role_ids=roles),
            **desk.who(),
        )  # fmt: skip
        with pytest.raises(Conflict) as again:
            staff.add_member(
                id_type="resident", number=number, details=desk.details(), **desk.who()
            )

        assert again.value.code == "staff_known"
        assert (member.name_mask, member.phone_mask) == ("陈*", "139****1234")
        assert member.roles.count() == 2
        stored = AuditEvent.objects.get(act="staff.add")
        assert number not in str(stored.summary)
        assert "陈" not in str(stored.summary)


def test_a_street_is_told_of_a_person_elsewhere_without_learning_where() -> None:
    desk = make_desk()
    number = make_document()
    there = desk.details(street_id=desk.place.there.pk)
    with scoped(desk.district):
        staff.add_member(id_type="resident", number=number, details=there, **desk.who())
    here = desk.details(street_id=desk.place.here.pk)
    with scoped(desk.street), pytest.raises(Conflict) as refused:
        staff.add_member(id_type="resident", number=number, details=here, **desk.who(desk.street))

    assert refused.value.code == "staff_elsewhere"
    assert desk.place.there.name not in refused.value.text


@pytest.mark.parametrize(
    ("over", "path"),
    [
        ({"street_id": None}, "street"),
        ({"street_id": "there"}, "street"),
        ({"home_unit_id": 0}, "home_unit"),
        ({"source_id": 0}, "source"),
        ({"role_ids": (0,)}, "roles"),
        ({"team_id": 0}, "team"),
    ],
)
def test_a_street_keeps_its_own_people_only(over, path) -> None:
    desk = make_desk()
    given = {"street_id": desk.place.here.pk} | over
    if given["street_id"] == "there":
        given["street_id"] = desk.place.there.pk
    with scoped(desk.street), pytest.raises(Refused) as refused:
        staff.add_member(
            id_type="resident", number=make_document(), details=desk.details(**given),
            **desk.who(desk.street),
        )  # fmt: skip

    assert refused.value.path == path


def test_terms_of_a_neighbour_district_are_refused() -> None:
    mine, theirs = make_desk(), make_desk()
    with scoped(mine.district), pytest.raises(Refused) as refused:
        staff.add_member(
            id_type="resident", number=make_document(),
            details=mine.details(source_id=theirs.medic.pk), **mine.who(),
        )  # fmt: skip

    assert refused.value.path == "source"


def test_a_change_is_kept_with_what_it_was() -> None:
    desk = make_desk()
    member = make_member(desk.place.district, home_unit=desk.hospital)
    role = DutyRole.objects.get(code="usher")
    with scoped(desk.district):
        staff.change_member(
            member_id=member.pk,
            details=desk.details(name="王大力", role_ids=(role.pk,)),
            **desk.who(),
        )
        member.refresh_from_db()

        assert member.name_mask == "王*"
        changed = AuditEvent.objects.get(act="staff.change").summary["changed"]
        assert changed["roles"] == [[], [role.pk]]
        assert "王" not in str(changed)


def test_who_is_on_duty_here_is_seen_here_and_kept_by_others() -> None:
    desk = make_desk()
    member = make_member(desk.place.district, desk.place.there, home_unit=desk.hospital)
    _book(member, desk, street=desk.place.here)
    with scoped(desk.street):
        assert StaffMember.objects.within(desk.street).filter(pk=member.pk).exists()
        with pytest.raises(staff.StaffUnknown):
            staff.change_member(
                member_id=member.pk, details=desk.details(street_id=desk.place.here.pk),
                **desk.who(desk.street),
            )  # fmt: skip
    with pytest.raises(PermissionDenied):
        check_can_change_member(
            desk.street, district_id=member.district_id, street_id=member.street_id
        )


def test_nobody_leaves_the_list_with_duties_ahead() -> None:
    desk = make_desk()
    member = make_member(desk.place.district, home_unit=desk.hospital)
    duty = _book(member, desk)
    with scoped(desk.district):
        with pytest.raises(Conflict) as refused:
            staff.leave_list(member_id=member.pk, **desk.who())
        assert refused.value.code == "staff_has_duties"

        later = duty.ends_at + timedelta(minutes=1)
        staff.leave_list(member_id=member.pk, **desk.who(at=later))
        again = staff.leave_list(member_id=member.pk, **desk.who(at=later + timedelta(hours=1)))

        assert again.left_at == later
        assert not StaffMember.objects.serving().filter(pk=member.pk).exists()


def test_who_left_comes_back_as_the_same_row() -> None:
    desk = make_desk()
    number = make_document()
    with scoped(desk.district):
        given = {"id_type": "resident", "number": number}
        first = staff.add_member(**given, details=desk.details(), **desk.who())
        staff.leave_list(member_id=first.pk, **desk.who())
        back = staff.add_member(**given, details=desk.details(name="陈晓明"), **desk.who())

        assert (back.pk, back.left_at) == (first.pk, None)


def test_full_data_is_read_for_a_reason_that_is_kept() -> None:
    desk = make_desk()
    member = make_member(desk.place.district, desk.place.here, name="陈小明")
    with scoped(desk.street):
        with pytest.raises(Refused):
            unveiling.unveil(member_id=member.pk, reason="", **desk.who(desk.street))
        read = unveiling.unveil(member_id=member.pk, reason="call", **desk.who(desk.street))

        assert read.name == "陈小明"
        assert Unveiling.objects.get().by == desk.street.actor
        assert AuditEvent.objects.filter(act="staff.unveil", object_id=str(member.pk)).exists()


def test_nobody_reads_the_neighbours_people() -> None:
    desk = make_desk()
    member = make_member(desk.place.district, desk.place.there)
    with scoped(desk.street), pytest.raises(staff.StaffUnknown):
        unveiling.unveil(member_id=member.pk, reason="call", **desk.who(desk.street))

    assert not Unveiling.objects.exists()


def test_a_list_is_not_copied_person_by_person(monkeypatch) -> None:
    desk = make_desk()
    monkeypatch.setattr(unveiling, "LIMIT", 2)
    people = [make_member(desk.place.district, home_unit=desk.hospital) for _ in range(3)]
    with scoped(desk.district):
        for member in [*people[:2], people[0]]:
            unveiling.unveil(member_id=member.pk, reason="call", **desk.who())
        with pytest.raises(unveiling.TooManyUnveiled):
            unveiling.unveil(member_id=people[2].pk, reason="call", **desk.who())
        later = desk.who(at=AT + timedelta(minutes=11))
        unveiling.unveil(member_id=people[2].pk, reason="call", **later)

    assert AuditEvent.objects.filter(act="staff.unveil_refused").count() == 1


def test_the_last_try_to_reach_somebody_counts() -> None:
    desk = make_desk()
    member = make_member(desk.place.district, home_unit=desk.hospital)
    with scoped(desk.district):
        staff.note_reach(member_id=member.pk, reached=False, **desk.who())
        staff.note_reach(
            member_id=member.pk, reached=True, **desk.who(at=AT + timedelta(minutes=5))
        )
        member.refresh_from_db()

    assert (member.reach, member.reach_at) == ("reached", AT + timedelta(minutes=5))


def test_an_account_is_linked_to_one_person_of_its_district() -> None:
    desk, other = make_desk(), make_desk()
    one, two = (make_member(desk.place.district, home_unit=desk.hospital) for _ in range(2))
    account = make_user(Role.DRIVER, desk.place.district)
    foreign = make_user(Role.DRIVER, other.place.district)
    when = {"real_at": timezone.now()}
    with scoped(desk.district):
        staff.link_account(member_id=one.pk, username=account.username, **desk.who(), **when)
        with pytest.raises(Conflict) as taken:
            staff.link_account(member_id=two.pk, username=account.username, **desk.who(), **when)
        with pytest.raises(Refused) as unknown:
            staff.link_account(member_id=two.pk, username=foreign.username, **desk.who(), **when)
        linked = StaffMember.objects.get(pk=one.pk).user_id
        staff.link_account(member_id=one.pk, username="", **desk.who(), **when)

    assert linked == account.pk
    assert taken.value.code == "account_linked"
    assert unknown.value.code == "account_unknown"
    with floor_of(desk.place.district):
        assert StaffMember.objects.get(pk=one.pk).user_id is None


def test_who_helped_out_once_is_not_listed_or_called_for_ever() -> None:
    desk = make_desk()
    member = make_member(desk.place.district, desk.place.there)
    ended = _book(member, desk, street=desk.place.here, starts=timedelta(hours=-9)).ends_at
    filters, last4 = people.Filters(), member.id_last4
    with scoped(desk.street):
        for at, seen in ((ended - timedelta(minutes=1), True), (ended, False)):
            assert people.people_in(desk.street, filters, at).exists() is seen
            assert people.find_people(desk.street, at, last4=last4).exists() is seen
            assert (people.counts(desk.street, at).people == 1) is seen
        with pytest.raises(staff.StaffUnknown):
            unveiling.unveil(member_id=member.pk, reason="call", **desk.who(desk.street, ended))
        with pytest.raises(staff.StaffUnknown):
            staff.note_reach(member_id=member.pk, reached=True, **desk.who(desk.street, ended))


def test_another_role_of_the_account_does_not_lift_the_limit(monkeypatch) -> None:
    desk = make_desk()
    monkeypatch.setattr(unveiling, "LIMIT", 1)
    first, second = (make_member(desk.place.district) for _ in range(2))
    with scoped(desk.district):
        said = desk.who() | {"by": "user:1:dispatcher"}
        unveiling.unveil(member_id=first.pk, reason="call", **said)
        with pytest.raises(unveiling.TooManyUnveiled):
            unveiling.unveil(member_id=second.pk, reason="call", **said | {"by": "user:1:planner"})
        unveiling.unveil(member_id=second.pk, reason="call", **said | {"by": "user:11:planner"})


def test_codes_that_look_like_document_numbers_are_no_fault() -> None:
    desk, code = make_desk(), make_document()
    with scoped(desk.district):
        terms.add_term(
            model=DutyRole, district_id=desk.place.district.pk,
            values={"code": code, "name": "甲"}, **desk.who(),
        )  # fmt: skip
        body = organisations.Body(name="甲单位", kind="hospital", code=code)
        organisations.change_organisation(organisation_id=desk.hospital.pk, body=body, **desk.who())
    told = AuditEvent.objects.get(act="organisation.change").summary
    assert told["changed"]["code"] == ["H9", "…"]
