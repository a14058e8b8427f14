"""Pages of the register: who finds whom, what is shown, what is kept of it."""

from __future__ import annotations

import re
from io import BytesIO

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse

from campaigns.models import (
    Exemption,
    Mark,
    PopulationGroup,
    RegisterCount,
    Resident,
    RoundArea,
    Unmasking,
)
from campaigns.services import residents
from campaigns.services.register import tallies
from core import clock
from core.imports.models import ImportRun
from core.models import AuditEvent
from core.scope import scoped
from personnel.roles import Role
from tests.campaigns.make_register import applied, confirm, csv, planner, row, upload, work
from tests.imports.files import workbook
from tests.personnel.make import District, make_user
from tests.progress.make import recount
from tests.sites.make import Desk, id_number, make_desk, make_resident, make_round


@pytest.fixture
def place(db) -> District:
    return make_round()


def client(role: Role, division) -> Client:
    found = Client()
    found.force_login(make_user(role, division))
    return found


def find(client: Client, number: str, id_type: str = "resident") -> str:
    response = client.post(reverse("campaigns:register"), {"id_type": id_type, "number": number})
    assert response.status_code == 200
    assert response["Cache-Control"] == "no-store"
    return response.content.decode()


def plain(response) -> str:
    """The page without its tokens, which differ each time."""
    return re.sub(r'(csrfmiddlewaretoken"\s+value=)"[^"]*"', r"\1", response.content.decode())


def test_a_person_is_found_masked_by_number_and_by_last_four(place):
    _resident, number = make_resident(place)
    desk = client(Role.PLANNER, place.district)

    for typed in (number, f" {number.lower()} ", number[-4:]):
        page = find(desk, typed)
        assert f"{number[:3]}***********{number[-4:]}" in page
        assert "138****0000" in page
        assert number not in page
        assert "13800000000" not in page
        assert "张三" not in page


def test_searching_ends_at_the_border_of_ones_area(place):
    _resident, number = make_resident(place, place.community_there)

    for desk in (
        client(Role.STREET_OFFICIAL, place.here),
        client(Role.COMMUNITY_WORKER, place.community_here),
    ):
        for typed in (number, number[-4:]):
            assert not re.search(r'href="/register/[0-9a-f-]{36}/', find(desk, typed))


def test_a_search_is_kept_without_what_was_typed(place):
    _resident, number = make_resident(place)

    find(client(Role.PLANNER, place.district), number)

    kept = AuditEvent.objects.get(act="resident.search")
    assert kept.summary == {"way": "whole", "found": 1}


def test_full_data_need_a_reason_and_are_shown_once(place):
    resident, number = make_resident(place)
    desk = client(Role.STREET_OFFICIAL, place.here)
    url = reverse("campaigns:resident_unmask", args=[resident.pk])

    assert desk.post(url, {"reason": ""}).status_code == 422
    shown = desk.post(url, {"reason": "visit"})

    assert number in shown.content.decode()
    assert shown["Cache-Control"] == "no-store"
    again = desk.get(reverse("campaigns:resident", args=[resident.pk]))
    assert number not in again.content.decode()
    assert AuditEvent.objects.filter(act="resident.unmask").count() == 1
    with scoped(planner(place)):
        assert Unmasking.objects.get().reason == "visit"


def test_who_opens_too_many_people_is_stopped_and_recorded(place, monkeypatch):
    monkeypatch.setattr(residents, "UNMASK_LIMIT", 2)
    people = [make_resident(place)[0] for _n in range(3)]
    desk = client(Role.STREET_OFFICIAL, place.here)

    def open_(resident: Resident) -> int:
        url = reverse("campaigns:resident_unmask", args=[resident.pk])
        return desk.post(url, {"reason": "visit"}).status_code

    assert [open_(people[n]) for n in (0, 1, 0, 2, 1)] == [200, 200, 200, 429, 200]
    assert AuditEvent.objects.filter(act="resident.unmask_refused").count() == 1


def test_groups_are_those_of_the_district(place):
    PopulationGroup.objects.create(district=place.district, code="old", name="老人")
    resident, _number = make_resident(place)
    desk = client(Role.PLANNER, place.district)
    url = reverse("campaigns:resident_groups", args=[resident.pk])

    assert desk.post(url, {"groups": "unheard"}).status_code == 422
    assert desk.post(url, {"groups": "old"}).status_code == 302

    with scoped(planner(place)):
        assert Resident.objects.get(pk=resident.pk).groups == ["old"]


