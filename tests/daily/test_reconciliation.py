"""The page that explains a difference, cause by cause, from the boards' own figures."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.urls import reverse

from core.scope import Scope, scoped
from personnel.roles import Role
from reporting.daily.models import Source
from reporting.daily.queries.reconciliation import reconcile
from reporting.daily.reconciling import Cause
from reporting.progress.services.snapshots import take_due_snapshots
from tests.daily.make import DUE, House, make_house, set_time

PERSONS, SWABS, TUBES = Source.PERSONS, Source.SWABS, Source.TUBES


@pytest.fixture
def house(db) -> House:
    return make_house()


def found(house: House, at=None, scope: Scope | None = None):
    scope = scope or house.scope()
    with scoped(Scope(districts=frozenset({house.place.district.pk}))):
        return reconcile(house.report(), scope, at=at or house.at)


def causes(place, measure: str) -> dict[str, int]:
    return {str(entry.cause): entry.amount for entry in place.ledgers[measure].entries}


def after_cutoff(house: House, *, captured: bool = True):
    """The picture of 15:00 is kept; ten minutes later three people's swabs of last night arrive."""
    take_due_snapshots(at=DUE)
    late = DUE + timedelta(minutes=10)
    set_time(late)
    if captured:
        house.board.capture("TUBE000009", people=3, strangers=0)
    return late


def test_an_untouched_report_differs_in_nothing(house: House) -> None:
    whole = found(house).whole

    assert {m: (led.difference, led.unexplained) for m, led in whole.ledgers.items()} == {
        PERSONS: (0, 0), SWABS: (0, 0), TUBES: (0, 0),
    }  # fmt: skip
    assert (whole.counts.persons, whole.counts.swabs, whole.counts.tubes) == (5, 6, 1)


def test_the_figures_are_those_of_the_boards(house: House) -> None:
    board = house.client(Role.COMMANDER).get("/").content.decode()
    code = house.place.here.code
    shown = dict(re.findall(rf'data-figure="(\w+)" data-level="street" data-key="{code}"'
                            r' data-value="(\d+)"', board))  # fmt: skip

    counts = found(house).whole.counts
    assert (int(shown["persons"]), int(shown["swabs"])) == (counts.persons, counts.swabs)


def test_late_data_is_named_with_its_amount(house: House) -> None:
    late = after_cutoff(house)

    seen = found(house, late)

    assert causes(seen.whole, PERSONS) == {"late": -3}
    assert causes(seen.whole, SWABS) == {"late": -3}
    assert seen.whole.ledgers[PERSONS].unexplained == 0
    assert (seen.live, seen.known_at) == (False, DUE)


def test_what_was_scanned_after_the_number_was_taken(house: House) -> None:
    set_time(house.board.now)
    house.board.capture("TUBE000008", people=2, strangers=0)
    set_time(house.at)

    assert causes(found(house).whole, PERSONS) == {"since": -2}


def test_a_number_that_counts_people_off_the_register(house: House) -> None:
    house.save(house.cell("sampled"), "6")

    ledger = found(house).whole.ledgers[PERSONS]

    assert causes(found(house).whole, PERSONS) == {"off_register": 1}
    assert ledger.unexplained == 0


def test_a_wrong_digit_is_unexplained_until_the_street_gives_a_reason(house: House) -> None:
    house.save(house.cell("sampled"), "50")
    assert found(house).whole.ledgers[PERSONS].unexplained == 44

    house.save(house.cell("sampled"), "50", reason="paper", comment="hall 2")

    whole = found(house).whole
    assert whole.ledgers[PERSONS].unexplained == 0
    assert whole.ledgers[PERSONS].amount(Cause.STATED) == 44


def test_a_number_reckoned_from_tubes(house: House) -> None:
    house.save(house.cell("swabs"), "10")  # one tube of ten, six swabs in it

    assert causes(found(house).whole, SWABS) == {"short_tubes": 4}


def test_a_number_typed_before_the_system_moved_on_is_measured_from_then(house: House) -> None:
    take_due_snapshots(at=house.at)
    house.save(house.cell("sampled"), "5")  # as the system says
    house.save(house.cell("sampled"), "9")
    set_time(house.board.now)
    house.board.capture("TUBE000008", people=2, strangers=0)
    set_time(house.at + timedelta(minutes=10))
    from reporting.daily.services.prefill import take_newest

    take_newest(
        report_id=house.report().pk, scope=house.scope(), by="x",
        at=house.at + timedelta(minutes=10),
    )  # fmt: skip
    ledger = found(house, house.at + timedelta(minutes=10)).whole.ledgers[PERSONS]

    assert ledger.amount(Cause.SINCE) == -2  # 5 when it was typed, 7 now
    assert ledger.difference == 2


def test_a_community_worker_sees_their_own_line_alone(house: House) -> None:
    worker = house.scope(Role.COMMUNITY_WORKER, house.place.community_here)

    seen = found(house, scope=worker)

    assert [place.division for place in seen.places] == [house.place.community_here]
    assert seen.whole.counts.persons == 5


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_the_page(house: House, language: str) -> None:
    house.save(house.cell("sampled"), "50")
    client = house.client(Role.STREET_OFFICIAL)
    client.post(reverse("personnel:language_switch"), {"language": language, "next": "/"})
    url = reverse("daily:reconcile", args=[house.report().pk])

    page = client.get(url).content.decode()
    assert re.search(r'data-amount="unexplained">\s*\+44', page)
    assert ("Unexplained" in page) is (language == "en")

    one = client.get(url, {"community": house.place.community_here.pk})
    assert one.status_code == 200
    assert client.get(url, {"community": house.place.community_there.pk}).status_code == 404
    theirs = reverse("daily:reconcile", args=[house.report(house.place.there).pk])
    assert client.get(theirs).status_code == 404


def test_one_page_costs_the_same_for_any_number_of_communities(
    house: House, django_assert_max_num_queries
) -> None:
    late = after_cutoff(house, captured=False)

    with django_assert_max_num_queries(26):
        found(house, late)
