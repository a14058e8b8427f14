"""A round's steps: conditions, a second person, the backlog of another round, extension."""

from datetime import timedelta

import pytest

from campaigns.models import Deadline, Round
from campaigns.services import checklist, deadlines, lifecycle, rounds
from campaigns.services.targets import freeze_targets
from core.inputs import Conflict, Refused
from core.scope import scoped
from sites.models import SamplingPoint, SamplingUnit
from sites.services.plans import copy_plan
from tests.campaigns.make import NOW, START, Plan, add_people, make_plan, partitions_of


@pytest.fixture
def plan(db):
    made = make_plan()
    with scoped(made.planner):
        yield made


def _set_up(plan: Plan, round_: Round | None = None) -> None:
    round_ = round_ or plan.round
    who = plan.who(plan.planner)
    rounds.set_areas(round_id=round_.pk, division_ids=[plan.here.pk], **who)
    deadlines.set_deadlines(
        round_id=round_.pk, key_communities=[plan.community_here.pk], community_hours=12,
        street_hours=24, district_hours=48, **who,
    )  # fmt: skip
    add_people(plan.community_here, 3)
    freeze_targets(round_id=round_.pk, reason="", **who)
    point = SamplingPoint.objects.create(
        round=round_, community=plan.community_here, street_id=plan.here.pk,
        district_id=plan.district.pk, code="P1", name="gate",
    )  # fmt: skip
    SamplingUnit.objects.create(
        point=point, street_id=plan.here.pk, district_id=plan.district.pk, number=1
    )


def _settle(plan: Plan, phase: str, round_: Round | None = None) -> None:
    for item in (round_ or plan.round).checklist.filter(phase=phase):
        checklist.settle_item(item_id=item.pk, **plan.who(plan.planner))


def _started(plan: Plan) -> Round:
    _set_up(plan)
    lifecycle.mark_ready(round_id=plan.round.pk, **plan.who(plan.planner))
    _settle(plan, "start")
    return lifecycle.start(round_id=plan.round.pk, **plan.who(plan.commander))


def test_a_plan_that_misses_something_is_not_ready_and_says_what(plan):
    with pytest.raises(Conflict, match="Area of the round; Planned end; Targets"):
        lifecycle.mark_ready(round_id=plan.round.pk, **plan.who(plan.planner))


def test_targets_of_another_area_do_not_count(plan):
    _set_up(plan)
    who = plan.who(plan.planner)
    rounds.set_areas(round_id=plan.round.pk, division_ids=[plan.here.pk, plan.there.pk], **who)

    with pytest.raises(Conflict, match="Targets frozen for this area"):
        lifecycle.mark_ready(round_id=plan.round.pk, **who)


def test_a_round_starts_when_its_list_is_settled_and_another_person_says_so(plan):
    _set_up(plan)
    lifecycle.mark_ready(round_id=plan.round.pk, **plan.who(plan.planner))
    with pytest.raises(Conflict, match="Settle these items first"):
        lifecycle.start(round_id=plan.round.pk, **plan.who(plan.commander))
    _settle(plan, "start")
    same = plan.who(plan.planner) | {"by": "user:1:commander"}
    with pytest.raises(Conflict, match="Another person"):
        lifecycle.start(round_id=plan.round.pk, **same)

    started = lifecycle.start(round_id=plan.round.pk, **plan.who(plan.commander))

    assert started.state == "running"
    assert list(started.changes.order_by("pk").values_list("from_state", "to_state", "by")) == [
        ("draft", "ready", "user:1:planner"),
        ("ready", "running", "user:2:commander"),
    ]


def test_a_started_round_keeps_its_plan(plan):
    _started(plan)

    with pytest.raises(Conflict, match="its plan stands"):
        rounds.set_areas(
            round_id=plan.round.pk, division_ids=[plan.there.pk], **plan.who(plan.planner)
        )


