"""The pages of S20: from the first superior to a receipt, and what they refuse."""

from __future__ import annotations

import io
import re
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from openpyxl import load_workbook

from personnel.roles import Role
from reporting.outlets.models import (
    Delivery,
    Endpoint,
    Outlet,
    OutletRun,
    RunState,
    Superior,
    Workbook,
)
from reporting.outlets.services.upward_runs import make_run, open_run_now
from tests.boards.make import signed_in
from tests.personnel.make import make_district, make_user
from tests.upward.make import SHEET, House, form_bytes, later, make_workbook


@pytest.fixture
def officer(house: House) -> Client:
    return signed_in(make_user(Role.REPORTING_OFFICER, house.board.desk.place.district))


def url(name: str, *args: object) -> str:
    return reverse(f"upward:{name}", args=args)


TIMES = {
    "title": "两小时报", "what": "workbook", "form": "xlsx", "cadence": "every",
    "first_minute": "00:00", "every_minutes": "120", "due_after": "30", "language": "zh-hans",
    "active": "on",
}  # fmt: skip


def test_from_the_first_superior_to_a_receipt(house: House, officer: Client) -> None:
    Superior.objects.all().delete()
    place = house.board.desk.place
    assert "Nobody above is entered yet" in officer.get(url("outlets")).text
    answer = officer.post(url("superior_add"), {"district": place.district.pk, "name": "市指挥部"})
    superior = Superior.objects.get()
    assert answer.url == url("outlet_add", superior.pk)
    answer = officer.post(answer.url, TIMES)
    outlet = Outlet.objects.get()
    assert answer.url == url("workbook", outlet.pk)
    names = [place.here.name, place.there.name]
    file = SimpleUploadedFile("市表.xlsx", form_bytes(names))
    assert officer.post(url("workbook_upload", outlet.pk), {"file": file}).status_code == 302
    for entry in (
        {"kind": "rows", "place": "a", "row_key": "name", "first_row": "4", "last_row": "5"},
        {"kind": "column", "place": "C", "indicator": "swabs"},
        {"kind": "figure", "place": "C6", "indicator": "swabs"},
    ):
        answer = officer.post(url("entry_add", outlet.pk), {"sheet": SHEET, **entry})
        assert answer.status_code == 302, answer.text

    page = officer.get(url("workbook", outlet.pk)).text
    assert re.search(r'square-written"[^>]*>4<', page)
    assert "would not go out" not in page

    later(house, 2.1)
    answer = officer.post(url("run_now", outlet.pk))
    run = OutletRun.objects.get()
    assert answer.url == url("run", run.pk)
    make_run(run.pk, by="t", at=run.as_of + timedelta(minutes=6))
    answer = officer.get(url("run_file", run.pk))
    sheet = load_workbook(io.BytesIO(answer.content))[SHEET]
    assert [sheet[cell].value for cell in ("C4", "C5", "C6")] == [4, 0, 4]
    assert "filename*=utf-8''" in answer["Content-Disposition"]
    assert "no-store" in answer["Cache-Control"]
    assert officer.post(url("run_sent", run.pk), {"to": "市指挥部群"}).status_code == 302
    assert officer.post(url("run_receipt", run.pk), {"receipt": "收到"}).status_code == 302

    run.refresh_from_db()
    assert (run.state, run.sent_to, run.receipt) == (RunState.ACKNOWLEDGED, "市指挥部群", "收到")
    assert "收到" in officer.get(url("outlets")).text
    assert "市指挥部群" in officer.get(url("run", run.pk)).text


def test_times_that_cannot_be_are_refused_on_the_form(house: House, officer: Client) -> None:
    for field, value, words in (
        ("first_minute", "15:10", "quarter"), ("first_minute", "25:00", "15:30"),
        ("first_minute", "\u0663:00", "15:30"), ("due_after", "721", "720"),
        ("title", "", "required"), ("what", "all", "valid choice"),
        ("endpoint", "999", "valid choice"), ("every_minutes", "50", "valid choice"),
        ("every_minutes", "", "hours lie between"), ("title", "a\u202eb", "reading order"),
        ("form", "pdf", "form"),
    ):  # fmt: skip
        answer = officer.post(url("outlet_add", house.superior.pk), TIMES | {field: value})

        assert answer.status_code == 422, (field, value)
        assert words in answer.text, (field, value)

    assert not Outlet.objects.exists()


def test_a_schedule_is_changed_and_the_numbers_go_on(house: House, officer: Client) -> None:
    outlet = house.outlet()
    open_run_now(outlet_id=outlet.pk, **house.who)

    answer = officer.post(
        url("outlet_change", outlet.pk),
        TIMES | {"cadence": "daily", "first_minute": "15：30", "title": "日报"},
    )

    assert answer.status_code == 302
    outlet.refresh_from_db()
    assert (outlet.first_minute, outlet.every_minutes, outlet.title) == (930, None, "日报")
    later(house, 3)
    assert open_run_now(outlet_id=outlet.pk, **house.who).number == 2
    assert officer.get(url("outlet", outlet.pk)).status_code == 200


