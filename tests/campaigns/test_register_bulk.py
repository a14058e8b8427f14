"""The bulk lane of the register, from slices of a file to rows, and back."""

from __future__ import annotations

import uuid
from datetime import timedelta

import pytest
from django.db import connection

from campaigns.models import (
    Contradiction,
    RegisterChunk,
    RegisterSource,
    Resident,
)
from campaigns.services.register import checking, jobs, uploads
from core import clock
from core.crypto import blind_index
from core.imports.models import ImportRow, ImportRun
from core.scope import scoped
from tests.campaigns.make_register import (
    applied,
    checked,
    confirm,
    csv,
    planner,
    row,
    upload,
    work,
    worker,
)
from tests.personnel.make import District
from tests.sites.make import id_number, make_round

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def place() -> District:
    return make_round()


def people(place: District) -> dict[str, Resident]:
    with scoped(planner(place)):
        return {r.id_number: r for r in Resident.objects.filter(district_id=place.district.pk)}


def refused(place: District, run: ImportRun) -> dict[int, list[str]]:
    with scoped(planner(place)):
        rows = ImportRow.objects.filter(run=run, verdict="refused")
        return {r.line: [reason["code"] for reason in r.reasons] for r in rows}


def test_a_file_in_slices_becomes_residents_and_nothing_before_it_is_confirmed(place):
    first, second = id_number(), id_number()
    content = csv(
        row(first, place, phone="13800000001", building="3号楼"), row(second, place, name="李四")
    )

    run = upload(place, content, size=uploads.CHUNK_BYTES)
    work()
    run.refresh_from_db()

    assert (run.state, run.rows_in, run.rows_new, run.rows_refused) == ("checked", 2, 2, 0)
    assert people(place) == {}
    confirm(place, run)
    assert run.state == "applied"
    stored = people(place)[first]
    assert (stored.name, stored.phone, stored.building) == ("张三", "13800000001", "3号楼")
    assert stored.person_key == blind_index(place.district.pk, "resident", first)
    assert stored.community_id == place.community_here.pk
    with scoped(planner(place)):
        assert not RegisterChunk.objects.exists()


def test_rows_in_are_accepted_and_refused_rows_with_every_planted_fault(place):
    good, twice = id_number(), id_number()
    body = good[:-1]
    # Not a nought: a number that ends in noughts is taken for one that a sheet has rounded.
    wrong_check = body + ("1" if good[-1] != "1" else "2")
    lines = [
        row(good, place),
        row(twice, place),
        row(twice, place),
        row(twice, place, name="王五"),
        row(wrong_check, place),
        row("5.10E+17", place),
        row("110107197001010", place),
        row(id_number(), place, community="没有的社区"),
        row(id_number(), place, phone="12345"),
        row(id_number(), place, birth="1999-01-01"),
        row(id_number(), place, name=""),
        row("", place),
        row(id_number(), place, groups="不存在"),
        row(id_number(), place) + ",extra",
        "合计,,,,,,,",
        "只有,三,格",
        row("E12345678", place, type="护照", birth="1991-05-20"),
        row("", place, type="无", name="小明", birth="2021-01-05"),
    ]

    run = checked(place, lines)

    assert refused(place, run) == {
        4: ["repeated"],
        5: ["contradicts"],
        6: ["id_check"],
        7: ["id_as_number"],
        8: ["id_old_form"],
        9: ["community_unknown"],
        10: ["phone_shape"],
        11: ["birth_differs"],
        12: ["text_empty"],
        13: ["id_empty"],
        14: ["group_unknown"],
        15: ["uneven"],
        16: ["total"],
        17: ["uneven"],
    }
    assert run.rows_in == len(lines) == run.rows_accepted + run.rows_refused
    assert run.rows_new == 4
    confirm(place, run)
    assert len(people(place)) == 4
    with scoped(planner(place)):
        kept = ImportRow.objects.get(run=run, line=5)
    assert "王五" in kept.cells
    assert kept.reasons[0]["params"] == {"row": 3}


