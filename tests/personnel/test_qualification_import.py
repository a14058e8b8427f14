"""Qualifications from a sheet: whose, which, until when; undone unless somebody changed them."""

from __future__ import annotations

import uuid
from datetime import date, datetime

import pytest

from core import clock
from core.clock import HERE
from core.imports.kinds import UndoRefused, kind_of
from core.imports.services.checking import Upload, start_run
from core.imports.services.confirming import confirm_run
from core.imports.services.ending import undo_run
from core.scope import Scope, scoped
from personnel.models import Qualification
from personnel.services.certification import withdraw
from tests.imports.files import table
from tests.imports.make import codes, verdicts
from tests.personnel.make import make_district
from tests.personnel.people import make_document, make_kind, make_member

pytestmark = pytest.mark.django_db
HEADINGS = ["身份证号", "资质", "取得日期", "有效期至", "证书编号"]
NOW = datetime(2021, 11, 5, 9, tzinfo=HERE)


@pytest.fixture
def place():
    place = make_district()
    clock.set_clock(NOW, rate=1)
    make_kind(place.district, "swab", name="咽鼻拭子")
    return place


def scope_of(place, street=None) -> Scope:
    area = {"streets": frozenset({street.pk})} if street else {
        "districts": frozenset({place.district.pk})
    }  # fmt: skip
    return Scope(**area, permissions=frozenset({"train"}), actor="user:1:trainer")


def bring(place, *rows, street=None):
    kind, scope = kind_of("qualifications"), scope_of(place, street)
    with scoped(scope):
        return start_run(
            run_id=uuid.uuid4(),
            kind=kind,
            place=kind.places(scope)[0].place,
            upload=Upload(table([HEADINGS, *rows]).encode(), "held.csv"),
            by=scope.actor,
            at=clock.now(),
        )


def write(place, run):
    with scoped(scope_of(place)):
        _run, written = confirm_run(
            run_id=run.pk, preview=run.preview, scope=scope_of(place), by="t", at=clock.now()
        )
    assert written


def undo(place, run):
    with scoped(scope_of(place)):
        undo_run(run_id=run.pk, scope=scope_of(place), by="t", at=clock.now())


def test_a_row_is_for_whoever_has_the_document_and_lasts_as_the_district_says(place):
    one, two = make_member(place.district), make_member(place.district)
    rows = [
        [one.id_number, "咽鼻拭子", "2021-11-04", "", "No. 3"],
        [two.id_number.lower(), "swab", "2021/6/1", "2021-12-01", ""],
    ]
    run = bring(place, *rows)
    assert verdicts(run) == {2: "new", 3: "new"}
    write(place, run)

    first, second = Qualification.objects.order_by("-obtained_on")
    assert (first.member_id, first.proof) == (one.pk, "No. 3")
    assert first.expires_on == date(2022, 11, 4)
    assert (second.member_id, second.expires_on) == (two.pk, date(2021, 12, 1))
    assert set(verdicts(bring(place, *rows)).values()) == {"same"}


def test_what_cannot_be_is_refused_with_its_reason(place):
    member = make_member(place.district)
    gone = make_member(place.district, left_at=NOW)
    held = Qualification.objects.create(
        member=member, kind=make_kind(place.district), obtained_on=date(2021, 3, 1), at=NOW, by="t"
    )
    with scoped(scope_of(place)):
        withdraw(qualification_id=held.pk, reason="copied", scope=scope_of(place), by="t", at=NOW)
    number = member.id_number
    run = bring(
        place,
        [make_document(), "swab", "2021-11-04", "", ""],
        [gone.id_number, "swab", "2021-11-04", "", ""],
        [number, "flying", "2021-11-04", "", ""],
        [number, "swab", "2021-11-06", "", ""],
        [number, "swab", "2021-11-01", "2021-10-01", ""],
        [number, "swab", "2021-03-01", "", ""],
        [number, "swab", "2020-01-01", "", ""],
    )
    assert codes(run) == {
        2: ["staff_unknown"],
        3: ["staff_unknown"],
        4: ["kind_unknown"],
        5: ["day_ahead"],
        6: ["ends_before"],
        7: ["withdrawn"],
        8: ["run_out"],
    }
    assert verdicts(run)[8] == "new", "a remark, not a refusal"


def test_a_street_brings_in_for_its_own_people_alone(place):
    theirs = make_member(place.district, place.there)
    mine = make_member(place.district, place.here)
    run = bring(
        place,
        [theirs.id_number, "swab", "2021-11-04", "", ""],
        [mine.id_number, "swab", "2021-11-04", "", ""],
        street=place.here,
    )
    assert verdicts(run) == {2: "refused", 3: "new"}


def test_a_change_and_its_undo(place):
    member = make_member(place.district)
    first = bring(place, [member.id_number, "swab", "2021-11-04", "2022-01-01", "A"])
    write(place, first)
    run = bring(place, [member.id_number, "swab", "2021-11-04", "2022-06-01", "B"])
    assert verdicts(run) == {2: "changed"}
    write(place, run)
    held = Qualification.objects.get()
    assert (held.expires_on, held.proof) == (date(2022, 6, 1), "B")

    undo(place, run)
    held.refresh_from_db()
    assert (held.expires_on, held.proof) == (date(2022, 1, 1), "A")
    undo(place, first)
    assert not Qualification.objects.exists()


def test_what_was_withdrawn_since_is_not_undone(place):
    member = make_member(place.district)
    run = bring(place, [member.id_number, "swab", "2021-11-04", "", ""])
    write(place, run)
    with scoped(scope_of(place)):
        withdraw(
            qualification_id=Qualification.objects.get().pk, reason="copied",
            scope=scope_of(place), by="t", at=NOW,
        )  # fmt: skip
    with pytest.raises(UndoRefused):
        undo(place, run)
    assert Qualification.objects.exists()
