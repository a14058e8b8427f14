"""Needs: reckoned from norms, stated twice as once, replaced from now on and never before."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.inputs import Refused
from core.models import AuditEvent
from personnel.models import Shift, StaffingNorm
from personnel.services.places import add_place, place_of_unit
from personnel.services.shifts import cut, state_points, state_post
from sites.models import SamplingUnit
from tests.personnel.roster import NOW, Roster, after, make_roster

pytestmark = pytest.mark.django_db


@pytest.fixture
def roster() -> Roster:
    return make_roster()


def state(roster: Roster, template="norms", start=1, end=13, at=0.0, **over):
    over.setdefault("point_ids", [roster.unit.point_id])
    over.setdefault("scope", roster.scope)
    return state_points(
        template=template, starts_at=after(start), ends_at=after(end), by="t", at=after(at), **over
    )


def needs(hour: float, **where) -> dict[str, int]:
    rows = Shift.objects.filter(starts_at__lte=after(hour), ends_at__gt=after(hour), **where)
    return {row.role.code: row.needed for row in rows.select_related("role")}


def test_norms_times_units_with_closed_ones_left_out(roster) -> None:
    for number, kind in ((2, "planned"), (3, "closed")):
        SamplingUnit.objects.create(
            point=roster.unit.point, street_id=roster.unit.street_id, number=number, state=kind,
            district_id=roster.unit.district_id,
        )  # fmt: skip
    StaffingNorm.objects.filter(role__code="usher").update(people="0.6")

    state(roster)

    assert needs(2) == {
        "sampler": 2, "registrar": 2, "usher": 2, "head": 1, "police": 1, "disinfector": 1,
    }  # fmt: skip


def test_the_team_of_36_is_12_medical_and_24_support_in_two_shifts(roster) -> None:
    stated = state(roster, "team_of_36")

    rows = list(Shift.objects.select_related("role"))
    medical = sum(row.needed for row in rows if row.role.function == "medical")
    assert (medical, sum(row.needed for row in rows)) == (12, 36)
    assert {(row.starts_at, row.ends_at) for row in rows} == {
        (after(1), after(7)), (after(7), after(13)),
    }  # fmt: skip
    assert stated.made == len(rows)


def test_registrars_follow_the_samplers_in_the_ratio_of_the_norms(roster) -> None:
    StaffingNorm.objects.filter(role__code="registrar").update(people="0.5")
    state(roster, "team_of_36")

    assert needs(2)["registrar"] == 3
    assert sum(needs(2).values()) == 18


def test_the_same_again_is_nothing_new_even_later(roster) -> None:
    state(roster)
    before = set(Shift.objects.values_list("pk", flat=True))

    for hour in (0, 3):
        again = state(roster, at=hour)
        assert (again.made, again.removed, again.same) == (0, 0, 6)

    assert set(Shift.objects.values_list("pk", flat=True)) == before
    assert AuditEvent.objects.filter(act="need.template").count() == 1


def test_a_change_replaces_what_lies_ahead_and_keeps_what_was(roster) -> None:
    state(roster)
    SamplingUnit.objects.create(
        point=roster.unit.point, street_id=roster.unit.street_id, number=2,
        district_id=roster.unit.district_id,
    )  # fmt: skip

    state(roster, at=5)

    assert needs(4)["sampler"] == 1
    assert needs(6)["sampler"] == 2
    assert needs(6)["head"] == needs(4)["head"] == 1
    event = AuditEvent.objects.filter(act="need.template").order_by("-pk")[0]
    assert (event.summary["removed"], event.summary["made"]) == (3, 6)


def test_a_shorter_time_is_cut_out_of_a_longer_one(roster) -> None:
    state(roster, start=1, end=21)
    StaffingNorm.objects.filter(role__code="sampler").update(people=3)

    state(roster, start=9, end=11)

    assert [needs(hour)["sampler"] for hour in (8, 10, 12)] == [1, 3, 1]


def test_a_street_in_one_act_and_never_the_neighbours(roster) -> None:
    here = roster.place.here.pk
    done = state(roster, point_ids=None, street_id=here, scope=roster.street_scope())

    assert done.places == 1
    assert needs(2, street_id=here)["sampler"] == 1
    for asked in ({"street_id": roster.place.there.pk, "point_ids": None},
                  {"point_ids": [roster.unit_there.point_id]}):  # fmt: skip
        with pytest.raises(Refused) as no:
            state(roster, scope=roster.street_scope(), **asked)
        assert no.value.status == 404
    assert not Shift.objects.filter(street_id=roster.place.there.pk).exists()


def test_what_is_over_is_not_planned(roster) -> None:
    for start, end, at, code in ((1, 3, 4, "span_over"), (3, 1, 0, "duty_ends_after_start"),
                                 (1, 1000, 0, "span_long")):  # fmt: skip
        with pytest.raises(Refused) as no:
            state(roster, start=start, end=end, at=at)
        assert no.value.code == code


def post(roster: Roster, place, needs: dict[str, int], start=1, end=25, shifts=3, at=0.0):
    return state_post(
        place_id=place.pk, needs={roster.role(code).pk: n for code, n in needs.items()},
        starts_at=after(start), ends_at=after(end), shifts=shifts, scope=roster.scope, by="t",
        at=after(at),
    )  # fmt: skip


def test_a_checkpoint_has_its_guards_and_those_who_supervise(roster) -> None:
    gate = add_place(kind="checkpoint", name="东门", street_id=roster.place.here.pk,
                     around_the_clock=True, scope=roster.scope, by="t", at=NOW)  # fmt: skip

    assert post(roster, gate, {"gate_guard": 2, "volunteer": 2}).made == 6
    assert not post(roster, gate, {"gate_guard": 2, "volunteer": 2}).changed
    post(roster, gate, {"volunteer": 0}, start=9, end=17, shifts=1)

    assert needs(2) == {"gate_guard": 2, "volunteer": 2}
    assert needs(10) == {"gate_guard": 2}
    assert needs(18) == {"gate_guard": 2, "volunteer": 2}


def test_a_unit_has_no_need_of_its_own(roster) -> None:
    unit = place_of_unit(unit_id=roster.unit.pk, scope=roster.scope)
    with pytest.raises(Refused) as no:
        post(roster, unit, {"sampler": 1})
    assert no.value.code == "need_at_unit"


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    st.lists(
        st.tuples(st.integers(0, 10), st.integers(1, 8), st.integers(0, 3), st.integers(0, 6)),
        max_size=6,
    )
)
def test_the_last_word_counts_for_every_hour_ahead(roster, acts) -> None:
    """Against a plain list of hours, each written over by whoever spoke last."""
    Shift.objects.all().delete()
    place, now = roster.at_point(), 0
    hours = dict.fromkeys(range(20), 0)
    for start, length, people, passed in acts:
        now = min(now + passed, 12)
        if start + length <= now:
            continue
        post(roster, place, {"usher": people}, start, start + length, 1, at=now)
        hours |= dict.fromkeys(range(max(start, now), start + length), people)

    assert {hour: needs(hour).get("usher", 0) for hour in hours} == hours


def test_cutting_gives_whole_minutes_without_gaps() -> None:
    spans = cut(after(0), after(10), 7)
    assert spans[0][0] == after(0)
    assert spans[-1][1] == after(10)
    assert all(one[1] == two[0] for one, two in pairwise(spans))
    assert all(start.second == 0 for start, _end in spans)
    with pytest.raises(Refused):
        cut(after(0), after(0.05), 7)
