"""Cells as JSON: every change its own verdict, and nothing of a neighbour's."""

from __future__ import annotations

import uuid
from typing import Any

import pytest
from django.test import Client

from campaigns.models import Division
from personnel.roles import Role
from reporting.daily.models import CellChange, ReportCell, ReportVersion
from tests.daily.make import DUE, House, make_house, set_time


@pytest.fixture
def house(db) -> House:
    return make_house()


@pytest.fixture
def official(house: House) -> Client:
    return house.client(Role.STREET_OFFICIAL)


def change(cell: ReportCell, text: str, **more: Any) -> dict[str, Any]:
    return {"id": str(uuid.uuid4()), "cell": cell.pk, "base": cell.revision, "text": text} | more


def send(house: House, client: Client, *changes: dict[str, Any], **headers: str) -> Any:
    return client.post(
        f"/daily/{house.report().pk}/cells/", {"changes": list(changes)},
        content_type="application/json", headers=headers,
    )  # fmt: skip


def test_each_change_has_its_own_verdict(house: House, official: Client) -> None:
    cell, other = house.cell("sampled"), house.cell("swabs")
    good = change(cell, "７", reason="paper")
    bad = change(other, "1.2万")

    first = send(house, official, good, bad).json()
    again = send(house, official, good).json()

    assert [o["verdict"] for o in first["outcomes"]] == ["saved", "refused"]
    saved, refused = first["outcomes"]
    assert (saved["value"], saved["revision"], saved["mark"]) == ("7", 1, "over")
    assert (refused["code"], refused["offered"]) == ("number_offered", 12000)
    assert first["edition"] == first["edition_before"] + 1
    assert first["totals"][str(cell.column_id)] == "7"
    # The number is far from the system's, and explained.
    assert [(p["code"], p["settled"]) for p in first["problems"]] == [("near_source", True)]
    assert [o["verdict"] for o in again["outcomes"]] == ["duplicate"]
    assert CellChange.objects.count() == 1


def test_a_repeat_tells_which_revision_it_made(house: House, official: Client) -> None:
    """Somebody followed it up: what the sender types next is typed over their own number only."""
    mine = change(house.cell("sampled"), "7")
    send(house, official, mine)
    send(house, official, change(house.cell("sampled"), "9"))

    [outcome] = send(house, official, mine).json()["outcomes"]

    assert (outcome["verdict"], outcome["made"], outcome["revision"]) == ("duplicate", 1, 2)
    late = change(house.cell("sampled"), "8") | {"base": outcome["made"]}
    [outcome] = send(house, official, late).json()["outcomes"]
    assert (outcome["verdict"], outcome["value"]) == ("conflict", "9")
    assert outcome["theirs"]["by"].startswith("User")


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({}, "changes_missing"),
        ({"changes": [], "more": 1}, "field_unknown"),
        ({"changes": [7]}, "change_unreadable"),
        ({"changes": [{"id": "x", "cell": 1, "base": 0, "text": ""}]}, "id_unreadable"),
        ({"changes": [{"id": str(uuid.uuid4()), "cell": "1", "base": 0}]}, "number_unreadable"),
        ({"changes": [{"id": str(uuid.uuid4()), "cell": 1, "base": True}]}, "number_unreadable"),
        ({"changes": [{"id": str(uuid.uuid4()), "cell": 1, "base": 0, "text": 5}]},
         "text_unreadable"),
        ({"changes": [{}] * 1001}, "changes_too_many"),
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_refused_whole(house, official, body, code) -> None:
    answer = official.post(
        f"/daily/{house.report().pk}/cells/", body, content_type="application/json"
    )

    assert (answer.status_code, answer.json()["code"]) == (400, code)


def test_after_submission_and_after_the_lock_nothing_is_saved(house, official) -> None:
    house.submit()
    answer = send(house, official, change(house.cell("sampled"), "7"))
    assert (answer.status_code, answer.json()["code"]) == (409, "report_submitted")

    set_time(DUE.replace(hour=16, minute=1))
    there = house.client(Role.STREET_OFFICIAL, house.place.there)
    report = house.report(house.place.there)
    cell = house.cell("sampled", house.place.community_there, house.place.there)
    answer = there.post(
        f"/daily/{report.pk}/cells/", {"changes": [change(cell, "7")]},
        content_type="application/json",
    )  # fmt: skip
    assert (answer.status_code, answer.json()["code"]) == (409, "report_locked")
    assert not CellChange.objects.exists()


def test_a_neighbours_report_and_cells_do_not_exist(house: House, official: Client) -> None:
    report = house.report(house.place.there)
    theirs = house.cell("sampled", house.place.community_there, house.place.there)

    for path in ("", "state/", f"cells/{theirs.pk}/", "chat/"):
        assert official.get(f"/daily/{report.pk}/{path}").status_code == 404, path
    for path, body in (("cells/", {"changes": []}), ("newest/", {}), ("submit/", {})):
        answer = official.post(f"/daily/{report.pk}/{path}", body, content_type="application/json")
        assert answer.status_code == 404, path
    # Their cell under one's own report is no cell either.
    [outcome] = send(house, official, change(theirs, "7")).json()["outcomes"]
    assert outcome == {"id": outcome["id"], "verdict": "refused", "code": "cell_unknown",
                       "message": outcome["message"]}  # fmt: skip
    own = house.report().pk
    assert official.get(f"/daily/{own}/cells/{theirs.pk}/").status_code == 404


