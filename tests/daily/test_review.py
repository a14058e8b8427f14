"""The reviewer's pages: what asks for judgement, accept, return, sweep, unlock, the trail."""

from __future__ import annotations

import uuid
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from campaigns.models import RoundTarget
from core.models import AuditEvent
from personnel.roles import Role
from reporting.daily.models import Report, ReportStep, State, Unlock
from reporting.daily.queries.timeline import timeline_of
from reporting.daily.queries.versions import record_of, sheet_of_version
from reporting.daily.services import cutoffs, review
from tests.daily.make import DUE, House, make_house, set_time
from tests.personnel.make import make_division


@pytest.fixture
def house(db) -> House:
    return make_house()


@pytest.fixture
def officer(house: House) -> Client:
    return house.client(Role.REPORTING_OFFICER)


def pane(report: Report) -> str:
    return reverse("daily:review_report", args=[report.pk])


def post(client: Client, name: str, pk: int, **data):
    return client.post(reverse(f"daily:{name}", args=[pk]), data)


def returned(house: House, comment: str = "a digit") -> None:
    scope = house.scope(Role.REPORTING_OFFICER)
    review.return_report(
        report_id=house.report().pk, version=house.report().version, comment=comment,
        scope=scope, by=scope.actor, at=house.at,
    )  # fmt: skip


def test_the_pane_puts_first_what_asks_for_judgement(house: House, officer: Client) -> None:
    house.save(house.cell("sampled"), "50", reason="paper")
    house.submit()

    page = officer.get(pane(house.report())).content.decode()
    judge = page[page.index('id="judge-title"') : page.index('id="grid-title"')]

    row = next(row for row in judge.split("<tr>") if "Sampled" in row)
    assert "<b>50</b>" in row
    assert ">+45<" in row
    assert "over 30 %" in row
    assert "paper tallies not entered yet" in row
    assert "Accept version 1" in page


def test_a_clean_report_has_nothing_to_judge(house: House, officer: Client) -> None:
    house.submit()

    page = officer.get(pane(house.report())).content.decode()

    assert "no check finds anything" in page


def test_the_second_version_shows_what_it_changed(house: House, officer: Client) -> None:
    house.submit()
    returned(house)
    house.save(house.cell("sampled"), "6", reason="paper")
    house.submit(reason="one digit was wrong")

    page = officer.get(pane(house.report())).content.decode()

    assert "Was 5 in the version before." in page
    assert "one digit was wrong" in page
    assert "5 → <b>6</b> (+1)" in page


def test_accepting_leads_to_the_next_that_waits(house: House, officer: Client) -> None:
    house.submit()
    house.submit(house.place.there)

    first = post(officer, "review_accept", house.report().pk, version=1)
    last = post(officer, "review_accept", house.report(house.place.there).pk, version=1)

    assert (first.status_code, first["Location"]) == (302, pane(house.report(house.place.there)))
    assert last["Location"] == reverse("daily:review")
    assert set(Report.objects.values_list("state", flat=True)) == {State.ACCEPTED}
    assert ReportStep.objects.filter(to_state=State.ACCEPTED, by__startswith="user:").count() == 2


def test_what_changed_under_review_is_not_accepted_but_shown(house: House, officer: Client) -> None:
    house.submit()
    returned(house)
    house.save(house.cell("sampled"), "6", reason="paper")
    house.submit(reason="a digit")

    answer = post(officer, "review_accept", house.report().pk, version=1)

    assert answer.status_code == 409
    page = answer.content.decode()
    assert "changed while you looked at it" in page
    alert = page[page.index('role="alert"') :]
    assert "5 → <b>6</b>" in alert[: alert.index('id="judge-title"')]
    assert house.report().state == State.SUBMITTED
    assert 'name="version" value="2"' in page  # what is accepted next is what is shown now


def test_what_was_never_submitted_is_not_accepted(house: House, officer: Client) -> None:
    assert post(officer, "review_accept", house.report().pk, version=1).status_code == 409
    assert post(officer, "review_accept", house.report().pk).status_code == 422


def test_returning_needs_words_and_takes_phrases_and_ones_own(
    house: House, officer: Client
) -> None:
    house.submit()

    without = post(officer, "review_return", house.report().pk, version=1)
    assert without.status_code == 422
    assert "Say what has to be mended." in without.content.decode()
    assert house.report().state == State.SUBMITTED

    post(officer, "review_return", house.report().pk, version=1, phrases="scans", comment="Ring us")
    comment = ReportStep.objects.get(to_state=State.RETURNED).comment
    assert comment == "The figure differs from the scans: check it, or say why. Ring us"


