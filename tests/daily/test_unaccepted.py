"""What is not accepted, or not even sent, is seen by those whose work it is: on every page."""

from __future__ import annotations

import uuid
from datetime import timedelta

import pytest
from django.urls import reverse

from personnel.roles import Role
from reporting.daily.models import Report
from reporting.daily.services import cutoffs, review
from reporting.daily.services.submission import submit
from tests.daily.make import DUE, House, make_house, set_time


@pytest.fixture
def house(db) -> House:
    return make_house()


def reconciled(house: House, role: Role, query: str = "") -> str:
    answer = house.client(role).get(
        reverse("daily:reconcile", args=[house.report().pk]) + query,
        headers={"accept-language": "en"},
    )
    assert answer.status_code == 200
    return answer.content.decode()


def typed(house: House, text: str) -> None:
    house.save(house.cell("sampled"), text, reason="paper")


def accept(house: House, version: int) -> None:
    scope = house.scope(Role.REPORTING_OFFICER)
    review.accept(
        report_id=house.report().pk, version=version, scope=scope, by="r", at=house.at
    )  # fmt: skip


def give_back(house: House, version: int) -> None:
    scope = house.scope(Role.REPORTING_OFFICER)
    review.return_report(
        report_id=house.report().pk, version=version, comment="why?", scope=scope, by="r",
        at=house.at,
    )  # fmt: skip


def test_a_draft_is_explained_to_its_street_alone(house: House) -> None:
    typed(house, "777")

    assert "777" in reconciled(house, Role.STREET_OFFICIAL)
    for role in (Role.REPORTING_OFFICER, Role.COMMANDER):
        assert "777" not in reconciled(house, role)
        assert "777" not in reconciled(house, role, "?provisional=1")


def test_higher_levels_have_explained_what_is_accepted_or_on_wish_what_was_sent(
    house: House,
) -> None:
    typed(house, "777")
    house.submit()

    assert "777" in reconciled(house, Role.REPORTING_OFFICER)
    assert "777" not in reconciled(house, Role.COMMANDER)
    wished = reconciled(house, Role.COMMANDER, "?provisional=1")
    assert "777" in wished
    assert "&amp;provisional=1" in wished  # a community of it is looked at in the same way

    accept(house, 1)
    assert "777" in reconciled(house, Role.COMMANDER)
    give_back(house, 1)
    typed(house, "888")
    for role in (Role.REPORTING_OFFICER, Role.COMMANDER):
        page = reconciled(house, role)
        assert ("777" in page, "888" in page) == (True, False)


def test_the_way_back_is_one_that_may_be_gone(house: House) -> None:
    house.submit()
    pages = {Role.STREET_OFFICIAL: "report", Role.COMMANDER: "review_report",
             Role.REPORTING_OFFICER: "review_report"}  # fmt: skip
    for role, name in pages.items():
        page = reconciled(house, role)
        assert f'href="{reverse(f"daily:{name}", args=[house.report().pk])}"' in page, role


def test_beside_an_accepted_report_stands_no_unaccepted_one_of_before(house: House) -> None:
    typed(house, "777")
    house.submit()
    tomorrow = DUE + timedelta(days=1)
    set_time(tomorrow)
    cutoffs.open_due_reports(by="test", at=tomorrow)
    report = Report.objects.get(cutoff__as_of=tomorrow, street=house.place.here)
    scope, officer = house.scope(), house.scope(Role.REPORTING_OFFICER)
    cell = report.lines.get(community=house.place.community_here).cells.get(column__code="sampled")
    cell.reason = "paper"
    cell.save(update_fields=["reason"])
    submit(
        report_id=report.pk, key=uuid.uuid4(), seen=report.edition,
        reason="", scope=scope, by=scope.actor, at=tomorrow,
    )  # fmt: skip
    review.accept(report_id=report.pk, version=1, scope=officer, by="r", at=tomorrow)
    url = reverse("daily:review_report", args=[report.pk])

    assert "777" in house.client(Role.REPORTING_OFFICER).get(url).content.decode()
    assert "777" not in house.client(Role.COMMANDER).get(url).content.decode()


def test_an_accepted_report_is_returned_from_its_page_until_it_locks(house: House) -> None:
    house.submit()
    accept(house, 1)
    url = reverse("daily:review_report", args=[house.report().pk])
    back = reverse("daily:review_return", args=[house.report().pk])
    officer = house.client(Role.REPORTING_OFFICER)
    page = officer.get(url).content.decode()
    assert (back in page, reverse("daily:review_accept", args=[house.report().pk]) in page) == (
        True,
        False,
    )

    set_time(DUE + timedelta(minutes=61))
    assert back not in officer.get(url).content.decode()
    set_time(DUE)
    assert officer.post(back, {"version": 1, "comment": "a digit"}).status_code == 302
    assert house.report().state == "returned"
