"""Pages of matters and requests: what is shown to whom, in which order, and in two tongues."""

import uuid
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from core import clock
from personnel.roles import Role
from reporting.alerts.models import ExceptionRequest, Matter
from reporting.alerts.queries.matters import Wish, matters, requests, waiting_for
from reporting.alerts.services import requests as asking
from tests.alerts.make_matters import NOON, make_town

WORKER, OFFICIAL = Role.COMMUNITY_WORKER, Role.STREET_OFFICIAL
DISPATCHER, COMMANDER = Role.DISPATCHER, Role.COMMANDER


@pytest.fixture
def town(db):
    return make_town()


def client_of(town, role, side="here", language="en"):
    client = Client()
    client.force_login(town.person(role, side)[0])
    client.cookies["jinjian_language"] = language
    return client


def typed(**over):
    return {
        "client_key": str(uuid.uuid4()), "kind": "staff", "urgency": "urgent",
        "what": "two samplers short", "wanted": "two samplers", "leader_name": "Li",
        "leader_post": "head", "direct_name": "Su", "direct_post": "secretary",
    } | over  # fmt: skip


def test_a_matter_is_reported_and_a_second_press_changes_nothing(town):
    client, form = client_of(town, WORKER), typed()
    answers = [client.post(reverse("alerts:matter_new"), form) for _ in range(2)]

    matter = Matter.objects.get()
    assert [(a.status_code, a["Location"]) for a in answers] == [
        (302, reverse("alerts:matter", args=[matter.pk]))
    ] * 2
    assert matter.community_id == town.place.community_here.pk


def test_a_refused_form_keeps_what_was_typed_and_says_why_at_the_field(town):
    answer = client_of(town, WORKER).post(
        reverse("alerts:matter_new"), typed(what="ask 13800001234", kind="")
    )

    assert answer.status_code == 422
    form = answer.context["form"]
    assert set(form.errors) == {"what", "kind"}
    assert "two samplers" in answer.content.decode()


def test_an_old_key_with_new_words_is_refused_once_and_then_goes_through(town):
    client, url = client_of(town, WORKER), reverse("alerts:matter_new")
    first = typed()
    client.post(url, first)
    answer = client.post(url, first | {"what": "the roof leaks"})
    assert answer.status_code == 422
    fresh = answer.context["form"]["client_key"].value()

    assert client.post(url, first | {"what": "the roof leaks", "client_key": fresh})
    assert Matter.objects.count() == 2


def test_whoever_is_responsible_stands_in_the_form_of_a_community(town):
    town.matter()
    page = client_of(town, WORKER).get(reverse("alerts:matter_new")).content.decode()

    assert 'value="Leader Li"' in page


def test_urgent_ones_stand_first_and_whatever_waits_longest(town):
    ordinary = town.matter(urgency="ordinary", **town.who(WORKER))
    late = town.matter(urgency="urgent", **town.who(WORKER, minutes=9))
    taken = town.matter(urgency="urgent", **town.who(WORKER, minutes=1))
    early = town.matter(urgency="urgent", **town.who(WORKER, minutes=5))
    town.step(taken, "take_up", town.who(OFFICIAL, minutes=2))

    rows = matters(town.person(COMMANDER)[1], Wish())
    assert list(rows) == [early, late, taken, ordinary]


def test_half_an_hour_without_anybody_is_overdue(town):
    town.matter()
    client = client_of(town, COMMANDER)
    clock.set_clock(NOON + timedelta(minutes=29), rate=0.001)
    assert "overdue" not in client.get(reverse("alerts:matters")).content.decode()

    clock.set_clock(NOON + timedelta(minutes=42), rate=0.001)
    assert "not taken up, 12 min overdue" in client.get(reverse("alerts:matters")).content.decode()


