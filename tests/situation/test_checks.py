"""Each check alone: what it refuses, in figures as real bulletins printed, and what it lets be."""

from __future__ import annotations

import dataclasses
from datetime import timedelta
from typing import Any

import msgspec
import pytest
from django.utils import translation

from reporting.outlets.situation.checks import RULES, all_checks, failing
from reporting.outlets.situation.composing import suggested
from reporting.outlets.situation.snapshot import Previous, Snapshot
from tests.situation.sample import (
    FOUR,
    SIX,
    TESTED,
    correction,
    snapshot,
    street_snapshot,
)


def broken(figures: Snapshot, stated: Any = None, **texts: str) -> set[str]:
    """Codes of the checks that do not hold; `headline_zh="…"` puts it into other words."""
    said = stated or {}
    words = suggested(figures, said)
    words |= {tuple(key.split("_")): text for key, text in texts.items()}
    return {check.code for check in all_checks(figures, words, said) if not check.holds}


def with_area(figures: Snapshot, **values: Any) -> Snapshot:
    area = msgspec.structs.replace(figures.area, values=figures.area.values | values)
    return msgspec.structs.replace(figures, area=area)


def test_figures_of_a_round_keep_every_check() -> None:
    assert broken(snapshot()) == set()
    assert broken(snapshot(), {"tested": TESTED}) == set()
    assert broken(street_snapshot()) == set()


def test_parts_that_miss_their_total_are_told_with_both_sums() -> None:
    figures = with_area(snapshot(), target=170_000 + 5_694)

    (check,) = [c for c in all_checks(figures, suggested(figures, {}), {}) if not c.holds]

    assert check.code == "streets_add_up"
    assert "170,000" in check.sentences[0]
    assert "175,694" in check.sentences[0]


def test_people_who_live_elsewhere_are_in_the_whole_alone() -> None:
    figures = with_area(snapshot(), outside_persons=12, everybody=162_700 + 12)

    assert broken(figures) == set()
    assert broken(with_area(figures, everybody=162_700 + 13)) == {"streets_add_up"}


def test_classes_of_vehicles_add_up_to_their_total() -> None:
    assert broken(with_area(snapshot(), vehicles_listed=57)) == {"categories_add_up"}
    assert broken(with_area(snapshot(), vehicles_engaged=15)) == {"categories_add_up"}
    assert broken(snapshot(vehicles=[])) == {"categories_add_up"}


def test_more_people_than_swabs_cannot_be() -> None:
    found = broken(with_area(snapshot(), everybody=163_901))

    assert "persons_have_swabs" in found


def test_people_of_one_street_may_be_swabbed_next_door() -> None:
    assert "persons_have_swabs" not in broken(street_snapshot(people=164_544))


@pytest.mark.parametrize("tubes", [0, 8_700, 30_000])
def test_tubes_times_pool_must_fit_the_swabs(tubes: int) -> None:
    whole = snapshot()
    north = msgspec.structs.replace(
        whole.streets[0], values=whole.streets[0].values | {"tubes": tubes}
    )
    figures = msgspec.structs.replace(whole, streets=[north, whole.streets[1]])

    assert "tubes_fit_people" in broken(figures)


def test_a_headline_that_says_another_figure_than_the_table_is_caught() -> None:
    assert broken(snapshot(), headline_zh="累计采样170,833人次。") == {"headline_is_table"}
    assert broken(snapshot(), headline_zh="累计采样163,900人次。") == set()
    assert broken(snapshot(), headline_zh="累计采样16余万人次。") == set()
    assert broken(snapshot(), headline_en="More than 170,000 swabs were taken.") == {
        "headline_is_table"
    }
    assert broken(snapshot(), headline_zh="采样率达96.5%。") == {"headline_is_table"}
    assert broken(snapshot(), headline_en=" ") == {"headline_is_table"}


def test_a_figure_that_somebody_states_may_stand_in_the_headline() -> None:
    words = "已检测29,300人次。"

    assert broken(snapshot(), headline_zh=words) == {"headline_is_table"}
    assert broken(snapshot(), {"tested": TESTED}, headline_zh=words) == set()


def test_a_name_with_a_digit_claims_nothing() -> None:
    whole = snapshot()
    area = msgspec.structs.replace(whole.area, name="第八师142团")

    assert broken(msgspec.structs.replace(whole, area=area)) == set()


