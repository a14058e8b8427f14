"""The round as a stream of deliveries: exact totals, the same every time, readable by the API."""

import json
from collections import Counter
from datetime import datetime

import pytest

from demo import bodies, expected, places, roundplan, scenario
from sites.services.capture.items import read_item

FRACTION = 0.02


@pytest.fixture(scope="module")
def plan():
    return scenario.build(seed=7, fraction=FRACTION)


@pytest.fixture(scope="module")
def requests(plan):
    return [(d, list(bodies.items(plan, d, 5))) for d in plan.deliveries]


def replayed(requests, until=None):
    """Valid swabs, worked out from the requests alone, as a naive server would."""
    tube_of, void_tubes, void_swabs = {}, set(), set()
    for delivery, items in requests:
        if until is not None and delivery.due >= until:
            continue
        for item in items:
            if item["kind"] == "add":
                tube_of[item["id"]] = item["tube"]
            elif item["kind"] == "void" and "tube" in item:
                void_tubes.add(item["tube"])
            elif item["kind"] == "void":
                void_swabs.add(item["swab"])
    return [s for s, tube in tube_of.items() if tube not in void_tubes and s not in void_swabs]


def test_totals_are_exact_at_the_end_and_at_six(requests):
    assert len(replayed(requests)) == round(204_100 * FRACTION)
    assert len(replayed(requests, expected.KNOWN_AT)) == round(163_900 * FRACTION)


def test_expected_figures_agree_with_the_requests(plan, requests):
    figures = expected.figures(plan)

    district = figures[expected.DISTRICT]
    assert district.swabs == len(replayed(requests))
    assert sum(expected.known_swabs(plan, expected.KNOWN_AT).values()) == len(
        replayed(requests, expected.KNOWN_AT)
    )
    assert district.persons == sum(figures[code].persons for code in places.ROUND_STREETS)
    assert district.persons <= district.target
    # every valid swab is a first one of somebody, or a repeat
    firsts = district.persons + district.exempt_sampled + district.off_register + district.outside
    assert district.swabs - firsts == round(1_300 * FRACTION)


def test_same_seed_gives_the_same_requests(plan, requests):
    again = scenario.build(seed=7, fraction=FRACTION)

    assert [(d, list(bodies.items(again, d, 5))) for d in again.deliveries] == requests


def test_every_item_is_readable_and_every_request_small(requests):
    for _delivery, items in requests:
        assert len(items) <= 1000
        assert len(json.dumps({"items": items})) < 1_000_000
        for item in items:
            read_item(json.loads(json.dumps(item)))


def test_ids_are_unique_unless_the_same_event_is_sent_again(requests):
    seen = {}
    for _delivery, items in requests:
        for item in items:
            assert seen.setdefault(item["id"], item) == item


def test_nothing_is_delivered_before_it_happened(plan, requests):
    for delivery, items in requests:
        for item in items:
            assert datetime.fromisoformat(item["at"]).timestamp() <= delivery.due
    assert [d.due for d in plan.deliveries] == sorted(d.due for d in plan.deliveries)
    assert plan.deliveries[-1].due <= roundplan.OVER.timestamp()


def test_a_unit_fills_one_tube_after_another_and_only_in_its_hours(plan):
    last_sealed = Counter()
    for tube in plan.tubes:
        assert tube.opened >= last_sealed[tube.unit]
        last_sealed[tube.unit] = tube.sealed
        assert len(tube.visits) <= roundplan.POOL_SIZE
        assert len({v.person for v in tube.visits}) == len(tube.visits)


def test_the_silent_units_backlog_happened_before_six_and_arrives_after(plan):
    late = [d for d in plan.deliveries if len(d.parts) > 1]

    assert len(late) == 1
    assert late[0].due > expected.KNOWN_AT
    for number, _first, _last in late[0].parts:
        assert plan.tubes[number].sealed < expected.KNOWN_AT


def test_the_stream_contains_every_oddity(plan, requests):
    kinds = Counter(item["kind"] for _d, items in requests for item in items)
    sent = Counter(item["id"] for _d, items in requests for item in items)
    people = [i["person"] for _d, items in requests for i in items if i["kind"] == "add"]

    assert kinds["void"] >= 2
    assert kinds["move"] >= 1
    assert any(times == 2 for times in sent.values())
    assert any("roster_id" in p for p in people)
    assert any("no_document" in p for p in people)
    assert any(p.get("id_type") == "passport" for p in people)
    assert any(i.get("repeat_reason") for _d, items in requests for i in items)
    assert any(items[0]["kind"] != "open" and len(items) > 1 for _d, items in requests)


def test_one_quarter_hour_is_scanned_and_tallied_and_two_are_on_paper_only(plan):
    counted = expected._counted_tallies(plan)

    assert len(plan.tallies) == 3
    assert len(counted) == 2