def test_a_sweep_says_what_it_accepted_and_what_it_left_and_why(
    house: House, officer: Client
) -> None:
    house.submit()
    there = house.cell("sampled", house.place.community_there, house.place.there)
    house.save(there, "1", house.scope(division=house.place.there), reason="paper")
    house.submit(house.place.there)

    answer = officer.post(
        reverse("daily:review_clean", args=[house.cutoff.pk]), follow=True
    ).content.decode()

    assert f"1 report accepted: {house.place.here.name}." in answer
    assert f"{house.place.there.name} (" in answer
    assert "1 number not the system&#x27;s" in answer
    assert post(officer, "review_clean", 999999).status_code == 404


def test_reviewers_only_review(house: House) -> None:
    house.submit()
    for role in (Role.COMMANDER, Role.STREET_OFFICIAL, Role.AUDITOR):
        client = house.client(role)
        for name in ("review_accept", "review_return"):
            assert post(client, name, house.report().pk, version=1).status_code == 403
        assert "Accept version" not in client.get(pane(house.report())).content.decode()


def test_a_neighbours_report_is_not_there(house: House) -> None:
    house.submit(house.place.there)
    official = house.client(Role.STREET_OFFICIAL)

    assert official.get(pane(house.report(house.place.there))).status_code == 404
    assert official.get(pane(house.report())).status_code == 200


def test_higher_levels_see_unaccepted_numbers_only_on_wish_and_marked(house: House) -> None:
    house.save(house.cell("sampled"), "77", reason="paper")
    house.submit()
    commander = house.client(Role.COMMANDER)

    plain = commander.get(pane(house.report())).content.decode()
    wished = commander.get(f"{pane(house.report())}?provisional=1").content.decode()

    assert ">77<" not in plain.split("trail-title")[0]
    assert "→ <b>77</b>" not in plain
    assert "Show it, marked provisional" in plain
    assert "<b>77</b>" in wished
    assert "badge-warn" in wished
    assert "provisional" in wished


def test_a_community_sees_its_own_line_only(house: House) -> None:
    second = make_division("community", house.place.here)
    target = RoundTarget.objects.get(community=house.place.community_here)
    target.pk, target.community = None, second
    target.save()
    tomorrow = DUE + timedelta(days=1)
    set_time(tomorrow)
    cutoffs.open_due_reports(by="test", at=tomorrow)
    report = Report.objects.get(cutoff__as_of=tomorrow, street=house.place.here)
    from reporting.daily.services.submission import submit

    scope = house.scope()
    submit(
        report_id=report.pk, key=uuid.uuid4(), seen=report.edition, reason="", scope=scope,
        by=scope.actor, at=tomorrow,
    )  # fmt: skip
    report.refresh_from_db()

    worker = house.scope(Role.COMMUNITY_WORKER, second)
    sheet = sheet_of_version(record_of(report, worker), 1)
    assert [line.community_id for line in sheet.lines] == [second.pk]
    whole = sheet_of_version(record_of(report, house.scope(Role.AUDITOR)), 1)
    assert len(whole.lines) == 3

    page = house.client(Role.COMMUNITY_WORKER, second).get(pane(report)).content.decode()
    assert second.name in page
    assert house.place.community_here.name not in page


def test_everything_stays_on_the_trail(house: House) -> None:
    house.save(house.cell("sampled"), "6", reason="paper")
    house.submit(at=DUE + timedelta(minutes=5), reason="no network")
    officer, chief = house.scope(Role.REPORTING_OFFICER), house.scope(Role.COMMANDER)
    review.accept(report_id=house.report().pk, version=1, scope=officer, by=officer.actor, at=DUE)
    after = DUE + timedelta(minutes=61)
    cutoffs.lock_due(by="clock", at=after)
    unlock = review.ask_unlock(
        report_id=house.report().pk, reason="wrong", scope=house.scope(), by="user:s", at=after
    )
    review.decide_unlock(
        unlock_id=unlock.pk, granted=True, answer="", scope=chief, by="user:c", at=after
    )

    record = record_of(house.report(), officer)
    kinds = [event.kind for event in timeline_of(record, officer, numbers=True, drafts=False)]

    assert set(kinds) == {
        "opened", "cells", "submitted", "accepted", "locked", "unlock_asked", "unlock_granted",
        "returned",
    }  # fmt: skip
    hidden = timeline_of(record, chief, numbers=False, drafts=False)
    assert all(not event.changes for event in hidden)


