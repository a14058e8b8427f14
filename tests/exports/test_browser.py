"""A file on its way in a real browser: the bar moves by itself, then the file can be taken."""

from __future__ import annotations

import os

import pytest
from django.urls import reverse

from personnel.roles import Role
from reporting.outlets.models import ExportJob
from tests.daily.conftest import sign_in
from tests.exports.make import ask, asker, sampled, work
from tests.personnel.make import make_user
from tests.sites.make import make_desk

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_a_file_is_asked_for_watched_and_taken(page, live_server, client):
    desk = make_desk()
    sampled(desk, "TUBE0001", 2)
    client.force_login(make_user(Role.PLANNER, desk.place.district))
    sign_in(page.context, client, live_server.url, os.environ.get("PICTURES_IN", "en"))
    page.set_viewport_size({"width": 360, "height": 740})
    page.goto(live_server.url + reverse("exports:new", args=["tubes"]))
    _picture(page, "new-360")
    page.click("main form button[type=submit]")
    page.wait_for_selector('#job_state[data-state="waiting"]')
    _picture(page, "waiting-360")
    job = ExportJob.objects.get()
    ExportJob.objects.filter(pk=job.pk).update(state="running", rows_done=400, rows_total=1000)
    page.wait_for_selector('#job_state[data-state="running"] progress[value="400"]')
    _picture(page, "running-360")
    ExportJob.objects.filter(pk=job.pk).update(state="waiting", rows_done=0, rows_total=0)

    assert work() == 1
    page.wait_for_selector('#job_state[data-state="done"]')
    with page.expect_download() as taken:
        page.click("a[download]")

    assert taken.value.suggested_filename.endswith(".csv")
    with open(taken.value.path(), "rb") as file:
        assert file.read().splitlines()[1].startswith(b"TUBE0001,")
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    _picture(page, "done-360")
    ask(desk.place, "people", street_id=desk.place.here.pk, reason="door to door")
    ask(desk.place, "swabs", format="xlsx", scope=asker(desk.place))
    page.goto(live_server.url + reverse("exports:exports"))
    _picture(page, "list-360")
    page.set_viewport_size({"width": 1440, "height": 900})
    for name, path in (
        ("list", reverse("exports:exports")),
        ("new-people", reverse("exports:new", args=["people"])),
        ("done", reverse("exports:job", args=[job.pk])),
    ):
        page.goto(live_server.url + path)
        _picture(page, f"{name}-1440")


def _picture(page, name: str) -> None:
    if folder := os.environ.get("PICTURES"):
        page.screenshot(path=f"{folder}/exports-{name}.png", full_page=True)