def test_the_next_round_starts_only_after_the_backlog_was_seen(plan):
    _started(plan)
    following = rounds.create_round(
        campaign=plan.round.campaign, starts_at=START + timedelta(days=1), planned_end_at=None,
        by="user:1:planner", at=NOW,
    )  # fmt: skip
    _set_up(plan, following)
    _settle(plan, "start", following)
    lifecycle.mark_ready(round_id=following.pk, **plan.who(plan.planner))
    with pytest.raises(Conflict, match="still takes samples"):
        lifecycle.start(round_id=following.pk, **plan.who(plan.commander))
    following.refresh_from_db()

    (other, owed), *_rest = lifecycle.backlog(following)
    assert other == plan.round
    assert {line.code: line.actual for line in owed}["remaining"] == 3

    seen = lifecycle.backlog_digest(lifecycle.backlog(following))
    lifecycle.start(round_id=following.pk, backlog_seen=seen, **plan.who(plan.commander))


def test_an_extension_moves_the_districts_deadline_and_keeps_the_old_end(plan):
    round_ = _started(plan)
    later = round_.planned_end_at + timedelta(hours=6)

    lifecycle.extend(round_id=round_.pk, to_end=later, reason="rain", **plan.who(plan.commander))

    round_.refresh_from_db()
    assert round_.planned_end_at == later
    assert Deadline.objects.get(round=round_, level="district").due_at == later
    extension = round_.extensions.get()
    assert (extension.from_end, extension.reason) == (START + timedelta(hours=48), "rain")


def test_closing_waits_for_late_data_and_for_somebody_else(plan):
    round_ = _started(plan)
    who = plan.who(plan.commander, at=START + timedelta(hours=50))
    until = START + timedelta(hours=56)
    lifecycle.begin_closing(round_id=round_.pk, late_data_until=until, reason="", **who)
    _settle(plan, "close")
    other = who | {"by": "user:9:commander"}
    with pytest.raises(Conflict, match="Another person"):
        lifecycle.close(round_id=round_.pk, **who)
    with pytest.raises(Conflict, match="Late data is awaited"):
        lifecycle.close(round_id=round_.pk, **other)

    closed = lifecycle.close(round_id=round_.pk, **other | {"at": until})

    assert closed.state == "closed"


def test_deadlines_must_nest(plan):
    rounds.set_areas(round_id=plan.round.pk, division_ids=[plan.here.pk], **plan.who(plan.planner))

    with pytest.raises(Refused, match="due first"):
        deadlines.set_deadlines(
            round_id=plan.round.pk, key_communities=[], community_hours=None, street_hours=48,
            district_hours=24, **plan.who(plan.planner),
        )  # fmt: skip


def test_a_premade_plan_becomes_a_ready_made_round_in_one_step(plan):
    _set_up(plan)
    Round.objects.filter(pk=plan.round.pk).update(is_template=True)
    plan.round.refresh_from_db()

    copy = copy_plan(
        source=plan.round, name="second", starts_at=START + timedelta(days=7), is_template=False,
        with_points=True, **plan.who(plan.planner),
    )  # fmt: skip

    assert copy.planned_end_at == START + timedelta(days=9)
    assert copy.deadlines.count() == 3
    assert copy.target_versions.get().targets.get().target == 3
    assert SamplingUnit.objects.of_round(copy.pk).count() == 1
    assert partitions_of(copy) == 3
    lifecycle.mark_ready(round_id=copy.pk, **plan.who(plan.planner))
    with pytest.raises(Conflict, match="pre-made plan"):
        lifecycle.mark_ready(round_id=plan.round.pk, **plan.who(plan.planner))


def test_a_ready_plan_is_changed_only_as_a_draft(plan):
    _set_up(plan)
    who = plan.who(plan.planner)
    lifecycle.mark_ready(round_id=plan.round.pk, **who)
    with pytest.raises(Conflict, match="back to draft"):
        rounds.change_round(round_id=plan.round.pk, changes={"pool_size": 5}, **who)
    with pytest.raises(Conflict, match="back to draft"):
        freeze_targets(round_id=plan.round.pk, reason="", **who)

    lifecycle.back_to_draft(round_id=plan.round.pk, reason="", **who)

    assert (
        rounds.change_round(round_id=plan.round.pk, changes={"pool_size": 5}, **who).pool_size == 5
    )


def test_another_first_day_asks_for_another_freeze(plan):
    _set_up(plan)
    who = plan.who(plan.planner)

    rounds.change_round(
        round_id=plan.round.pk, changes={"starts_at": START + timedelta(days=1)}, **who
    )

    with pytest.raises(Conflict, match="Targets frozen for this area"):
        lifecycle.mark_ready(round_id=plan.round.pk, **who)
