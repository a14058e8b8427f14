"""The pages of bulk exports, as those see them who may."""

from __future__ import annotations

import re

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from core.audit import AuditEvent
from personnel.roles import Role
from reporting.outlets.models import ExportJob
from tests.exports.make import sampled, work
from tests.personnel.make import District, make_user
from tests.sites.make import Desk, make_desk

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def desk() -> Desk:
    return make_desk()


def person(place: District, role: Role) -> Client:
    client = Client(headers={"Accept-Language": "en"})
    client.force_login(make_user(role, place.district))
    return client


def asked(client: Client, place: District, kind: str, **more) -> ExportJob:
    said = {"round": place.round.pk, "street": "", "format": "csv", **more}
    answer = client.post(reverse("exports:new", args=[kind]), said)
    assert answer.status_code == 302, answer.content.decode()
    return ExportJob.objects.get(pk=answer["Location"].split("/")[-2])


def test_a_planner_takes_the_tubes_home(desk):
    sampled(desk, "TUBE0001", 2)
    client = person(desk.place, Role.PLANNER)
    job = asked(client, desk.place, "tubes")
    page = client.get(reverse("exports:job", args=[job.pk])).content.decode()
    assert 'hx-trigger="every 2s"' in page
    assert work() == 1

    page = client.get(reverse("exports:job", args=[job.pk])).content.decode()
    answer = client.get(reverse("exports:file", args=[job.pk]))
    content = b"".join(answer.streaming_content)

    assert "hx-trigger" not in page
    assert reverse("exports:file", args=[job.pk]) in page
    assert content.splitlines()[1].startswith(b"TUBE0001,")
    assert int(answer["Content-Length"]) == len(content)
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Cache-Control"] == "no-store"
    assert answer["Content-Disposition"].startswith("attachment; filename")
    job.refresh_from_db()
    assert job.taken == 1
    taken = AuditEvent.objects.get(act="export.take")
    assert (taken.object_id, taken.summary["rows"]) == (str(job.pk), 1)


def test_the_swapped_fragment_is_part_of_the_page(desk):
    client = person(desk.place, Role.PLANNER)
    job = asked(client, desk.place, "tubes")
    url = reverse("exports:job", args=[job.pk])

    whole = client.get(url).content.decode()
    part = client.get(url, headers={"HX-Request": "true"}).content.decode()

    assert part.lstrip().startswith('<div id="job_state"')
    assert _plain(part) in _plain(whole)


def _plain(page: str) -> str:
    # The token of a form is masked anew in every answer.
    return " ".join(re.sub(r'(name="csrfmiddlewaretoken") value="[^"]+"', r"\1", page).split())


def test_people_go_to_the_one_who_asked_alone(desk):
    place = desk.place
    sampled(desk, "TUBE0001", 1)
    planner, commander = person(place, Role.PLANNER), person(place, Role.COMMANDER)
    job = asked(planner, place, "people", street=place.here.pk, reason="door to door")
    page = reverse("exports:job", args=[job.pk])
    decide = reverse("exports:decide", args=[job.pk])

    assert planner.post(decide, {"decision": "agree"}).status_code == 403
    assert "door to door" in commander.get(page).content.decode()
    assert commander.post(decide, {"decision": "refuse"}).status_code == 422
    assert commander.post(decide, {"decision": "agree"}).status_code == 302
    assert commander.post(decide, {"decision": "agree"}).status_code == 409
    work()

    other = person(place, Role.PLANNER)
    file = reverse("exports:file", args=[job.pk])
    assert [c.get(file).status_code for c in (commander, other, planner)] == [403, 403, 200]


def test_an_erased_file_says_so(desk):
    client = person(desk.place, Role.PLANNER)
    job = asked(client, desk.place, "tubes")
    work()
    ExportJob.objects.filter(pk=job.pk).update(state="expired")

    answer = client.get(reverse("exports:file", args=[job.pk]))

    assert answer.status_code == 410
    assert "erased" in answer.content.decode()


def test_a_wrong_form_says_what_to_mend(desk):
    client = person(desk.place, Role.PLANNER)

    answer = client.post(
        reverse("exports:new", args=["people"]),
        {"round": desk.place.round.pk, "street": "", "format": "csv", "reason": ""},
    )

    page = answer.content.decode()
    assert answer.status_code == 422
    assert page.count('class="field-error"') == 2
    assert not ExportJob.objects.exists()


def test_a_list_of_files_costs_as_many_statements_as_one(desk):
    place = desk.place
    planner, commander = person(place, Role.PLANNER), person(place, Role.COMMANDER)
    url = reverse("exports:exports")
    counts = []
    for _round in range(2):
        asked(planner, place, "people", street=place.here.pk, reason="door to door")
        asked(planner, place, "tubes")
        with CaptureQueriesContext(connection) as seen:
            assert commander.get(url).status_code == 200
        counts.append(len(seen))

    assert counts[0] == counts[1]
