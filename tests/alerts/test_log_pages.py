"""Pages of the activity log: a line, its amendment beneath it, the major events, and search."""

import uuid
from datetime import date, timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from core import clock
from personnel.roles import Role
from reporting.alerts.models import LogEntry
from reporting.alerts.queries.log import LogWish, entries
from reporting.alerts.services import log
from tests.alerts.make_matters import NOON, make_town

OFFICIAL, COMMANDER, DISPATCHER = Role.STREET_OFFICIAL, Role.COMMANDER, Role.DISPATCHER
LOG = "/log/"


@pytest.fixture
def town(db):
    return make_town()


def client_of(town, role, side="here", language="en"):
    client = Client()
    client.force_login(town.person(role, side)[0])
    client.cookies["jinjian_language"] = language
    return client


def amend(town, entry, text):
    return log.amend_entry(
        entry_id=entry.pk, client_key=uuid.uuid4(), text=text, **town.who(OFFICIAL, minutes=5)
    )


def test_a_line_is_added_by_the_form_and_once_only(town):
    client = client_of(town, OFFICIAL)
    form = {"client_key": str(uuid.uuid4()), "phrase": "fault", "text": "no network"}
    for _ in range(2):
        assert client.post(reverse("alerts:log_add"), form).status_code == 302

    page = client.get(LOG).content.decode()
    assert LogEntry.objects.count() == 1
    assert "Fault noticed" in page
    assert "no network" in page


@pytest.mark.parametrize(
    "over, words",
    [
        ({"text": ""}, "Choose a phrase or write what happened."),
        ({"happened_at": "2021-11-05T23:00"}, "What has not happened yet is not logged."),
        ({"place": "999999999"}, "This place is not in your area."),
    ],
)
def test_a_refused_line_keeps_its_words(town, over, words):
    form = {"client_key": str(uuid.uuid4()), "text": "kept words"} | over
    answer = client_of(town, OFFICIAL).post(reverse("alerts:log_add"), form)

    assert answer.status_code == 422
    page = answer.content.decode()
    assert words in page
    assert ("kept words" in page) == bool(form["text"])


def test_an_amendment_stands_beneath_with_who_and_when(town):
    entry = town.entry(text="two hundred wait")
    url = reverse("alerts:log_amend", args=[entry.pk])
    client = client_of(town, OFFICIAL)
    answer = client.post(url, {"client_key": uuid.uuid4(), "text": "three hundred"})

    assert answer["Location"] == reverse("alerts:log_entry", args=[entry.pk])
    page = client.get(LOG).content.decode()
    assert page.index("two hundred wait") < page.index("three hundred")
    # The address of an amendment shows what it amends.
    amendment = entry.amendments.get()
    shown = client.get(reverse("alerts:log_entry", args=[amendment.pk])).content.decode()
    assert "two hundred wait" in shown


def test_major_events_are_chosen_renamed_and_taken_off(town):
    entry = town.entry()
    town.entry(text="an ordinary line")
    client, url = client_of(town, COMMANDER), reverse("alerts:log_event", args=[entry.pk])
    assert client.post(url, {"title": "The queue"}).status_code == 302
    events = client.get(LOG, {"list": "events"}).content.decode()
    assert "The queue" in events
    assert "an ordinary line" not in events

    assert client.post(url, {"reason": ""}).status_code == 422
    assert client.post(url, {"reason": "an exercise"}).status_code == 302
    assert "The queue" not in client.get(LOG, {"list": "events"}).content.decode()
    assert (
        "an exercise" in client.get(reverse("alerts:log_entry", args=[entry.pk])).content.decode()
    )


def test_the_neighbour_and_the_district_command_stay_unseen_in_a_street(town):
    town.entry(text="mine")
    town.entry(side="there", text="theirs")
    town.entry(COMMANDER, text="of the command")

    page = client_of(town, OFFICIAL).get(LOG).content.decode()
    assert "mine" in page
    assert "theirs" not in page
    assert "of the command" not in page


def found(town, **wish):
    return [entry.text for entry in entries(town.person(COMMANDER)[1], LogWish(**wish))]


def test_filters_by_street_day_and_position(town):
    town.entry(text="here")
    town.entry(side="there", text="there")
    # Half past midnight in Shanghai is still the day before in London.
    town.entry(COMMANDER, text="night", happened_at=NOON - timedelta(hours=11, minutes=30))
    place = town.place

    assert found(town) == ["there", "here", "night"]
    assert found(town, street=place.there.pk) == ["there"]
    assert found(town, day=date(2021, 11, 5)) == ["there", "here", "night"]
    assert found(town, day=date(2021, 11, 4)) == []
    assert found(town, role="commander") == ["night"]
    assert found(town, role="street_official", place=place.here.pk) == ["here"]
    answer = client_of(town, COMMANDER).get(LOG)
    assert (f"commander-{place.district.pk}") in dict(answer.context["positions"])


def test_search_knows_synonyms_amendments_and_phrases(town):
    entry = town.entry(text="奔月路检测点排队")
    amend(town, entry, "是歇马的停电")
    town.entry(phrase="supplies_sent", text="三箱")

    assert found(town, words="采样点") == ["奔月路检测点排队"]
    assert found(town, words="断电") == ["奔月路检测点排队"]
    assert found(town, words="物资") == ["三箱"]
    assert found(town, words="采样点 物资") == []
    assert found(town, words="no such thing") == []


def test_thirty_lines_cost_as_many_statements_as_one(town):
    client = client_of(town, COMMANDER)

    def statements():
        clock.now()
        with CaptureQueriesContext(connection) as caught:
            assert client.get(LOG).status_code == 200
        return len(caught)

    entry = town.entry()
    amend(town, entry, "more")
    log.promote(entry_id=entry.pk, title="t", **town.who(COMMANDER))
    statements()
    one = statements()
    for number in range(29):
        amend(town, town.entry(text=f"line {number}"), "more")

    assert abs(statements() - one) <= 1  # the clock is read once a second
    town.entry(text="the thirty-first")
    answer = client.get(LOG, {"page": 2})
    assert len(answer.context["rows"]) == 1


@pytest.mark.parametrize(
    "language, word", [("en", "Nothing was noted yet."), ("zh-hans", "工作日志")]
)
def test_the_empty_log_in_both_languages(town, language, word):
    assert word in client_of(town, OFFICIAL, language=language).get(LOG).content.decode()


@pytest.mark.parametrize(
    "query", ["?list=x", "?street=x", "?day=yesterday", "?position=king-1", "?position=commander-x"]
)
def test_a_filter_that_means_nothing_is_refused(town, query):
    assert client_of(town, COMMANDER).get(LOG + query).status_code == 400