def test_cells_of_a_draft_are_the_streets_own_until_it_submits(house: House) -> None:
    house.save(house.cell("sampled"), "6", reason="paper")
    record = record_of(house.report(), house.scope())

    def kinds(scope, drafts):
        return [e.kind for e in timeline_of(record, scope, numbers=True, drafts=drafts)]

    assert "cells" in kinds(house.scope(), True)
    assert "cells" not in kinds(house.scope(Role.REPORTING_OFFICER), False)


@pytest.fixture
def asked(house: House) -> Unlock:
    after = DUE + timedelta(minutes=61)
    house.at = after
    set_time(after)
    return review.ask_unlock(
        report_id=house.report().pk, reason="the tent list was lost", scope=house.scope(),
        by="user:0:street_official", at=after,
    )  # fmt: skip


def test_a_second_person_unlocks(house: House, asked: Unlock) -> None:
    commander = house.client(Role.COMMANDER)
    assert "the tent list was lost" in commander.get("/daily/unlocks/").content.decode()

    answer = post(commander, "unlock_decide", asked.pk, decision="grant")

    assert answer.status_code == 302
    report = house.report()
    assert report.lock_at >= house.at + timedelta(hours=1)
    assert "Unlocked until" in commander.get("/daily/unlocks/").content.decode()
    assert post(commander, "unlock_decide", asked.pk, decision="grant").status_code == 409


def test_refusing_to_unlock_needs_an_answer(house: House, asked: Unlock) -> None:
    commander = house.client(Role.COMMANDER)

    without = post(commander, "unlock_decide", asked.pk, decision="refuse")
    assert without.status_code == 422
    assert "Say why not." in without.content.decode()
    post(commander, "unlock_decide", asked.pk, decision="refuse", answer="Too late")

    asked.refresh_from_db()
    assert (asked.granted, asked.answer) == (False, "Too late")
    assert AuditEvent.objects.filter(act="report.draft", object_id=str(house.report().pk)).exists()


def test_whoever_asked_does_not_decide(house: House, asked: Unlock) -> None:
    commander = house.client(Role.COMMANDER)
    actor = f"user:{commander.session['_auth_user_id']}:commander"
    Unlock.objects.filter(pk=asked.pk).update(asked_by=actor)

    assert "somebody else decides" in commander.get("/daily/unlocks/").content.decode()
    answer = post(commander, "unlock_decide", asked.pk, decision="grant")
    assert answer.status_code == 422
    assert "cannot also decide" in answer.content.decode()


def test_a_neighbours_request_is_not_there(house: House, asked: Unlock) -> None:
    official = house.client(Role.STREET_OFFICIAL, house.place.there)

    assert "the tent list was lost" not in official.get("/daily/unlocks/").content.decode()
    assert post(official, "unlock_decide", asked.pk, decision="grant").status_code == 403


def test_the_pages_speak_chinese(house: House, officer: Client) -> None:
    house.submit()
    officer.cookies["jinjian_language"] = "zh-hans"

    for path in ("/daily/review/", pane(house.report()), "/daily/unlocks/", "/daily/figures/"):
        page = officer.get(path).content.decode()
        assert 'lang="zh-hans"' in page
    assert "日报" in officer.get("/daily/review/").content.decode()


def test_the_pane_asks_as_much_for_many_communities(house: House, officer: Client) -> None:
    def asked_for(report: Report) -> int:
        with CaptureQueriesContext(connection) as queries:
            assert officer.get(pane(report)).status_code == 200
        return len(queries)

    house.submit()
    few = asked_for(house.report())
    targets = RoundTarget.objects.filter(community=house.place.community_there)
    for _ in range(20):
        target = targets.get()
        target.pk, target.community = None, make_division("community", house.place.there)
        target.save()
        targets = RoundTarget.objects.filter(pk=target.pk)
    tomorrow = DUE + timedelta(days=1)
    house.at = tomorrow
    set_time(tomorrow)
    cutoffs.open_due_reports(by="test", at=tomorrow)
    many = Report.objects.get(cutoff__as_of=tomorrow, street=house.place.there)
    scope = house.scope(division=house.place.there)
    from reporting.daily.services.submission import submit

    submit(
        report_id=many.pk, key=uuid.uuid4(), seen=many.edition, reason="", scope=scope,
        by=scope.actor, at=tomorrow,
    )  # fmt: skip

    assert asked_for(many) <= few + 1  # the names of who did it, once