def test_the_list_that_refreshes_itself_is_the_one_of_the_page(town):
    town.matter()
    client, url = client_of(town, COMMANDER), reverse("alerts:matters") + "?kind=staff"
    whole = client.get(url).content.decode()
    part = client.get(url, headers={"HX-Request": "true"})

    assert "no-store" in part["Cache-Control"]
    assert part.content.decode().strip() in whole
    assert f'hx-get="{url}"' in whole
    closed = client.get(reverse("alerts:matters") + "?list=closed").content.decode()
    assert "hx-get" not in closed


@pytest.mark.parametrize(
    "role, side, seen",
    [
        (COMMANDER, "here", {"HERE", "THERE"}),
        (OFFICIAL, "here", {"HERE"}),
        (OFFICIAL, "there", {"THERE"}),
        (WORKER, "here", {"HERE"}),
    ],
)
def test_each_sees_their_own_area(town, role, side, seen):
    for side_of, word in (("here", "HERE"), ("there", "THERE")):
        town.matter(WORKER, side_of, what=f"short {word}")
        town.request(side_of, subject=f"household {word}")
    client = client_of(town, role, side)

    for name in ("alerts:matters", "alerts:requests"):
        page = client.get(reverse(name)).content.decode()
        assert {word for word in ("HERE", "THERE") if f" {word}" in page} == seen


def test_a_community_does_not_see_the_rest_of_its_street(town):
    of_street = town.matter(OFFICIAL, what="short of tents")
    client = client_of(town, WORKER)

    assert "short of tents" not in client.get(reverse("alerts:matters")).content.decode()
    assert client.get(reverse("alerts:matter", args=[of_street.pk])).status_code == 404


def test_buttons_are_those_that_would_work(town):
    matter = town.matter()
    url = reverse("alerts:matter", args=[matter.pk])

    def actions(role):
        found = client_of(town, role).get(url).context["buttons"]
        return [action for action, _word in found]

    assert actions(WORKER) == ["follow_up"]
    assert actions(OFFICIAL) == ["take_up", "follow_up", "decline"]
    assert actions(Role.AUDITOR) == []
    town.step(matter, "take_up", town.who(OFFICIAL))
    assert actions(OFFICIAL) == ["finish", "follow_up", "decline"]
    assert actions(DISPATCHER) == ["finish", "follow_up", "decline", "take_up"]


def test_a_step_is_taken_by_the_button_and_refused_in_words(town):
    matter = town.matter()
    client, url = client_of(town, OFFICIAL), reverse("alerts:matter_step", args=[matter.pk])
    done = client.post(url, {"client_key": uuid.uuid4(), "action": "take_up", "words": ""})
    refused = client.post(url, {"client_key": uuid.uuid4(), "action": "finish", "words": ""})

    assert (done.status_code, refused.status_code) == (302, 422)
    assert "This step needs a few words." in refused.content.decode()
    matter.refresh_from_db()
    assert matter.state == "taken"


@pytest.mark.parametrize("language, word", [("en", "[Matter 2021-0001]"), ("zh-hans", "一事一报")])
def test_chat_text_is_there_in_both_languages_whatever_the_page_is_in(town, language, word):
    matter = town.matter()
    answer = client_of(town, COMMANDER, language=language).get(
        reverse("alerts:matter", args=[matter.pk])
    )

    texts = {name: text for name, _word, text in answer.context["chat"]}
    assert texts["zh-hans"].startswith("【一事一报 2021-0001】紧急 · 人员")
    assert texts["en"].startswith("[Matter 2021-0001] serious · staffing")
    assert "Secretary Su party secretary" in texts["en"]
    assert word in answer.content.decode()


@pytest.mark.parametrize(
    "words, found",
    [("检测点", True), ("采样点 排队", True), ("人手", True), ("staffing", True), ("断电", False)],
)
def test_a_search_finds_what_is_meant(town, words, found):
    town.matter(what="3号采样地点拥堵", wanted="增派工作人员两名")
    town.matter(WORKER, "there", what="停水", wanted="送水", kind="supplies")

    rows = matters(town.person(COMMANDER)[1], Wish(words=words))
    assert [matter.number for matter in rows] == ([1] if found else [])


