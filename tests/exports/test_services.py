"""Who may have which file made, and what the database refuses by itself."""

from __future__ import annotations

import uuid

import pytest
from django.db import IntegrityError, transaction

from core import clock
from core.audit import AuditEvent
from core.constraints import readable
from core.inputs import Conflict, Refused
from core.scope import Scope
from reporting.outlets.models import ExportJob
from reporting.outlets.services import exports
from reporting.outlets.services.exports import ExportUnknown, cancel_export
from tests.exports.make import agree, ask, asker, second
from tests.personnel.make import District, make_district
from tests.sites.make import make_round

pytestmark = pytest.mark.django_db


@pytest.fixture
def place() -> District:
    return make_round()


def people(place: District, **more) -> ExportJob:
    return ask(place, "people", **{"street_id": place.here.pk, "reason": "door to door", **more})


@pytest.mark.parametrize(
    "kind, wrong, code, path",
    [
        ("nothing", {}, "export_kind", "kind"),
        ("tubes", {"format": "pdf"}, "export_format", "format"),
        ("tubes", {"round_id": 0}, "export_round", "round"),
        ("tubes", {"street_id": 0}, "export_street", "street"),
        ("progress", {"level": "house"}, "export_level", "level"),
        ("progress", {"width": 7}, "export_width", "width"),
        ("people", {"reason": "why"}, "export_street", "street"),
    ],
)
def test_what_there_is_not_is_refused_by_name(place, kind, wrong, code, path):
    with pytest.raises(Refused) as refused:
        ask(place, kind, **wrong)

    assert (refused.value.code, refused.value.path) == (code, path)


def test_a_file_of_people_needs_a_reason(place):
    with pytest.raises(Refused) as refused:
        people(place, reason="  ")

    assert refused.value.code == "export_reason"


def test_a_street_of_another_district_is_none_of_this_round(place):
    other = make_district()
    both = Scope(
        districts=frozenset({place.district.pk, other.district.pk}), actor="user:1:planner"
    )

    with pytest.raises(Refused) as refused:
        ask(place, "tubes", street_id=other.here.pk, scope=both)

    assert refused.value.code == "export_street"


def test_the_same_form_twice_is_one_job(place):
    scope, key = asker(place), uuid.uuid4()
    wanted = exports.Wanted("tubes", "csv", place.round.pk)
    said = {"wanted": wanted, "key": key, "scope": scope, "at": clock.now()}

    first = exports.ask_export(by=scope.actor, **said)
    again = exports.ask_export(by=scope.actor, **said)

    assert first.pk == again.pk == key
    assert AuditEvent.objects.filter(act="export.ask").count() == 1
    with pytest.raises(Conflict):
        exports.ask_export(by="user:9:planner", **said)


def test_nobody_has_more_than_a_few_files_in_the_making(place):
    jobs = [ask(place, "tubes") for _ in range(exports.MOST_WAITING)]
    with pytest.raises(Conflict) as refused:
        ask(place, "tubes")
    assert refused.value.code == "export_too_many"

    scope = asker(place)
    cancel_export(job_id=jobs[0].pk, scope=scope, by=scope.actor, at=clock.now())

    assert ask(place, "tubes").state == "waiting"


@pytest.mark.parametrize("role", ["planner", "commander"])
def test_nobody_agrees_to_their_own_file_in_whatever_role(place, role):
    job = people(place)

    with pytest.raises(Conflict) as refused:
        agree(place, job, by=f"user:1:{role}")

    assert refused.value.code == "export_own"
    job.refresh_from_db()
    assert job.state == "asked"


def test_a_refusal_says_why_and_is_the_last_word(place):
    job = people(place)
    with pytest.raises(Refused) as refused:
        agree(place, job, granted=False)
    assert refused.value.code == "export_why_not"

    job = agree(place, job, granted=False, answer="too wide")

    assert (job.state, job.answer) == ("refused", "too wide")
    with pytest.raises(exports.ExportMoved):
        agree(place, job)


def test_another_district_does_not_know_the_job(place):
    job = people(place)
    stranger = second(make_district())

    with pytest.raises(ExportUnknown):
        exports.decide_export(
            job_id=job.pk, granted=True, answer="", scope=stranger, by=stranger.actor,
            at=clock.now(),
        )  # fmt: skip


@pytest.mark.parametrize(
    "change, rule",
    [
        ({"state": "waiting"}, "export_of_people_was_agreed"),
        ({"state": "running"}, "export_of_people_was_agreed"),
        (
            {"state": "waiting", "decided_by": "user:1:commander", "decided_at": "now"},
            "export_decided_by_another",
        ),
        ({"reason": ""}, "export_of_people_has_reason_and_street"),
        ({"street": None}, "export_of_people_has_reason_and_street"),
        ({"sha256": "0" * 64}, "export_done_has_file"),
    ],
)
def test_the_database_holds_a_file_of_people_back_by_itself(place, change, rule):
    job = people(place)
    change = {key: clock.now() if value == "now" else value for key, value in change.items()}

    with pytest.raises(IntegrityError) as broken, transaction.atomic():
        ExportJob.objects.filter(pk=job.pk).update(**change)

    assert broken.value.__cause__.diag.constraint_name == rule
    assert "%" not in readable(broken.value).text


def test_a_finished_file_has_all_of_its_rows(place):
    job = ask(place, "tubes")
    at = clock.now()

    with pytest.raises(IntegrityError) as broken, transaction.atomic():
        ExportJob.objects.filter(pk=job.pk).update(
            state="done", sha256="0" * 64, finished_at=at, expires_at=at, as_of=at, rows_done=1,
            rows_total=2,
        )  # fmt: skip

    assert broken.value.__cause__.diag.constraint_name == "export_done_is_whole"