def test_what_one_person_typed_is_not_saved_by_the_next(house: House, official: Client) -> None:
    answer = send(house, official, change(house.cell("sampled"), "7"), **{"X-Jinjian-Person": "0"})

    assert (answer.status_code, answer.json()["code"]) == (409, "other_person")
    assert house.cell("sampled").value == 5


def test_the_state_brings_cells_only_when_the_sheet_moved(house: House, official: Client) -> None:
    report = house.report()
    url = f"/daily/{report.pk}/state/"
    assert "cells" not in official.get(url, {"edition": report.edition}).json()
    send(house, official, change(house.cell("sampled"), "7", reason="paper"))

    state = official.get(url, {"edition": report.edition}).json()

    [moved] = [cell for cell in state["cells"] if cell["cell"] == house.cell("sampled").pk]
    assert (moved["value"], moved["system"], moved["reason"]) == ("7", 5, "paper")
    assert official.get(url, {"edition": "x"}).status_code == 400


def test_newer_figures_are_told_and_taken(house: House, official: Client) -> None:
    set_time(house.board.now)
    house.board.capture("TUBE000002", people=3, strangers=0)
    set_time(DUE.replace(hour=14, minute=47))
    url = f"/daily/{house.report().pk}/"
    told = official.get(f"{url}state/").json()["newer"]

    taken = official.post(f"{url}newest/", {}, content_type="application/json").json()

    assert told["at"] == "14:47"
    assert told["cells"] == taken["moved"] > 0
    assert taken["newer"] is None
    assert house.cell("sampled").value == 8


def test_a_community_is_told_of_newer_figures_of_its_own_alone(db) -> None:
    house = make_house(communities=2)
    other = Division.objects.filter(parent=house.place.here).exclude(
        pk=house.place.community_here.pk
    )
    set_time(house.board.now)
    house.board.capture("TUBE000002", people=3, strangers=0)
    set_time(DUE.replace(hour=14, minute=47))
    url = f"/daily/{house.report().pk}/state/"

    mine = house.client(Role.COMMUNITY_WORKER, house.place.community_here).get(url).json()
    theirs = house.client(Role.COMMUNITY_WORKER, other.get()).get(url).json()

    assert mine["newer"]["cells"] > 0
    assert theirs["newer"] is None


def test_a_submission_is_sent_twice_and_counts_once(house: House, official: Client) -> None:
    url = f"/daily/{house.report().pk}/submit/"
    body = {"key": str(uuid.uuid4()), "seen": house.report().edition}

    first = official.post(url, body, content_type="application/json")
    again = official.post(url, body, content_type="application/json")

    assert first.json() == again.json()
    assert first.json()["receipt"].startswith("20211105-1500-")
    assert ReportVersion.objects.count() == 1


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"key": "x", "seen": 0}, 400, "id_unreadable"),
        ({"key": str(uuid.uuid4())}, 400, "number_unreadable"),
        ({"key": str(uuid.uuid4()), "seen": 999}, 409, "report_moved"),
        ({"key": str(uuid.uuid4()), "seen": 0, "reason": 7}, 400, "text_unreadable"),
        ([], 400, "submission_unreadable"),
    ],
)
def test_a_submission_that_cannot_be_taken_says_why(house, official, body, status, code) -> None:
    answer = official.post(
        f"/daily/{house.report().pk}/submit/", body, content_type="application/json"
    )

    assert (answer.status_code, answer.json()["code"]) == (status, code)


def test_problems_come_with_the_refusal(house: House, official: Client) -> None:
    send(house, official, change(house.cell("exempt"), "101"))
    body = {"key": str(uuid.uuid4()), "seen": house.report().edition}

    answer = official.post(
        f"/daily/{house.report().pk}/submit/", body, content_type="application/json"
    )

    assert answer.json()["code"] == "report_has_problems"
    assert answer.json()["errors"][0]["path"] == f"cells[{house.cell('exempt').pk}]"


def test_a_community_fills_its_own_line_only(house: House) -> None:
    worker = house.client(Role.COMMUNITY_WORKER, house.place.community_here)

    outcomes = send(
        house, worker, change(house.cell("staff"), "3"), change(house.street_cell("vehicles"), "2")
    ).json()["outcomes"]

    assert [o["verdict"] for o in outcomes] == ["saved", "refused"]
    body = {"key": str(uuid.uuid4()), "seen": house.report().edition}
    answer = worker.post(
        f"/daily/{house.report().pk}/submit/", body, content_type="application/json"
    )
    assert answer.status_code == 403


def test_a_text_that_is_too_long_holds_up_no_other(house: House, official: Client) -> None:
    good, note = house.cell("staff"), house.street_cell("needs")

    outcomes = send(house, official, change(note, "x" * 700), change(good, "3")).json()["outcomes"]

    assert [o["verdict"] for o in outcomes] == ["refused", "saved"]