def test_the_newest_import_wins_says_only_what_it_says_and_contradictions_are_listed(place):
    one, two = id_number(), id_number()
    applied(place, [row(one, place, phone="13800000001"), row(two, place)], sender="警务")

    run = applied(
        place,
        [row(one, place, name="张珊", community=place.community_there.code), row(two, place)],
        sender="社区",
    )

    assert (run.rows_new, run.rows_changed, run.rows_same) == (0, 1, 1)
    changed = people(place)[one]
    assert (changed.name, changed.phone) == ("张珊", "13800000001")
    assert changed.community_id == place.community_there.pk
    with scoped(planner(place)):
        assert set(Contradiction.objects.values_list("attribute", flat=True)) == {"name", "home"}
        assert RegisterSource.objects.filter(person_key=changed.person_key).count() == 2


def test_a_newer_list_of_the_same_sender_contradicts_nobody(place):
    one = id_number()
    applied(place, [row(one, place)], sender="社区")

    run = applied(place, [row(one, place, community=place.community_there.code)], sender="社区")

    assert run.rows_changed == 1
    with scoped(planner(place)):
        assert not Contradiction.objects.exists()


def test_a_register_that_moved_since_the_preview_is_shown_again_before_it_is_written(place):
    one = id_number()
    run = checked(place, [row(one, place)])
    applied(place, [row(one, place, name="别人")])

    confirm(place, run)

    assert (run.state, run.rows_new, run.rows_changed) == ("checked", 0, 1)
    assert run.context["seen_anew"]
    assert run.preview == 2
    assert people(place)[one].name == "别人"
    confirm(place, run)
    assert run.state == "applied"
    assert people(place)[one].name == "张三"


def test_a_stage_that_a_crash_emptied_is_filled_anew_from_the_file(place):
    one = id_number()
    run = checked(place, [row(one, place)])
    with worker(), connection.cursor() as cursor:
        # What PostgreSQL leaves of an unlogged table after kill -9.
        cursor.execute("DELETE FROM campaigns_registerstage")

    confirm(place, run)

    assert (run.state, run.preview) == ("checked", 2)
    confirm(place, run)
    assert run.state == "applied"
    assert set(people(place)) == {one}


def test_slices_left_behind_are_erased_also_without_the_first(place):
    scope, at = planner(place), clock.now()
    with scoped(scope):
        run = uploads.begin(
            run_id=uuid.uuid4(), district_id=place.district.pk, file_name="a.csv",
            size=uploads.CHUNK_BYTES + 1, sender="", by=scope.actor, at=at,
        )  # fmt: skip
        uploads.store_chunk(run_id=run.pk, number=1, content=b"x", scope=scope)

    with worker():
        jobs.clear_up(at=at + timedelta(hours=25))

    with scoped(scope):
        assert not RegisterChunk.objects.exists()


def test_an_interrupted_check_begins_anew_and_counts_nobody_twice(place, monkeypatch):
    run = upload(place, csv(*[row(id_number(), place) for _n in range(30)], row("1", place)))
    monkeypatch.setattr("campaigns.services.register.checking.BATCH", 10)

    def power_cut(*args: object, **kwargs: object) -> None:
        raise RuntimeError("power cut")

    with monkeypatch.context() as cut:
        cut.setattr("campaigns.services.register.staging.Stage.settle", power_cut)
        with worker():
            run.refresh_from_db()
            with pytest.raises(RuntimeError):
                checking.check(run, by="w", at=clock.now())
    work()

    run.refresh_from_db()
    assert (run.state, run.rows_in, run.rows_new, run.rows_refused) == ("checked", 31, 30, 1)


