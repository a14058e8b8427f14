"""Matters: numbered, once, taken up by another, every step kept, nobody named."""

import uuid
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import pytest
from django.core.exceptions import PermissionDenied
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.utils.translation import override

from core.audit import AuditEvent
from core.inputs import Conflict, Refused
from personnel.roles import Role
from reporting.alerts.models import Matter, MatterStep
from reporting.alerts.models.matters import MatterState
from reporting.alerts.services import matters
from reporting.alerts.services.matters import TRANSITIONS
from reporting.alerts.services.places import Place, Unknown
from reporting.alerts.services.responsible import Responsible
from tests.alerts.make_matters import PEOPLE, make_town
from tests.personnel.make import make_unit

WORKER, OFFICIAL = Role.COMMUNITY_WORKER, Role.STREET_OFFICIAL
DISPATCHER, COMMANDER = Role.DISPATCHER, Role.COMMANDER


@pytest.fixture
def town(db):
    with override("en"):
        yield make_town()


def test_matters_are_numbered_by_district_and_local_year(town):
    first, second = town.matter(), town.matter(OFFICIAL, "there")
    # Half past midnight in Shanghai on New Year's Day is still the old year in London.
    new_year = town.matter(at=datetime(2021, 12, 31, 16, 30, tzinfo=UTC))

    assert [m.label for m in (first, second, new_year)] == ["2021-0001", "2021-0002", "2022-0001"]


