"""Named locks exclude other connections, end with the transaction, and need one."""

import threading

import pytest
from django.db import connection, transaction

from core.locks import lock_key, named_lock, try_named_lock, try_street_locks


def elsewhere(act):
    """Run `act` in a transaction on a connection of its own."""
    results = []

    def run():
        try:
            with transaction.atomic():
                results.append(act())
        finally:
            connection.close()

    thread = threading.Thread(target=run)
    thread.start()
    thread.join(10)
    return results[0]


@pytest.mark.django_db(transaction=True)
def test_a_street_is_locked_for_others_until_the_transaction_ends():
    with transaction.atomic():
        assert try_street_locks(1, [3]) == [3]
        assert try_street_locks(1, [3]) == [3]
        assert elsewhere(lambda: try_street_locks(1, [3])) == []
        assert elsewhere(lambda: try_street_locks(1, [3, 4])) == [4]
        assert elsewhere(lambda: try_street_locks(2, [3])) == [3]
        assert elsewhere(lambda: try_named_lock("sweep"))
    assert elsewhere(lambda: try_street_locks(1, [3])) == [3]


@pytest.mark.django_db(transaction=True)
def test_waiting_takes_the_lock_when_it_comes_free():
    order = []
    held, done = threading.Event(), threading.Event()

    def second():
        held.wait(10)
        try:
            with transaction.atomic():
                named_lock("sweep")
                order.append("second")
        finally:
            connection.close()
            done.set()

    thread = threading.Thread(target=second)
    thread.start()
    with transaction.atomic():
        named_lock("sweep")
        held.set()
        assert not done.wait(0.3)
        order.append("first")
    assert done.wait(10)
    thread.join()
    assert order == ["first", "second"]


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("take", [named_lock, try_named_lock])
def test_a_lock_outside_of_a_transaction_is_refused(take):
    with pytest.raises(transaction.TransactionManagementError):
        take("sweep")


def test_keys_are_those_of_the_name():
    assert lock_key("street/1/3") == lock_key("street/1/3")
    assert len({lock_key(f"street/{n}/{m}") for n in range(30) for m in range(30)}) == 900
    assert -(2**63) <= lock_key("x") < 2**63


@pytest.mark.django_db(transaction=True)
def test_long_work_has_one_worker_and_outlives_its_transactions():
    from core.locks import LONG_WORK, sole_worker

    answers = []

    def other() -> None:
        try:
            with sole_worker(LONG_WORK) as mine:
                answers.append(mine)
        finally:
            connection.close()

    with sole_worker(LONG_WORK) as mine:
        assert mine
        with transaction.atomic():
            pass
        thread = threading.Thread(target=other)
        thread.start()
        thread.join()
    thread = threading.Thread(target=other)
    thread.start()
    thread.join()
    assert answers == [False, True]
