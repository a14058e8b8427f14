"""Report forms are rows: times, columns and checks change without a release."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse

from campaigns.models import RoundStateChange
from core.models import AuditEvent
from personnel.roles import Role
from reporting.daily.models import (
    Cutoff,
    FormTimes,
    Report,
    ReportCell,
    ReportCheck,
    ReportColumn,
    ReportForm,
)
from reporting.daily.services import cutoffs
from tests.daily.make import DUE, House, make_house, set_time
from tests.personnel.make import make_district, make_user

MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)


@pytest.fixture
def house(db) -> House:
    return make_house()


@pytest.fixture
def officer(house: House) -> Client:
    return house.client(Role.REPORTING_OFFICER)


def post(client: Client, name: str, pk: int, **data):
    return client.post(reverse(f"daily:{name}", args=[pk]), data)


def times(**over: str) -> dict[str, str]:
    return {
        "cutoff_minute": "16:00", "due_after": "30", "lock_after": "60", "opens_before": "120",
        "active": "on",
    } | over  # fmt: skip


def test_new_times_count_from_the_next_cutoff(house: House, officer: Client) -> None:
    assert post(officer, "form_times", house.form.pk, **times()).status_code == 302
    cutoffs.open_due_reports(by="test", at=DUE + 10 * MINUTE)
    tomorrow = DUE + DAY + 60 * MINUTE
    cutoffs.open_due_reports(by="test", at=tomorrow)

    found = list(Cutoff.objects.filter(form=house.form).order_by("as_of"))

    # Once a day: a later time does not make the day that had its cut-off owe another one.
    assert [cutoff.as_of for cutoff in found] == [DUE, tomorrow]
    assert found[1].due_at == tomorrow + 30 * MINUTE
    assert AuditEvent.objects.filter(act="report_form.times").exists()


def test_24_00_ends_the_day_and_nonsense_is_refused(house: House, officer: Client) -> None:
    post(officer, "form_times", house.form.pk, **times(cutoff_minute="24:00"))
    assert ReportForm.objects.get(pk=house.form.pk).cutoff_minute == 1440

    for wrong in ("25:00", "noon", "0:00"):
        answer = post(officer, "form_times", house.form.pk, **times(cutoff_minute=wrong))
        assert answer.status_code == 422, wrong
    page = post(officer, "form_times", house.form.pk, **times(due_after="1.5"))
    assert page.status_code == 422
    assert 'value="1.5"' in page.content.decode()


def test_one_round_has_its_own_times(house: House, officer: Client) -> None:
    round_ = house.place.round
    data = times(cutoff_minute="14:00", round=round_.pk)
    without = post(officer, "round_times", house.form.pk, **data)
    assert without.status_code == 422
    assert post(officer, "round_times", house.form.pk, **data, reason="night round") is not None

    cutoffs.open_due_reports(by="test", at=DUE + DAY - 60 * MINUTE)
    own = Cutoff.objects.get(as_of=DUE + DAY - 60 * MINUTE)
    assert own.due_at == own.as_of + 30 * MINUTE
    assert FormTimes.objects.get().reason == "night round"

    officer.post(reverse("daily:round_times_clear", args=[house.form.pk, round_.pk]))
    assert not FormTimes.objects.exists()
    acts = AuditEvent.objects.filter(act__startswith="report_form.round_times")
    assert acts.count() == 2


def move(house: House, officer: Client, due: str, lock: str, reason: str = "the mayor asks"):
    said = {"due_at": f"2021-11-05T{due}", "lock_at": f"2021-11-05T{lock}", "reason": reason}
    return post(officer, "cutoff_move", house.cutoff.pk, **said)


def test_a_cutoff_that_is_not_due_yet_can_be_moved(house: House, officer: Client) -> None:
    assert move(house, officer, "15:30", "17:00").status_code == 302

    cutoff = house.cutoff
    assert cutoff.due_at == DUE + 30 * MINUTE
    assert {report.lock_at for report in Report.objects.filter(cutoff=cutoff)} == {cutoff.lock_at}
    event = AuditEvent.objects.get(act="cutoff.move")
    assert "the mayor asks" in str(event.summary)
    house.submit(at=DUE + 20 * MINUTE)
    assert not house.report().versions.get().late


@pytest.mark.parametrize(
    "due, lock, reason",
    [("14:29", "17:00", "x"), ("15:30", "15:30", "x"), ("15:30", "17:00", " ")],
)
def test_a_senseless_move_is_refused(
    house: House, officer: Client, due: str, lock: str, reason: str
) -> None:
    assert move(house, officer, due, lock, reason).status_code == 422
    assert house.cutoff.due_at == DUE


def test_what_is_due_already_is_not_moved(house: House, officer: Client) -> None:
    set_time(DUE + MINUTE)

    answer = move(house, officer, "15:30", "17:00")

    assert answer.status_code == 422
    assert house.cutoff.due_at == DUE


COLUMN = {"title": "接送", "title_en": "Lifts", "code": "lifts", "unit": "requests",
          "per_community": "on"}  # fmt: skip


def test_a_new_column_is_asked_from_the_next_cutoff(house: House, officer: Client) -> None:
    assert post(officer, "column_add", house.form.pk, **COLUMN).status_code == 302
    column = ReportColumn.objects.get(code="lifts")
    assert not ReportCell.objects.filter(column=column).exists()

    cutoffs.open_due_reports(by="test", at=DUE + DAY)
    assert ReportCell.objects.filter(column=column).exists()

    again = post(officer, "column_add", house.form.pk, **COLUMN)
    assert again.status_code == 422
    assert "already has a column of this code" in again.content.decode()


def test_a_column_is_renamed_moved_and_retired(house: House, officer: Client) -> None:
    column = ReportColumn.objects.get(form=house.form, code="vehicles")
    said = {"title": "用车", "title_en": "Cars", "position": "5"}

    assert post(officer, "column", column.pk, **said).status_code == 302
    column.refresh_from_db()
    assert (column.title, column.position, column.required) == ("用车", 5, False)
    assert post(officer, "column", column.pk, **said | {"title": ""}).status_code == 422

    post(officer, "column_retire", column.pk)
    column.refresh_from_db()
    assert column.retired_at is not None
    cutoffs.open_due_reports(by="test", at=DUE + DAY)
    assert not ReportCell.objects.filter(
        column=column, line__report__cutoff__as_of=DUE + DAY
    ).exists()


def test_checks_are_added_and_removed(house: House, officer: Client) -> None:
    column = ReportColumn.objects.get(form=house.form, code="waste")
    said = {"column": column.pk, "kind": "falls", "weight": "soft"}

    assert post(officer, "check_add", house.form.pk, **said).status_code == 302
    assert post(officer, "check_add", house.form.pk, **said).status_code == 422
    lonely = post(officer, "check_add", house.form.pk, **said | {"kind": "within"})
    assert lonely.status_code == 422
    assert "Say which column it is compared with." in lonely.content.decode()
    check = ReportCheck.objects.get(column=column)
    post(officer, "check_remove", check.pk)
    assert not ReportCheck.objects.filter(column=column).exists()


def test_a_district_without_forms_gets_those_of_the_norm(db) -> None:
    from tests.boards.make import signed_in

    place = make_district()
    client = signed_in(make_user(Role.REPORTING_OFFICER, place.district))
    assert "has no report form yet" in client.get("/daily/forms/").content.decode()

    url = reverse("daily:forms_builtin", args=[place.district.pk])
    for _ in range(2):
        assert client.post(url).status_code == 302
    assert ReportForm.objects.filter(district=place.district).count() == 2


def test_another_districts_forms_are_not_there(house: House) -> None:
    from tests.boards.make import signed_in

    other = make_district()
    client = signed_in(make_user(Role.REPORTING_OFFICER, other.district))
    column = ReportColumn.objects.filter(form=house.form)[0]
    check = ReportCheck.objects.filter(form=house.form)[0]

    assert client.get(reverse("daily:form", args=[house.form.pk])).status_code == 404
    for name, pk in (
        ("form_times", house.form.pk), ("round_times", house.form.pk),
        ("column_add", house.form.pk), ("check_add", house.form.pk), ("column", column.pk),
        ("column_retire", column.pk), ("check_remove", check.pk),
        ("cutoff_move", house.cutoff.pk), ("forms_builtin", house.place.district.pk),
    ):  # fmt: skip
        assert post(client, name, pk).status_code == 404, name


def test_what_fell_due_while_a_form_was_out_of_use_is_not_asked_for(
    house: House, officer: Client
) -> None:
    ReportForm.objects.filter(code="hourly").update(active=True, asked_since=None)
    hourly = ReportForm.objects.get(code="hourly")
    own = {"due_after": "15", "lock_after": "60", "opens_before": "10"}
    post(officer, "form_times", hourly.pk, **own)
    assert not ReportForm.objects.get(code="hourly").active
    set_time(DUE + 5 * MINUTE)
    post(officer, "form_times", hourly.pk, **own, active="on")

    cutoffs.open_due_reports(by="test", at=DUE + 55 * MINUTE)

    found = Cutoff.objects.filter(form=hourly)
    assert [cutoff.as_of for cutoff in found] == [DUE + 60 * MINUTE]


def test_a_round_that_was_started_late_owes_nothing_of_before(house: House) -> None:
    ReportForm.objects.filter(code="hourly").update(active=True)
    RoundStateChange.objects.create(
        round=house.place.round, from_state="ready", to_state="running", by="c",
        at=DUE - 110 * MINUTE,
    )  # fmt: skip

    cutoffs.open_due_reports(by="test", at=DUE - 30 * MINUTE)

    found = Cutoff.objects.filter(form__code="hourly")
    assert [cutoff.as_of for cutoff in found] == [DUE - 60 * MINUTE]