@pytest.mark.django_db(transaction=True)
def test_two_at_once_get_two_numbers_without_a_gap():
    town = make_town()
    for number in range(1, 5):
        town.person(WORKER, number=number)
        town.person(OFFICIAL, "there", number)

    def send(number: int) -> str:
        try:
            role, side = ((WORKER, "here"), (OFFICIAL, "there"))[number % 2]
            return town.matter(role, side, **town.who(role, side, 1 + number // 2)).label
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        labels = list(pool.map(send, range(8)))

    assert sorted(labels) == [f"2021-{n:04}" for n in range(1, 9)]


@pytest.mark.django_db(transaction=True)
def test_one_form_sent_by_two_threads_is_one_matter():
    town = make_town()
    client_key = uuid.uuid4()
    town.person(WORKER)

    def send(_number: int) -> int:
        try:
            return town.matter(client_key=client_key).pk
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        found = set(pool.map(send, range(4)))

    assert len(found) == 1
    assert Matter.objects.get().number == 1
    assert MatterStep.objects.count() == 1


def test_a_refused_matter_takes_no_number(town):
    town.matter()
    with pytest.raises(IntegrityError), transaction.atomic():
        # What the service checks, the table refuses too.
        matters._raise(
            Place(town.place.district.pk), by="x", at=town.who(WORKER)["at"],
            client_key=uuid.uuid4(), what="", wanted="", state_at=town.who(WORKER)["at"],
        )  # fmt: skip

    assert town.matter().number == 2


def test_the_same_key_with_other_words_is_not_dropped_silently(town):
    client_key = uuid.uuid4()
    town.matter(client_key=client_key)

    with pytest.raises(Conflict) as refused:
        town.matter(client_key=client_key, what="the roof leaks")

    assert refused.value.code == "already_sent"


@pytest.mark.parametrize(
    "over, path",
    [
        ({"what": " "}, "what"),
        ({"wanted": ""}, "wanted"),
        ({"kind": "gossip"}, "kind"),
        ({"urgency": ""}, "urgency"),
        ({"responsible": Responsible("Li", "", "Su", "secretary")}, "leader_post"),
        ({"responsible": None}, "leader_name"),
    ],
)
def test_what_is_missing_is_named(town, over, path):
    with pytest.raises(Refused) as refused:
        town.matter(**over)

    assert refused.value.path == path


@pytest.mark.parametrize(
    "text",
    [
        "ask 13800001234",
        "ask +86 138-0000-1234",
        "ask １３８００００１２３４",
        "50010919800101123X is positive",
        "500109 19800101 1234 is positive",
    ],
)
@pytest.mark.parametrize("field", ["what", "wanted"])
def test_a_text_that_names_a_resident_is_refused(town, field, text):
    with pytest.raises(Refused) as refused:
        town.matter(**{field: text})

    assert refused.value.code == "text_personal"
    assert "1380" not in refused.value.text


def test_counts_times_and_tube_codes_are_no_telephone_numbers(town):
    text = "11-05 18:30, 163900 of 204100, tube 13800001234567, round 2021-11-04"

    assert town.matter(what=text).what == text


def test_who_is_responsible_is_typed_once_for_an_area(town):
    town.matter()
    again = town.matter(responsible=None)
    elsewhere = Responsible("Leader Wu", "deputy head", "Secretary Qi", "party secretary")
    town.matter(WORKER, "there", responsible=elsewhere)
    with pytest.raises(Refused) as refused:
        # The post of the one before is not simply theirs.
        town.matter(responsible=Responsible(direct_name="Secretary He"))
    assert refused.value.path == "direct_post"
    changed = town.matter(responsible=Responsible(direct_name="Secretary He", direct_post="deputy"))

    assert again.leader_name == PEOPLE.leader_name
    assert (changed.leader_name, changed.direct_name) == (PEOPLE.leader_name, "Secretary He")
    assert town.matter(responsible=None).direct_name == "Secretary He"


def test_a_place_or_point_of_the_neighbour_is_refused(town):
    there = make_unit(town.place, street=town.place.there).point
    for over, code in (
        ({"place_id": town.place.there.pk}, "place_unknown"),
        ({"place_id": town.place.community_there.pk}, "place_unknown"),
        ({"point_id": there.pk}, "point_not_here"),
    ):
        with pytest.raises(Refused) as refused:
            town.matter(OFFICIAL, **over)
        assert refused.value.code == code


def test_a_point_brings_its_community_and_must_lie_where_the_matter_is(town):
    here = make_unit(town.place).point
    raised = town.matter(DISPATCHER, point_id=here.pk)

    assert (raised.community_id, raised.street_id) == (
        town.place.community_here.pk, town.place.here.pk,
    )  # fmt: skip
    with pytest.raises(Refused, match="lies in another place"):
        town.matter(DISPATCHER, point_id=here.pk, place_id=town.place.there.pk)


def test_a_matter_goes_from_hand_to_hand_and_every_step_stays(town):
    matter = town.matter()
    official, dispatcher = town.who(OFFICIAL, minutes=5), town.who(DISPATCHER, minutes=9)
    town.step(matter, "take_up", official, words="")
    town.step(matter, "follow_up", town.who(WORKER, minutes=6), "three now")
    with pytest.raises(Conflict) as held:
        town.step(matter, "take_up", dispatcher, "from the reserve")
    assert held.value.code == "held_meanwhile"
    matter = town.step(matter, "take_up", dispatcher, "from the reserve", over=True)
    assert (matter.state, matter.holder) == ("taken", dispatcher["by"])
    matter = town.step(matter, "finish", dispatcher, "three sent")

    assert (matter.state, matter.state_at) == ("done", dispatcher["at"])
    assert [(s.action, s.words) for s in matter.steps.order_by("pk")] == [
        ("raise", ""), ("take_up", ""), ("follow_up", "three now"),
        ("take_up", "from the reserve"), ("finish", "three sent"),
    ]  # fmt: skip
    assert AuditEvent.objects.filter(object_type="matter", object_id=matter.pk).count() == 5


def test_opened_again_it_waits_for_somebody_anew(town):
    matter = town.matter()
    town.step(matter, "decline", town.who(OFFICIAL, minutes=5), "is there already")
    matter = town.step(matter, "reopen", town.who(WORKER, minutes=50), "it is not")

    assert (matter.state, matter.holder) == ("raised", "")
    assert matter.state_at == town.who(WORKER, minutes=50)["at"]


@pytest.mark.parametrize("state", MatterState.values)
@pytest.mark.parametrize("action", ["follow_up", "take_up", "finish", "decline", "reopen"])
def test_a_step_that_the_state_does_not_allow_is_refused(town, state, action):
    matter = town.matter()
    for step in {"raised": (), "taken": ("take_up",), "done": ("take_up", "finish"),
                 "declined": ("decline",)}[state]:  # fmt: skip
        town.step(matter, step, town.who(OFFICIAL))
    if action in TRANSITIONS[state]:
        after = town.step(matter, action, town.who(DISPATCHER), over=True).state
        assert after == TRANSITIONS[state][action]
        return

    with pytest.raises(Conflict) as refused:
        town.step(matter, action, town.who(DISPATCHER))
    assert refused.value.code == "matter_step"


def test_nobody_takes_up_what_they_raised_or_hold(town):
    own = town.matter(OFFICIAL)
    with pytest.raises(Conflict, match="Another person"):
        town.step(own, "take_up", town.who(OFFICIAL))
    town.step(own, "take_up", town.who(OFFICIAL, number=2))
    with pytest.raises(Conflict, match="taken this matter up already"):
        town.step(own, "take_up", town.who(OFFICIAL, number=2), over=True)


@pytest.mark.parametrize("action", ["follow_up", "finish", "decline"])
def test_steps_need_words(town, action):
    matter = town.matter()
    town.step(matter, "take_up", town.who(OFFICIAL))

    with pytest.raises(Refused) as refused:
        town.step(matter, action, town.who(OFFICIAL), " ")
    assert refused.value.code == "words_missing"


def test_a_step_sent_twice_is_one_step(town):
    matter = town.matter()
    step = {"matter_id": matter.pk, "client_key": uuid.uuid4(), "words": "three now"}
    for _ in range(2):
        matters.take_step(action="follow_up", **step, **town.who(WORKER))

    assert matter.steps.filter(action="follow_up").count() == 1


def test_whoever_only_reports_does_not_handle(town):
    matter = town.matter()

    with pytest.raises(PermissionDenied):
        town.step(matter, "take_up", town.who(WORKER))
    with pytest.raises(PermissionDenied):
        town.step(matter, "follow_up", town.who(Role.AUDITOR))


def test_the_neighbour_street_does_not_find_it(town):
    matter = town.matter()

    with pytest.raises(Unknown):
        town.step(matter, "take_up", town.who(OFFICIAL, "there"))
    assert matter.steps.count() == 1


@pytest.mark.parametrize("change", [{"what": "x"}, {"number": 9}, {"leader_name": "y"}])
def test_what_was_reported_never_changes(town, change):
    matter = town.matter()

    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        Matter.objects.filter(pk=matter.pk).update(**change)
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        MatterStep.objects.filter(matter=matter).update(words="z")
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        MatterStep.objects.filter(matter=matter).delete()


def test_the_trail_names_nobody(town):
    town.step(town.matter(), "follow_up", town.who(WORKER), "Secretary Su was told")

    trail = " ".join(str(event.summary) for event in AuditEvent.objects.all())
    assert "Li" not in trail
    assert "Su" not in trail