def test_requests_are_found_by_kind_street_and_words(town):
    here, there = town.request(), town.request("there", kind="passage", subject="一辆车辆出入")
    scope = town.person(COMMANDER)[1]

    assert list(requests(scope, Wish(kind="passage"))) == [there]
    assert list(requests(scope, Wish(street=town.place.here.pk))) == [here]
    assert list(requests(scope, Wish(words="汽车"))) == [there]
    assert list(requests(scope, Wish(closed=True))) == []


def test_a_request_goes_through_the_pages_of_three_people(town):
    client = client_of(town, WORKER)
    form = {
        "client_key": str(uuid.uuid4()), "kind": "home_isolation", "why": "dialysis",
        "subject": "a household of two", "place": town.place.community_here.pk,
    }  # fmt: skip
    assert client.post(reverse("alerts:request_new"), form).status_code == 302
    asked = ExceptionRequest.objects.get()
    url = reverse("alerts:request_step", args=[asked.pk])
    early = client_of(town, COMMANDER).post(url, {"action": "grant", "reason": "yes"})
    assert early.status_code == 422
    assert "The street recommends first" in early.content.decode()
    for role, action in ((OFFICIAL, "support"), (COMMANDER, "grant")):
        answer = client_of(town, role).post(url, {"action": action, "reason": "checked"})
        assert answer.status_code == 302

    asked.refresh_from_db()
    assert asked.state == "granted"


def test_what_somebody_owes_now(town):
    fresh = town.matter()
    own = town.matter(OFFICIAL, urgency="urgent")
    held = town.matter(WORKER, "there", urgency="urgent")
    town.step(held, "take_up", town.who(DISPATCHER))
    request = town.request()
    at = NOON + timedelta(minutes=31)

    def owed(role, side="here"):
        rows = waiting_for(town.person(role, side)[1], at=at)
        return [(row.kind, row.pk, row.step, row.overdue) for row in rows]

    assert owed(OFFICIAL) == [
        ("matter", fresh.pk, "take_up", True), ("request", request.pk, "support", False),
    ]  # fmt: skip
    assert owed(OFFICIAL, "there") == []
    assert owed(DISPATCHER) == [
        ("matter", own.pk, "take_up", True), ("matter", held.pk, "finish", False),
        ("matter", fresh.pk, "take_up", True),
    ]  # fmt: skip
    assert owed(WORKER) == []
    asking.take_step(
        request_id=request.pk, action="support", reason="checked", **town.who(OFFICIAL)
    )
    assert ("request", request.pk, "grant", False) in owed(DISPATCHER)


def statements(client, url):
    with CaptureQueriesContext(
        connection,
    ) as caught:
        assert client.get(url).status_code == 200
    return len(caught)


@pytest.mark.parametrize("name", ["alerts:matters", "alerts:requests"])
def test_thirty_rows_cost_as_many_statements_as_one(town, name):
    client, url = client_of(town, COMMANDER), reverse(name)
    first = town.matter()
    town.step(first, "take_up", town.who(DISPATCHER))
    town.request()
    client.get(url)
    clock.now()
    one = statements(client, url)
    for number in range(29):
        side = ("here", "there")[number % 2]
        town.matter(WORKER, side)
        town.request(side)

    clock.now()
    assert abs(statements(client, url) - one) <= 1  # the clock is read once a second
    assert len(client.get(url).context["rows"]) == 30


@pytest.mark.parametrize("language, word", [("en", "Report a matter"), ("zh-hans", "上报事项")])
def test_the_empty_list_says_what_comes_here_and_the_next_step(town, language, word):
    page = client_of(town, WORKER, language=language).get(reverse("alerts:matters"))

    assert word in page.content.decode()


@pytest.mark.parametrize(
    "query", ["?list=all", "?kind=x", "?street=x", "?page=1&page=2", "?colour=red"]
)
@pytest.mark.parametrize("name", ["alerts:matters", "alerts:requests"])
def test_a_filter_that_means_nothing_is_refused(town, name, query):
    assert client_of(town, COMMANDER).get(reverse(name) + query).status_code == 400