def test_what_an_upload_and_an_entry_refuse_stands_on_the_page(
    house: House, officer: Client
) -> None:
    outlet = house.outlet()
    make_workbook(house, outlet)
    before = Workbook.objects.count()
    file = SimpleUploadedFile("a.xlsm", form_bytes(["x"]))
    answer = officer.post(url("workbook_upload", outlet.pk), {"file": file})
    assert (answer.status_code, "macros" in answer.text) == (422, True)
    answer = officer.post(
        url("entry_add", outlet.pk),
        {"sheet": SHEET, "kind": "figure", "place": "D6", "indicator": "tubes"},
    )
    assert answer.status_code == 422
    assert "D6" in answer.text
    assert "formula" in answer.text
    answer = officer.post(
        url("entry_add", outlet.pk),
        {"sheet": SHEET, "kind": "figure", "place": "C6", "indicator": "tubes"},
    )
    assert (answer.status_code, "already" in answer.text) == (422, True)
    assert Workbook.objects.count() == before


def test_a_secret_is_shown_once_and_never_again(house: House, officer: Client) -> None:
    answer = officer.post(
        url("endpoint_add", house.superior.pk), {"url": "https://city.example/in"}
    )
    secret = re.search(r"whsec_[A-Za-z0-9+/=]+", answer.text)
    assert secret is not None
    assert "no-store" in answer["Cache-Control"]
    endpoint = Endpoint.objects.get()
    assert str(endpoint.secret) == secret[0]
    for page in (url("outlets"), url("endpoint_add", house.superior.pk), url("deliveries")):
        assert secret[0] not in officer.get(page).text
    again = officer.post(url("endpoint_rotate", endpoint.pk)).text
    assert secret[0] not in again
    assert "whsec_" in again

    refused = officer.post(
        url("endpoint_add", house.superior.pk), {"url": "https://169.254.169.254/"}
    )
    assert (refused.status_code, "public" in refused.text) == (422, True)


def test_messages_are_seen_with_their_state_and_sent_again(house: House, officer: Client) -> None:
    officer.post(url("endpoint_add", house.superior.pk), {"url": "https://city.example/in"})
    endpoint = Endpoint.objects.get()
    answer = officer.post(url("endpoint_test", endpoint.pk))
    delivery = Delivery.objects.get()
    assert answer.url == url("delivery", delivery.pk)
    assert 'hx-trigger="every 5s"' in officer.get(answer.url).text
    assert str(delivery.pk) in officer.get(url("deliveries")).text
    assert str(delivery.pk) not in officer.get(url("deliveries"), {"state": "dead"}).text
    assert officer.get(url("deliveries"), {"state": "x"}).status_code == 400
    assert officer.get(url("deliveries"), {"sate": "dead"}).status_code == 400
    assert officer.post(url("delivery_replay", delivery.pk)).status_code == 302
    for _press in range(2):
        officer.post(url("endpoint_switch", endpoint.pk), {"on": "no"})
    assert officer.post(url("delivery_replay", delivery.pk)).status_code == 409
    assert officer.post(url("endpoint_test", endpoint.pk)).status_code == 409


def test_the_list_that_refreshes_is_the_one_on_the_page(house: House, officer: Client) -> None:
    outlet = house.outlet()
    open_run_now(outlet_id=outlet.pk, **house.who)

    part = officer.get(url("outlets"), headers={"HX-Request": "true"})
    page = officer.get(url("outlets")).text

    def plain(text: str) -> str:
        return " ".join(re.sub(r'value="[^"]{64}"', "", text).split())

    assert "no-store" in part["Cache-Control"]
    assert plain(part.text) in plain(page)
    assert 'hx-trigger="every 30s"' in page


def test_as_many_statements_for_many_outlets_as_for_one(house: House, officer: Client) -> None:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    def asked() -> int:
        with CaptureQueriesContext(connection) as seen:
            assert officer.get(url("outlets")).status_code == 200
        return len(seen)

    open_run_now(outlet_id=house.outlet().pk, **house.who)
    asked()
    before = asked()
    for number in range(3):
        open_run_now(outlet_id=house.outlet(title=f"t{number}").pk, **house.who)

    assert asked() == before


def test_another_district_sees_and_changes_nothing_of_it(house: House) -> None:
    outlet = house.outlet()
    book = make_workbook(house, outlet)
    later(house, 2.1)
    run = open_run_now(outlet_id=outlet.pk, **house.who)
    other = make_district()
    stranger = signed_in(make_user(Role.REPORTING_OFFICER, other.district))

    for name, pk in (("outlet", outlet.pk), ("workbook", outlet.pk), ("run", run.pk),
                     ("run_file", run.pk), ("workbook_file", outlet.pk),
                     ("outlet_add", house.superior.pk), ("endpoint_add", house.superior.pk),
                     ):  # fmt: skip
        assert stranger.get(url(name, pk)).status_code == 404, name
    for name, pk in (("run_now", outlet.pk), ("outlet_change", outlet.pk), ("run_sent", run.pk),
                     ("run_again", run.pk), ("entry_add", outlet.pk),
                     ("entry_remove", book.entries.first().pk), ("workbook_upload", outlet.pk),
                     ):  # fmt: skip
        assert stranger.post(url(name, pk), {"to": "x"}).status_code == 404, name
    page = stranger.get(url("outlets")).text
    assert house.superior.name not in page
    answer = stranger.post(
        url("superior_add"), {"district": house.superior.district_id, "name": "x"}
    )
    assert answer.status_code == 422
