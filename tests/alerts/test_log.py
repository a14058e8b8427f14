"""The activity log is only added to; major events are picked from it and can be taken off."""

import uuid
from datetime import timedelta

import pytest
from django.db import DatabaseError, transaction
from django.utils.translation import override

from core.inputs import Conflict, Refused
from personnel.roles import Role
from reporting.alerts.models import EventMark, LogEntry
from reporting.alerts.services import log
from reporting.alerts.services.places import Unknown
from tests.alerts.make_matters import NOON, make_town

OFFICIAL, COMMANDER, PLANNER = Role.STREET_OFFICIAL, Role.COMMANDER, Role.PLANNER


@pytest.fixture
def town(db):
    with override("en"):
        yield make_town()


def test_an_entry_carries_position_place_and_two_times(town):
    entry = town.entry(phrase="fault", happened_at=NOON - timedelta(minutes=20))

    assert (entry.role, entry.place_id) == ("street_official", town.place.here.pk)
    assert (entry.street_id, entry.district_id) == (town.place.here.pk, town.place.district.pk)
    assert (entry.happened_at, entry.at) == (NOON - timedelta(minutes=20), NOON)


def test_the_district_writes_of_a_street_from_its_own_position(town):
    entry = town.entry(COMMANDER, place_id=town.place.there.pk)

    assert (entry.street_id, entry.place_id) == (town.place.there.pk, town.place.district.pk)
    assert town.entry(COMMANDER).street_id is None


@pytest.mark.parametrize(
    "over, code",
    [
        ({"text": " "}, "log_empty"),
        ({"phrase": "sang"}, "phrase_unknown"),
        ({"happened_at": NOON + timedelta(minutes=1)}, "log_future"),
        ({"text": "called 13800001234"}, "text_personal"),
    ],
)
def test_refusals(town, over, code):
    with pytest.raises(Refused) as refused:
        town.entry(**over)
    assert refused.value.code == code


def test_a_phrase_alone_is_enough(town):
    assert town.entry(phrase="meeting", text="").phrase == "meeting"


def test_sent_twice_it_is_one_line(town):
    client_key = uuid.uuid4()

    assert town.entry(client_key=client_key) == town.entry(client_key=client_key)
    with pytest.raises(Conflict, match="sent before"):
        town.entry(client_key=client_key, text="something else")
    assert LogEntry.objects.count() == 1


def amend(town, entry, text="it was three", **who):
    return log.amend_entry(
        entry_id=entry.pk, client_key=uuid.uuid4(), text=text, **(who or town.who(OFFICIAL))
    )


def test_an_amendment_is_a_line_beneath_the_entry(town):
    entry = town.entry()
    first = amend(town, entry)
    second = amend(town, first, "and at two")

    assert [a.pk for a in entry.amendments.order_by("pk")] == [first.pk, second.pk]
    assert (second.happened_at, second.street_id) == (entry.happened_at, entry.street_id)
    with pytest.raises(Refused):
        amend(town, entry, " ")


def test_the_neighbour_street_amends_nothing(town):
    with pytest.raises(Unknown):
        amend(town, town.entry(), **town.who(OFFICIAL, "there"))
    with pytest.raises(Refused, match="not in your area"):
        town.entry(place_id=town.place.there.pk)


@pytest.mark.parametrize("sql", ["update", "delete"])
def test_no_line_changes(town, sql):
    entry = town.entry()
    log.promote(entry_id=entry.pk, title="t", **town.who(COMMANDER))

    for rows in (LogEntry.objects.all(), EventMark.objects.all()):
        with pytest.raises(DatabaseError), transaction.atomic():
            rows.update(by="x") if sql == "update" else rows._raw_delete(rows.db)


def test_the_newest_mark_is_in_force(town):
    entry, other = town.entry(), town.entry(text="other")
    who = town.who(COMMANDER)
    log.promote(entry_id=entry.pk, title="Queue at the gate", **who)
    log.promote(entry_id=entry.pk, title="Queue at the gate", **who)
    log.promote(entry_id=other.pk, title="Other", **who)
    log.withdraw(entry_id=other.pk, reason="only an exercise", **who)
    log.promote(entry_id=entry.pk, title="Queue at the east gate", **who)

    events = LogEntry.objects.events()
    assert [(e.pk, e.event_title) for e in events] == [(entry.pk, "Queue at the east gate")]
    assert EventMark.objects.count() == 4
    with pytest.raises(Conflict, match="not among the major events"):
        log.withdraw(entry_id=other.pk, reason="again", **who)


def test_titles_and_reasons_are_needed(town):
    entry = town.entry()
    with pytest.raises(Refused, match="Give the event a title"):
        log.promote(entry_id=entry.pk, title=" ", **town.who(COMMANDER))
    with pytest.raises(Refused, match="Say why"):
        log.withdraw(entry_id=entry.pk, reason="", **town.who(COMMANDER))
