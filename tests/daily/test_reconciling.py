"""The arithmetic of a difference: it always adds up, and nothing is explained twice."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from reporting.daily.reconciling import CERTAIN, Cause, Known, explain, total

counts = st.integers(0, 10**6)
amounts = st.dictionaries(
    st.sampled_from([cause for cause in Cause if cause not in (*CERTAIN, Cause.STATED)]),
    st.integers(-(10**4), 10**4),
)
knowns = st.builds(
    Known, reported=counts, scanned=counts, taken=st.none() | counts, kept=st.none() | counts,
    voided_since=st.none() | st.integers(0, 500), possible=amounts, stated=st.booleans(),
)  # fmt: skip


def added(ledger) -> int:
    return sum(entry.amount for entry in ledger.entries) + ledger.unexplained


@given(knowns)
def test_a_ledger_adds_up(known: Known) -> None:
    ledger = explain(known)

    assert added(ledger) == ledger.difference == known.reported - known.scanned
    assert all(entry.amount for entry in (*ledger.entries, *ledger.spare))


@given(knowns)
def test_possible_causes_never_go_beyond_what_times_leave(known: Known) -> None:
    ledger = explain(known)
    rest = ledger.difference - sum(e.amount for e in ledger.entries if e.certain)
    possible = [e.amount for e in ledger.entries if not e.certain and e.cause != Cause.STATED]

    assert abs(sum(possible)) <= abs(rest)
    assert all(amount * rest > 0 for amount in possible)


@given(st.lists(knowns, max_size=6))
def test_a_streets_ledger_is_the_sum_of_its_communities(found: list[Known]) -> None:
    ledgers = [explain(known) for known in found]
    whole = total(ledgers)

    assert added(whole) == whole.difference == sum(ledger.difference for ledger in ledgers)


@given(counts, counts, st.integers(0, 300), amounts)
def test_a_number_confirmed_as_it_was_shown_is_explained_by_times(
    taken: int, kept: int, voided: int, possible: dict[Cause, int]
) -> None:
    ledger = explain(Known(taken, kept + 17, taken, kept, voided, possible))

    assert ledger.unexplained == 0
    assert all(entry.certain for entry in ledger.entries)


def causes(ledger) -> dict[str, int]:
    return {str(entry.cause): entry.amount for entry in ledger.entries}


def test_an_evening_with_every_cause() -> None:
    # 5,000 shown at 14:31 and 48 added from paper; 300 more by 15:00, 60 came late, 7 were voided.
    ledger = explain(
        Known(5048, 5353, taken=5000, kept=5300, voided_since=7, possible={Cause.TALLIED: 48})
    )

    assert causes(ledger) == {"since": -300, "late": -60, "voided": 7, "tallied": 48}
    assert ledger.unexplained == 0


def test_a_wrong_digit_stays_unexplained() -> None:
    ledger = explain(
        Known(9640, 1964, taken=1964, kept=1964, possible={Cause.TALLIED: 48, Cause.EXEMPT: 3})
    )

    assert ledger.unexplained == 9640 - 1964 - 51


def test_what_does_not_fit_whole_is_no_cause() -> None:
    ledger = explain(Known(105, 100, taken=100, possible={Cause.TALLIED: 6, Cause.EXEMPT: -5}))

    assert (causes(ledger), ledger.unexplained) == ({}, 5)
    assert {str(entry.cause): entry.amount for entry in ledger.spare} == {
        "tallied": 6, "exempt": -5,
    }  # fmt: skip


def test_a_reason_of_the_street_is_named_as_such() -> None:
    ledger = explain(Known(120, 100, taken=100, stated=True))

    assert (causes(ledger), ledger.unexplained) == ({"stated": 20}, 0)


def test_a_picture_kept_late_is_a_recount() -> None:
    # At 15:02 the picture of 15:00 was kept: 4 of its swabs are of 15:01.
    ledger = explain(Known(104, 100, taken=104, kept=104))

    assert causes(ledger) == {"recounted": 4}


def test_nothing_to_explain_is_said_as_nought() -> None:
    ledger = explain(Known(100, 100, taken=100, kept=100, possible={Cause.TALLIED: 5}))

    assert (ledger.entries, ledger.unexplained, ledger.difference) == ((), 0, 0)