def test_a_reason_accepted_after_the_freeze_moves_closure_and_can_end(db):
    from reporting.progress.models import Total

    desk: Desk = make_desk()
    place = desk.place
    resident, _number = make_resident(place)
    _other, other = make_resident(place)
    desk.verdicts(desk.open("TUBE000001"), desk.add("TUBE000001", other))
    recount(desk)
    browser = client(Role.STREET_OFFICIAL, place.here)
    total = {"kind": "community", "key_id": place.community_here.pk}

    url = reverse("campaigns:resident_exempt", args=[resident.pk, place.round.pk])
    assert browser.post(url, {"reason": "medical"}).status_code == 302
    assert browser.post(url, {"reason": "away"}).status_code == 409
    recount(desk)
    assert Total.objects.get(**total).accepted_reasons == 1
    with scoped(planner(place)):
        exemption = Exemption.objects.get(person_key=resident.person_key)
    end = reverse("campaigns:resident_exempt_end", args=[resident.pk, exemption.pk])
    assert browser.post(end, {"why": ""}).status_code == 422
    assert browser.post(end, {"why": "came"}).status_code == 302
    recount(desk)

    assert Total.objects.get(**total).accepted_reasons == 0


def test_a_reason_that_a_new_freeze_takes_in_is_not_counted_twice(db):
    from campaigns.services.targets import freeze_targets
    from reporting.progress.models import Total

    desk: Desk = make_desk()
    place = desk.place
    resident, _number = make_resident(place)
    _other, other = make_resident(place)
    desk.verdicts(desk.open("TUBE000001"), desk.add("TUBE000001", other))
    browser = client(Role.STREET_OFFICIAL, place.here)
    url = reverse("campaigns:resident_exempt", args=[resident.pk, place.round.pk])
    assert browser.post(url, {"reason": "medical"}).status_code == 302
    recount(desk)
    total = {"kind": "community", "key_id": place.community_here.pk}
    assert Total.objects.get(**total).accepted_reasons == 1

    scope = planner(place)
    RoundArea.objects.create(round=place.round, division=place.here)
    with scoped(scope):
        version = freeze_targets(
            round_id=place.round.pk, reason="late", scope=scope, by="t", at=clock.now()
        )
        assert version.targets.get(community=place.community_here).exempt == 1
    recount(desk)

    assert Total.objects.get(**total).accepted_reasons == 0


def test_an_exemption_of_the_frozen_target_stays(place):
    resident, _number = make_resident(place)
    with scoped(planner(place)):
        frozen = Exemption.objects.create(
            round=place.round, person_key=resident.person_key, district_id=place.district.pk,
            street_id=place.here.pk, community=place.community_here, reason="age",
            accepted_at=clock.now(), accepted_by="test",
        )  # fmt: skip
    desk = client(Role.PLANNER, place.district)

    url = reverse("campaigns:resident_exempt_end", args=[resident.pk, frozen.pk])
    assert desk.post(url, {"why": "came"}).status_code == 409
    with scoped(planner(place)):
        assert Exemption.objects.filter(pk=frozen.pk).exists()
        assert not Mark.objects.exists()


def test_counts_are_those_of_ones_area(place):
    make_resident(place)
    make_resident(place, place.community_there)
    with scoped(planner(place)):
        tallies.recount(district_id=place.district.pk, at=clock.now())

    page = client(Role.COMMUNITY_WORKER, place.community_here).get(reverse("campaigns:register"))

    assert page.context["counts"].people == 1
    assert place.community_there.name not in page.content.decode()
    assert RegisterCount.objects.count() == 2


def test_pages_ask_as_often_for_many_people_as_for_one(place, django_assert_max_num_queries):
    desk = client(Role.PLANNER, place.district)
    make_resident(place)
    with scoped(planner(place)):
        Resident.objects.all().update(id_last4="0011")
    counts = []
    for _more in range(2):
        with django_assert_max_num_queries(40) as asked:
            find(desk, "0011")
        counts.append(len(asked))
        for _n in range(5):
            make_resident(place)
        with scoped(planner(place)):
            Resident.objects.all().update(id_last4="0011")

    assert counts[0] == counts[1]


