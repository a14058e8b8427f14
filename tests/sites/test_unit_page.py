"""The unit's own page: its day in figures, people masked, silence said, tallies with history."""

from __future__ import annotations

import re
import uuid
from datetime import timedelta

import pytest

from core import clock
from core.scope import Scope, scoped
from personnel.roles import Role
from reporting.progress import measures
from sites.models import SamplingPoint, Tally
from sites.queries import unit_day
from tests.personnel.make import make_user
from tests.sites.make import NOW, make_desk, make_resident
from tests.sites.point_world import signed_in, statements

pytestmark = pytest.mark.django_db


def capture(desk, tube: str, people: int, *, seal: bool = True) -> list[str]:
    """One tube of registered people; returns their full numbers."""
    numbers = [make_resident(desk.place)[1] for _ in range(people)]
    items = [desk.open(tube), *(desk.add(tube, number) for number in numbers)]
    if seal:
        items.append(desk.item("seal", tube=tube))
    assert set(desk.verdicts(*items)) == {"created"}
    return numbers


def test_the_days_tubes_by_state_and_the_filling_of_closed_ones():
    desk = make_desk()
    capture(desk, "TUBE000001", 4)
    capture(desk, "TUBE000002", 3)
    capture(desk, "TUBE000003", 2, seal=False)
    void = desk.item("void", tube="TUBE000001", reason="broken")
    assert desk.verdicts(void) == ["created"]

    with scoped(Scope(streets=frozenset({desk.place.here.pk}))):
        (line,) = unit_day.tubes_today(desk.unit, unit_day.rounds_at(desk.unit.point), NOW)

    assert (line.open, line.sealed, line.void, line.swabs) == (1, 1, 1, 5)
    assert str(line.people_per_tube) == "3.00"


def test_the_filling_of_a_units_tubes_is_reckoned_as_that_of_a_street():
    line = unit_day.RoundTubes(None, open=1, sealed=200, void=0, swabs=1_900, in_tubes=1_897)

    assert line.people_per_tube == measures.people_per_tube(1_897, 200)
    assert str(line.people_per_tube) == "9.49"  # 9.485: half a hundredth goes up


def test_captures_are_masked_and_cost_the_same_for_one_and_twenty():
    desk = make_desk()
    numbers = capture(desk, "TUBE000001", 1)
    client = signed_in(make_user(Role.POINT_LEAD, desk.place.here))
    url = f"/units/{desk.unit.pk}/"
    client.get(url)
    one = statements(client, url)
    numbers += capture(desk, "TUBE000002", 9) + capture(desk, "TUBE000003", 9)

    html = client.get(url).content.decode()

    assert len(statements(client, url)) == len(one)
    assert html.count("张*") == 19
    assert not any(number in html for number in numbers)
    assert "张三" not in html
    assert re.search(r"··\d{3}[\dX]", html)


def test_an_open_unit_that_sends_nothing_is_called_silent_and_a_paused_one_is_not():
    desk = make_desk()
    capture(desk, "TUBE000001", 1)
    client = signed_in(make_user(Role.POINT_LEAD, desk.place.here))
    clock.set_clock(NOW + timedelta(minutes=34), rate=0.001)

    assert "No capture for" in client.get(f"/units/{desk.unit.pk}/").content.decode()
    desk.unit.state = "paused"
    desk.unit.save()
    assert "No capture for" not in client.get(f"/units/{desk.unit.pk}/").content.decode()


def test_a_unit_of_a_closed_round_is_not_offered_to_be_opened():
    desk = make_desk()
    point, round_ = desk.unit.point, desk.place.round
    type(point).objects.filter(pk=point.pk).update(state="open")
    type(desk.unit).objects.filter(pk=desk.unit.pk).update(state="paused")
    client = signed_in(make_user(Role.POINT_LEAD, desk.place.here))
    url = f"/units/{desk.unit.pk}/"

    assert "Open the unit" in client.get(url).content.decode()
    round_.state = "closed"
    round_.save()
    page = client.get(url).content.decode()
    refused = client.post(f"{url}state/", {"to": "open"})

    assert "Open the unit" not in page
    assert "This round is closed; its points stay as they are." in page
    assert refused.status_code == 422
    desk.unit.refresh_from_db()
    assert desk.unit.state == "paused"


def tally(client, unit, **sent):
    body = {
        "id": uuid.uuid4(),
        "round": unit.point.round_id,
        "day": "2021-11-04",
        "start": "21:00",
        "swabs": "40",
        "tubes": "4",
    }
    return client.post(f"/units/{unit.pk}/tally/", body | sent)


def test_a_tally_is_kept_once_and_corrected_with_its_history():
    desk = make_desk()
    client = signed_in(make_user(Role.STREET_OFFICIAL, desk.place.here))
    sheet = uuid.uuid4()

    assert tally(client, desk.unit, id=sheet).status_code == 302
    assert tally(client, desk.unit, id=sheet).status_code == 302
    refused = tally(client, desk.unit, swabs="44")
    assert refused.status_code == 422
    assert 'value="44"' in refused.content.decode()
    assert tally(client, desk.unit, swabs="44", reason="one line missed").status_code == 302

    assert list(Tally.objects.order_by("version").values_list("version", "swabs")) == [
        (1, 40),
        (2, 44),
    ]
    html = client.get(f"/units/{desk.unit.pk}/").content.decode()
    assert "version 1: 40 swabs, 4 tubes" in html
    assert "one line missed" in html


def test_a_quarter_hour_that_is_none_is_refused_at_its_field():
    desk = make_desk()
    client = signed_in(make_user(Role.STREET_OFFICIAL, desk.place.here))

    refused = tally(client, desk.unit, start="21:07")

    assert refused.status_code == 422
    assert 'href="#id_start"' in refused.content.decode()


def test_who_only_enters_tallies_sees_no_captures():
    desk = make_desk()
    capture(desk, "TUBE000001", 2)
    client = signed_in(make_user(Role.REGISTRAR, desk.place.here))

    html = client.get(f"/units/{desk.unit.pk}/").content.decode()

    assert "张*" not in html
    assert 'name="swabs"' in html


def test_a_unit_opens_from_its_point_and_comes_back_there():
    desk = make_desk()
    SamplingPoint.objects.filter(pk=desk.unit.point_id).update(state="open")
    desk.unit.state = "paused"
    desk.unit.save()
    client = signed_in(make_user(Role.POINT_LEAD, desk.place.here))

    back = client.post(f"/units/{desk.unit.pk}/state/", {"to": "open", "next": "point"})

    assert back["Location"] == f"/points/{desk.unit.point_id}/#units"
    desk.unit.refresh_from_db()
    assert desk.unit.state == "open"