def test_a_run_that_breaks_three_times_is_set_aside_and_others_go_on(place, monkeypatch):
    bad, good = upload(place, csv(row(id_number(), place))), None
    real = jobs.checking.check

    def poison(run, **kwargs):
        if run.pk == bad.pk:
            raise ValueError("secret 13800000000")
        real(run, **kwargs)

    monkeypatch.setattr("campaigns.services.register.jobs.checking.check", poison)
    good = upload(place, csv(row(id_number(), place)))
    work(rings=4)

    bad.refresh_from_db()
    good.refresh_from_db()
    assert (bad.state, bad.failure[0]["code"]) == ("failed", "job_gave_up")
    assert good.state == "checked"


@pytest.mark.parametrize(
    "content, code",
    [
        (b"\xff\xfe\x00", "text_encoding"),
        ('姓名,身份证号,社区\n"张,1,2\n'.encode(), "text_quotes"),
        ("姓名,身份证号,社区\n张\x00,1,2\n".encode(), "text_nul"),
        ("姓名,身份证号,社区\n".encode(), "no_rows"),
        ("姓名,姓名,社区\n张,1,2\n".encode(), "heading_twice"),
    ],
)
def test_a_file_that_cannot_be_read_fails_as_a_whole_with_words(place, content, code):
    run = upload(place, content)
    work()

    run.refresh_from_db()
    assert (run.state, run.failure[0]["code"]) == ("failed", code)


@pytest.mark.parametrize("encoding", ["utf-8-sig", "gb18030", "utf-16"])
def test_every_usual_encoding_is_read_across_the_borders_of_slices(place, encoding, monkeypatch):
    monkeypatch.setattr(uploads, "CHUNK_BYTES", 7)
    number = id_number()
    text = csv(row(number, place, name="欧阳娜娜")).decode()

    run = upload(place, text.encode(encoding), size=7)
    work()
    run.refresh_from_db()
    confirm(place, run)

    assert people(place)[number].name == "欧阳娜娜"


def test_unknown_headings_are_asked_about_and_remembered_for_the_sender(place):
    number = id_number()
    content = csv(f"张三,{number},{place.community_here.name}", header="谁,号,在哪")
    run = upload(place, content, sender="三办")
    work()
    run.refresh_from_db()
    assert run.state == "mapping"

    scope = planner(place)
    uploads.name_columns(
        run_id=run.pk,
        mapping=["name", "number", "community"],
        scope=scope,
        by=scope.actor,
        at=clock.now(),
    )
    work()
    run.refresh_from_db()
    again = upload(place, content, sender="三办")
    work()
    again.refresh_from_db()

    assert run.state == again.state == "checked"


def test_slices_may_come_twice_but_not_be_others(place):
    scope = planner(place)
    run = upload(place, csv(row(id_number(), place)))
    other = uploads.begin(
        run_id="01932e8e-7d00-7000-8000-00000000000a",
        district_id=place.district.pk,
        file_name="x.csv",
        size=10,
        sender="",
        by=scope.actor,
        at=clock.now(),
    )
    with scoped(scope):
        assert uploads.store_chunk(run_id=other.pk, number=0, content=b"abcde", scope=scope)
        assert not uploads.store_chunk(run_id=other.pk, number=0, content=b"abcde", scope=scope)
        with pytest.raises(uploads.RunMoved):
            uploads.store_chunk(run_id=other.pk, number=0, content=b"other", scope=scope)
        with pytest.raises(uploads.RunMoved):
            uploads.store_chunk(run_id=run.pk, number=0, content=b"abcde", scope=scope)


def test_the_neighbour_district_sees_neither_run_nor_slices(place):
    run = upload(place, csv(row(id_number(), place)))
    other = planner(make_round())

    with scoped(other), pytest.raises(uploads.RunUnknown):
        uploads.finish(run_id=run.pk, scope=other, by=other.actor, at=clock.now())
    with scoped(other):
        assert not RegisterChunk.objects.exists()


def test_slices_are_not_readable_in_the_database(place):
    number = id_number()
    upload(place, csv(row(number, place)))

    with worker(), connection.cursor() as cursor:
        cursor.execute("SELECT content FROM campaigns_registerchunk")
        content = b"".join(bytes(row[0]) for row in cursor.fetchall())
    assert content
    assert number.encode() not in content