@pytest.mark.django_db(transaction=True)
def test_a_workbook_goes_the_same_way(transactional_db):
    from openpyxl import Workbook

    place = make_round()
    number = id_number()
    book = Workbook()
    book.active.append(["姓名", "身份证号", "社区"])
    book.active.append(["张三", number, place.community_here.name])
    book.active.append(["李四", "=1+1", place.community_here.name])
    out = BytesIO()
    book.save(out)
    out.seek(0)
    out.name = "名单.xlsx"
    desk = client(Role.PLANNER, place.district)
    start = desk.get(reverse("campaigns:register_import"))
    run_id = start.context["form"]["run_id"].value()

    sent = desk.post(
        reverse("campaigns:register_import"),
        {"run_id": run_id, "place": place.district.pk, "sender": "", "file": out},
    )
    assert sent.status_code == 302, sent.context["form"].errors
    work()

    page = desk.get(sent["Location"])
    run = page.context["run"]
    assert (run.state, run.rows_new, run.rows_refused) == ("checked", 1, 1)
    refused = desk.get(reverse("campaigns:register_refused", args=[run.pk]))
    lines = b"".join(refused.streaming_content).decode("utf-8-sig").splitlines()
    assert lines[0].startswith("姓名,身份证号,社区,")
    assert lines[1].startswith("李四,")


@pytest.mark.django_db(transaction=True)
def test_a_workbook_says_which_sheets_were_not_read(transactional_db):
    place = make_round()
    people = [["姓名", "身份证号", "社区"], ["张三", id_number(), place.community_here.name]]
    more = [["姓名", "身份证号", "社区"], ["李四", id_number(), place.community_there.name]]
    remarks = [[f"第 {n} 条说明"] for n in range(20)]
    content = BytesIO(workbook(("一社区", people), ("二社区", more), ("说明文字", remarks)))
    content.name = "名单.xlsx"
    desk = client(Role.PLANNER, place.district)

    form = {"place": str(place.district.pk), "file": content}
    page = desk.post(reverse("campaigns:register_import"), form)["Location"]
    work()

    run = ImportRun.objects.get()
    assert (run.state, run.rows_new) == ("checked", 1)
    assert run.notes[0]["params"] == {"sheet": "一社区", "names": "二社区, 说明文字"}
    assert "二社区" in desk.get(page).content.decode()


@pytest.mark.django_db(transaction=True)
def test_an_import_moves_covered_people_and_figures_stay_exact(transactional_db):
    from sites.services import rehome
    from tests.campaigns.make_register import worker
    from tests.sites.from_scratch import assert_rollups_equal_facts, stored_totals

    desk = make_desk()
    place = desk.place
    stranger, mover = id_number(), id_number()
    applied(place, [row(mover, place)], sender="a")
    desk.verdicts(
        desk.open("TUBE000001"), desk.add("TUBE000001", stranger), desk.add("TUBE000001", mover)
    )
    recount(desk)
    home = place.community_there.code

    applied(place, [row(stranger, place), row(mover, place, name="换", community=home)], sender="b")
    with worker():
        assert rehome.rehome_due(by="system:worker", at=clock.now()) == 2
    recount(desk)

    with scoped(planner(place)):
        assert_rollups_equal_facts(place.round.pk)
        totals = stored_totals(place.round.pk)
    assert totals["community", place.community_here.pk]["persons"] == 1
    assert totals["community", place.community_there.pk]["outside_persons"] == 1
    assert totals["unit", desk.unit.pk]["off_register_swabs"] == 0


@pytest.mark.django_db(transaction=True)
def test_the_page_of_a_run_asks_again_only_while_it_is_worked_on(transactional_db):
    place = make_round()
    desk = client(Role.PLANNER, place.district)
    run = upload(place, csv(row(id_number(), place), row("1", place)))
    url = reverse("campaigns:register_run", args=[run.pk])

    assert b'hx-trigger="every 2s"' in desk.get(url).content
    work()
    run.refresh_from_db()
    whole = desk.get(url)
    assert b"hx-trigger" not in whole.content
    part = desk.get(url, headers={"HX-Request": "true"})
    assert plain(part).strip() in plain(whole)
    confirm(place, run)
    assert desk.get(url).context["may_undo"]


def test_the_register_stands_among_the_imports_with_its_own_pages(place):
    desk = client(Role.PLANNER, place.district)
    desk.cookies[settings.LANGUAGE_COOKIE_NAME] = "en"

    home = desk.get(reverse("imports:home")).content.decode()
    assert f'href="{reverse("campaigns:register_import")}"' in home
    template = desk.get(reverse("imports:template", args=["register", "csv"]))
    assert "Full name *" in template.content.decode()
    run = upload(place, csv(row(id_number(), place)))
    there = desk.get(reverse("imports:run", args=[run.pk]))
    assert there["Location"] == reverse("campaigns:register_run", args=[run.pk])
    for act in ("confirm", "undo", "discard"):
        assert desk.post(reverse(f"imports:{act}", args=[run.pk])).status_code < 500