def test_a_count_that_falls_needs_its_correction() -> None:
    before = {"persons": 160_000, "swabs": 163_980, "tubes": 16_550, "remaining": 9_000}
    fallen = snapshot(previous=Previous(2, FOUR, before), corrections=[])
    explained = msgspec.structs.replace(
        snapshot().corrections[0], then=163_980, now=163_900, late=0, voided=80
    )

    assert broken(fallen) == {"nothing_falls"}
    assert broken(msgspec.structs.replace(fallen, corrections=[explained])) == set()
    # A correction of less than it fell by does not explain it.
    less = msgspec.structs.replace(explained, then=163_940, voided=40)
    assert broken(msgspec.structs.replace(fallen, corrections=[less])) == {"nothing_falls"}


def test_an_issue_follows_the_one_before_it() -> None:
    same = snapshot(previous=Previous(2, SIX, {}), corrections=[])

    assert broken(same) == {"cut_off_in_order"}
    assert broken(msgspec.structs.replace(same, corrects=2)) == set()
    assert broken(snapshot(as_of=SIX - timedelta(minutes=15))) == {"cut_off_in_order"}


def test_a_quarter_hour_kept_late_is_told_but_in_a_correction() -> None:
    late = snapshot(known_at=SIX + timedelta(minutes=5, seconds=1))

    assert broken(snapshot(known_at=SIX + timedelta(minutes=5))) == set()
    assert broken(late) == {"cut_off_in_order"}
    assert broken(msgspec.structs.replace(late, corrects=2)) == set()
    (check,) = [c for c in all_checks(late, suggested(late, {}), {}) if not c.holds]
    with translation.override("en"):
        assert check.sentences == ["Kept only at 2021-11-05 18:05: later data are in it."]


def test_a_correction_may_say_what_was_printed_what_is_known_and_the_difference() -> None:
    said = "更正：原报153,000人次，实为154,100人次，其中迟到1,180人次、作废80人次，相差1,100人次。"

    assert broken(correction(), headline_zh=said) == set()
    assert broken(correction(), headline_zh="较上期增加10,900人次。") == set()
    assert broken(correction(), headline_zh="原报153,001人次。") == {"headline_is_table"}


def test_people_in_a_tube_are_no_share() -> None:
    figures = with_area(snapshot(), people_per_tube="9.8")

    assert broken(figures, headline_zh="占9.8%。") == {"headline_is_table"}
    assert broken(figures, headline_zh="占94.5%。") == set()


def test_counts_of_points_and_stretches_of_time_are_claims() -> None:
    assert broken(snapshot(), headline_zh="24点位开放。") == {"headline_is_table"}
    assert broken(snapshot(), headline_zh="7时段完成。") == {"headline_is_table"}
    assert broken(snapshot(), headline_zh="51点位开放，24时止，8点30分起。") == set()


def test_figures_of_one_round_are_not_booked_into_another() -> None:
    assert broken(snapshot(), exceptions_zh="第2轮已启动。") == {"one_round"}
    assert broken(snapshot(), actions_en="Round 2 begins tonight.") == {"one_round"}
    for words in ("第二轮已启动。", "第 十 轮。", "第十二轮。", "第二十一轮。"):
        assert broken(snapshot(), exceptions_zh=words) == {"one_round"}, words
    assert broken(snapshot(), exceptions_zh="第一轮收尾，第十十轮、第二三轮不是轮次。") == set()


@pytest.mark.parametrize(
    "changes", [{"value": 163_901}, {"as_of": SIX + timedelta(minutes=1)}, {"unit": "tubes"}]
)
def test_what_is_stated_must_fit_into_what_was_sampled(changes: dict[str, Any]) -> None:
    stated = dataclasses.replace(TESTED, **changes)

    assert broken(snapshot(), {"tested": stated}) == {"stated_fits"}


def test_a_later_stage_cannot_hold_more_than_the_one_before() -> None:
    delivered = dataclasses.replace(TESTED, key="delivered", value=20_000)

    assert broken(snapshot(), {"delivered": delivered, "tested": TESTED}) == {"stated_fits"}


def test_a_check_let_pass_does_not_block() -> None:
    figures = with_area(snapshot(), vehicles_listed=57)
    checks = all_checks(figures, suggested(figures, {}), {})

    assert [check.code for check in failing(checks)] == ["categories_add_up"]
    assert failing(checks, ["categories_add_up"]) == []


def test_every_rule_has_its_own_code_and_advice() -> None:
    assert len({rule[0] for rule in RULES}) == len(RULES)
    assert all(str(rule[2]) for rule in RULES)
