"""Points by their pages: lists, the way to opening, what is refused and kept, the poster."""

from __future__ import annotations

import re
from datetime import time

import pytest
from django.utils import timezone, translation

from campaigns.models import RoundTarget
from personnel.models import Device
from personnel.roles import Role
from sites.models import SamplingPoint, SamplingUnit
from sites.models.points import Channel, State
from sites.queries.points import rows_of
from sites.queries.preparation import preparation_of
from tests.personnel.make import make_device_token, make_user
from tests.sites.make import NOW, make_round
from tests.sites.point_world import make_point, opened, prepare, signed_in, statements

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def in_english():
    with translation.override("en"):
        yield


# --- pages ---------------------------------------------------------------------------------------


def test_the_list_asks_as_much_for_one_point_as_for_thirty():
    place = make_round()
    client = signed_in(make_user(Role.STREET_OFFICIAL, place.here))
    prepare(make_point(place))
    client.get("/points/")
    one = statements(client, "/points/")
    for _ in range(29):
        opened(make_point(place, units=3))

    assert client.get("/points/").content.count(b'name="point"') == 30
    assert len(statements(client, "/points/")) == len(one)


def test_the_list_shows_ones_own_area_and_says_which_streets_are_short():
    place = make_round()
    make_targets_of(place, people=10_000)
    mine, theirs = make_point(place), make_point(place, there=True)
    client = signed_in(make_user(Role.STREET_OFFICIAL, place.here))

    html = client.get("/points/").content.decode()

    assert mine.name in html
    assert theirs.name not in html
    assert "2 fixed points are missing" in html
    # 10,000 people at 2,500: four points, two of them fixed; one other stands.
    assert "1 more point for 10,000 people" in html
    assert "Now 10,000 people for each point" in html


def test_a_line_counts_every_unit_once_whatever_devices_it_has_had():
    place = make_round()
    point = opened(make_point(place, units=3))
    first, second, third = point.units.order_by("number")
    SamplingUnit.objects.filter(pk=third.pk).update(channel=Channel.YELLOW, state=State.PAUSED)
    for unit in (first, first, second):
        make_device_token(unit)
    lost, _token = make_device_token(third)
    Device.objects.filter(pk=lost).update(revoked_at=timezone.now(), revoked_by="test")

    (row,) = rows_of([point], {place.here.pk: place.here}, now=NOW, real=timezone.now())

    assert (row.units_text, row.devices) == ("2 / 3", 3)
    assert row.channels_text == "general 2/2 · yellow code 0/1"
    assert row.preparation.is_ready
    assert row.preparation.units == 3
    assert row.place_text.endswith(f"{place.here.name} {point.community.name}")
    assert row.hours_text == "08:00–20:00"


def make_targets_of(place, *, people):
    RoundTarget.objects.filter(round=place.round).update(registered=people, target=people, exempt=0)


def test_unknown_filters_are_refused_and_known_ones_narrow():
    place = make_round()
    point = opened(make_point(place))
    other = make_point(place)
    client = signed_in(make_user(Role.STREET_OFFICIAL, place.here))

    assert client.get("/points/?colour=red").status_code == 400
    assert client.get("/points/?state=wet").status_code == 400
    html = client.get(f"/points/?state=open&q={point.code}").content.decode()
    assert point.name in html
    assert f">{other.name}<" not in html


def test_a_refused_bulk_change_keeps_what_was_typed_and_ticked():
    place = make_round()
    point = make_point(place)
    client = signed_in(make_user(Role.STREET_OFFICIAL, place.here))

    response = client.post("/points/bulk/", {"point": [point.pk], "act": "open"})

    html = response.content.decode()
    assert response.status_code == 422
    assert "0 changed, 1 left as they were" in html
    assert "The point cannot open yet" in html
    ticked = rf'value="{point.pk}"\s+aria-label="{re.escape(point.name)}"\s+checked'
    assert re.search(ticked, html)


