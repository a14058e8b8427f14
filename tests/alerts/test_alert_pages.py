"""The operator's page, one alert, and the rules: what they show, to whom, and what they refuse."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.conf import settings
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from core import clock
from personnel.roles import Role
from reporting.alerts.models import Alert, AlertRule, AlertRun
from tests.alerts.make import Field
from tests.personnel.make import make_targets, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def field() -> Field:
    made = Field()
    make_targets(made.place)
    for name in ("here", "there"):
        street = getattr(made.place, name)
        street.name = f"{name} street"
        street.save()
    clock.set_clock(made.at(32), rate=0.001)
    return made


def signed_in(field: Field, role: Role, *, there: bool = False) -> Client:
    place = field.place
    level = place.there if there else place.here
    district = role not in (Role.STREET_OFFICIAL, Role.POINT_LEAD)
    client = Client()
    client.cookies[settings.LANGUAGE_COOKIE_NAME] = "en"
    client.force_login(make_user(role, place.district if district else level))
    return client


def shown(response) -> str:
    """The text of a page, without its tags."""
    assert response.status_code == 200, response.content
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.content.decode()))


def silent(field: Field) -> tuple[Alert, Alert]:
    """A silent point in each street, raised by a run of the rules."""
    field.units(1)
    field.units(1, field.point(field.place.there))
    field.run(31)
    here = Alert.objects.get(street_id=field.place.here.pk)
    return here, Alert.objects.get(street_id=field.place.there.pk)


def test_an_official_sees_the_own_street_and_a_dispatcher_both(field: Field) -> None:
    silent(field)

    both = shown(signed_in(field, Role.DISPATCHER).get("/alerts/"))
    own = shown(signed_in(field, Role.STREET_OFFICIAL).get("/alerts/"))

    assert "here street" in both
    assert "there street" in both
    assert "no data from point" in own
    assert "here street" in own
    assert "there street" not in own
    assert "it escalates at 21:01" in own  # raised at 20:31 local time, after 30 minutes


def test_a_calm_page_says_when_the_rules_last_ran(field: Field) -> None:
    field.run(31)

    page = shown(signed_in(field, Role.DISPATCHER).get("/alerts/"))

    assert "No open alerts" in page
    assert "The rules last ran at 20:31" in page
    assert "Rules are not running" not in page


def test_rules_that_do_not_run_are_an_alert_themselves(field: Field) -> None:
    client = signed_in(field, Role.DISPATCHER)
    assert "The rules have not run yet in this round" in shown(client.get("/alerts/"))

    field.run(20)
    AlertRun.objects.update(ran_at=timezone.now() - timedelta(seconds=90))
    page = shown(client.get("/alerts/"))
    assert "The rules have not run since 20:20" in page
    assert "The rules last ran" not in page

    AlertRun.objects.update(ran_at=timezone.now(), problems=["unit_idle"])
    assert "The rule “Unit idle” could not be run" in shown(client.get("/alerts/"))


def test_the_list_alone_is_the_list_of_the_page(field: Field) -> None:
    silent(field)
    client = signed_in(field, Role.DISPATCHER)

    page = client.get("/alerts/").content.decode()
    part = client.get("/alerts/", headers={"HX-Request": "true"})

    def plain(html: str) -> str:
        html = re.sub(r'value="[A-Za-z0-9]{64}"', "", html)
        return re.sub(r"\s+", " ", html).strip()

    assert "no-store" in part["Cache-Control"]
    assert plain(part.content.decode()) in plain(page)


def test_taking_on_from_the_list(field: Field) -> None:
    here, _there = silent(field)
    client = signed_in(field, Role.STREET_OFFICIAL)

    answer = client.post(
        f"/alerts/{here.pk}/acknowledge/", {"action": "calling the lead", "minutes": "30"}
    )

    assert (answer.status_code, answer["Location"]) == (302, "/alerts/")
    here.refresh_from_db()
    assert (here.state, here.action) == ("acked", "calling the lead")
    assert abs(here.due_at - clock.now() - timedelta(minutes=30)) < timedelta(seconds=5)
    page = shown(client.get("/alerts/?tab=mine"))
    assert "calling the lead" in page
    assert "due 21:02" in page


@pytest.mark.parametrize(
    ("act", "body", "words"),
    [
        ("acknowledge", {"action": " ", "minutes": "30"}, "This field is required"),
        ("acknowledge", {"action": "x", "minutes": "-5"}, "Select a valid choice"),
        ("snooze", {"reason": "", "minutes": "60"}, "This field is required"),
        ("snooze", {"reason": "tea", "minutes": "1"}, "Select a valid choice"),
        ("close", {"reason": "\t"}, "This field is required"),
        ("acknowledge", {"action": "call 13800000000", "minutes": "30"}, "telephone number"),
    ],
)
def test_what_is_missing_is_said_at_its_field(
    field: Field, act: str, body: dict[str, str], words: str
) -> None:
    here, _there = silent(field)

    answer = signed_in(field, Role.DISPATCHER).post(f"/alerts/{here.pk}/{act}/", body)

    assert answer.status_code == 422
    html = answer.content.decode()
    assert words in html
    assert "data-error-summary" in html
    here.refresh_from_db()
    assert here.state == "open"


def test_what_was_typed_stays_when_somebody_was_faster(field: Field) -> None:
    here, _there = silent(field)
    url = f"/alerts/{here.pk}"
    signed_in(field, Role.STREET_OFFICIAL).post(
        f"{url}/acknowledge/", {"action": "on my way", "minutes": "30"}
    )

    answer = signed_in(field, Role.DISPATCHER).post(f"{url}/close/", {"reason": "it is tea time"})

    assert answer.status_code == 422
    html = answer.content.decode()
    assert "Take it over first" in html
    assert "it is tea time" in html


def test_an_alert_leads_only_where_its_reader_may_go(field: Field) -> None:
    here, _there = silent(field)

    with_link = signed_in(field, Role.DISPATCHER).get(f"/alerts/{here.pk}/").content.decode()
    without = signed_in(field, Role.REPORTING_OFFICER).get(f"/alerts/{here.pk}/").content.decode()

    assert f'href="/points/{here.subject_id}/"' in with_link
    assert f'href="/points/{here.subject_id}/"' not in without
    assert "I take it on" in with_link
    assert "I take it on" not in without  # sees alerts, does not handle them


def test_closed_alerts_say_how_they_ended(field: Field) -> None:
    here, there = silent(field)
    client = signed_in(field, Role.DISPATCHER)
    client.post(f"/alerts/{here.pk}/close/", {"reason": "moved indoors"})
    unit = field.place.round.points.get(pk=there.subject_id).units.get()
    field.heard(unit, 33)
    field.run(34)
    field.run(40)

    page = shown(client.get("/alerts/?tab=closed"))
    assert "moved indoors" in page
    assert "the condition ended" in page


def test_as_many_statements_for_thirty_streets_as_for_one(field: Field) -> None:
    client = signed_in(field, Role.DISPATCHER)
    counts = []
    for streets in (1, 30):
        for _ in range(streets):
            field.units(1, field.point(field.street()))
        field.run(31 + streets / 10)
        client.get("/alerts/")
        with CaptureQueriesContext(connection) as queries:
            assert client.get("/alerts/").status_code == 200
        counts.append(sum("core_clock" not in query["sql"] for query in queries))

    assert counts[0] == counts[1]
    assert Alert.objects.standing().count() == 31


def test_a_rule_is_tried_then_set(field: Field) -> None:
    silent(field)
    client = signed_in(field, Role.COMMANDER)

    page = shown(client.get("/alerts/rules/silent_point/"))
    assert "With 30 it would have disturbed 1 time, with 2 alerts" in page
    page = shown(client.get("/alerts/rules/silent_point/?try=60"))
    assert "With 60 it would have disturbed 0 times, with 0 alerts" in page
    assert client.get("/alerts/rules/silent_point/?try=4").status_code == 400
    assert client.get("/alerts/rules/nonsense/").status_code == 404

    body = {"threshold": "60", "severity": "crit", "escalate_after": "10", "version": "1"}
    assert client.post("/alerts/rules/silent_point/", body).status_code == 302
    rule = AlertRule.objects.get(detector="silent_point")
    assert (rule.threshold, rule.severity, rule.enabled) == (60, "crit", False)
    page = shown(client.get("/alerts/rules/"))
    assert "not watched" in page

    late = client.post("/alerts/rules/silent_point/", {**body, "threshold": "45"})
    assert late.status_code == 422
    assert "was changed meanwhile: it is now 60" in late.content.decode()
    wrong = client.post("/alerts/rules/silent_point/", {**body, "threshold": "3", "version": "2"})
    assert wrong.status_code == 422


def test_rules_can_be_read_before_the_first_run(field: Field) -> None:
    page = shown(signed_in(field, Role.COMMANDER).get("/alerts/rules/"))

    assert "Silent sampling point" in page
    assert "has not fired" in page
    assert not AlertRule.objects.exists()


@pytest.mark.parametrize("path", ["/alerts/", "/alerts/?tab=closed", "/alerts/rules/"])
def test_pages_speak_chinese(field: Field, path: str) -> None:
    silent(field)
    client = signed_in(field, Role.COMMANDER)
    client.cookies[settings.LANGUAGE_COOKIE_NAME] = "zh-hans"

    page = shown(client.get(path))

    assert "预警" in page
    assert "Alert" not in page