def test_the_way_from_a_planned_point_to_an_open_one_by_its_page():
    place = make_round()
    point = make_point(place)
    client = signed_in(make_user(Role.STREET_OFFICIAL, place.here))
    url = f"/points/{point.pk}/"

    refused = client.post(f"{url}state/", {"to": "open"})
    assert refused.status_code == 422
    assert "Still missing" in refused.content.decode()
    details = {
        "code": point.code,
        "name": point.name,
        "community": point.community_id,
        "kind": "fixed",
        "lead_name": "王点长",
        "opens": "8:00",
        "closes": "24:00",
    }
    assert client.post(f"{url}edit/", details).status_code == 302
    areas = {f"ready_{kind}": 2 for kind in AREA_KINDS}
    needs = {f"required_{kind}": 1 for kind in AREA_KINDS}
    assert client.post(f"{url}areas/", areas | needs).status_code == 302
    for check in preparation_of([point])[point.pk].checks:
        sent = {"code": check.check.code, "met": "on"}
        assert client.post(f"{url}check/", sent).status_code == 302
    assert client.post(f"{url}state/", {"to": "open"}).status_code == 302

    point.refresh_from_db()
    assert (point.state, point.kind, point.closes) == ("open", "fixed", time(0))
    page = client.get(url).content.decode()
    assert "planned → open" in page
    assert 'name="band"' in page


AREA_KINDS = (
    "temperature",
    "waiting",
    "registration",
    "sampling",
    "buffer",
    "isolation",
    "specimen",
    "waste",
)


def test_a_namesake_in_the_street_is_said_and_not_forbidden():
    place = make_round()
    point = make_point(place)
    client = signed_in(make_user(Role.STREET_OFFICIAL, place.here))

    response = client.post(
        f"/points/add/?round={place.round.pk}",
        {
            "code": "P77",
            "name": point.name,
            "community": place.community_here.pk,
            "kind": "temporary",
            "general": "2",
        },
        follow=True,
    )

    assert SamplingPoint.objects.filter(name=point.name).count() == 2
    assert f"has the same name: {point.code}" in response.content.decode()


def test_the_poster_speaks_both_languages_and_shows_no_telephone():
    place = make_round()
    point = prepare(make_point(place))
    point.lead_phone = "13800000000"
    point.save()
    client = signed_in(make_user(Role.POINT_LEAD, place.here))

    html = client.get(f"/points/{point.pk}/poster/").content.decode()

    assert 'class="side" lang="zh-hans"' in html
    assert 'class="side" lang="en"' in html
    assert "08:00–20:00" in html
    assert "<svg" in html
    assert "13800000000" not in html
    assert "王点长" not in html


@pytest.mark.parametrize(
    ("field", "longest"), [("code", 24), ("name", 80), ("address", 160), ("lead_name", 40)]
)
def test_what_the_column_cannot_hold_is_refused_at_its_field(field, longest):
    place = make_round()
    client = signed_in(make_user(Role.STREET_OFFICIAL, place.here))
    url = f"/points/add/?round={place.round.pk}"
    sent = {
        "code": "P77",
        "name": "广场",
        "community": place.community_here.pk,
        "kind": "temporary",
        "general": "1",
    }

    refused = client.post(url, sent | {field: "9" * (longest + 1)})
    taken = client.post(url, sent | {field: "9" * longest})

    assert refused.status_code == 422
    assert f'href="#id_{field}"' in refused.content.decode()
    assert taken.status_code == 302


def test_ids_that_cannot_be_are_refused_and_break_nothing():
    place = make_round()
    make_point(place)
    client = signed_in(make_user(Role.STREET_OFFICIAL, place.here))

    for point in ("9" * 5000, "-1", "٣", "1e3"):
        sent = client.post("/points/bulk/", {"point": [point], "act": "open"})
        assert sent.status_code == 422
        assert "Tick the points first." in sent.content.decode()
    assert client.post("/reserved/add/", {"compound": "9" * 5000}).status_code == 422
    assert client.get(f"/points/{'9' * 20}/").status_code == 404
    assert client.post(f"/points/{'9' * 20}/state/", {"to": "open"}).status_code == 404
    assert client.get(f"/call-up/?point={'9' * 20}").status_code == 400
