"""The checker finds what is lost and what is doubled; clients try again until they are answered."""

import json
import socket
import threading
from uuid import uuid4

import psycopg
import pytest
from django.db import connection

from bench.load.bodies import Shot
from bench.load.checks import Ledger, Toll, compare, wait_counted
from bench.load.cpu import cpu_seconds
from bench.load.firing import Delivery, Volley, fire
from bench.load.wire import Wire
from drills.scene import Scene

AT = "2022-09-01T02:00:00Z"


def delivery(swabs, verdicts, status=200):
    body = json.dumps(
        {"results": [{"id": s, "verdict": v} for s, v in zip(swabs, verdicts, strict=True)]}
    ).encode()
    return Delivery(Shot(b"", 1, 1, tuple(swabs), len(swabs)), 0.0, 1.0, status, body, 1)


def test_the_ledger_takes_what_was_answered_as_kept():
    swabs = [str(uuid4()) for _ in range(4)]
    ledger = Ledger()

    taken = ledger.note([delivery(swabs, ["created", "duplicate", "pending", "refused"])])
    ledger.note([delivery(["x"], ["created"], status=503)])

    assert taken == 3
    assert ledger.taken == set(swabs[:3])
    assert ledger.sent == {*swabs, "x"}
    assert ledger.verdicts == {"created": 1, "duplicate": 1, "pending": 1, "refused": 1}
    assert ledger.statuses == {200: 1, 503: 1}


@pytest.fixture
def facts(db, monkeypatch):
    """Tables of the same names and columns, on a connection that the checker is given."""
    with connection.cursor() as cursor:
        cursor.execute(
            """CREATE TEMP TABLE sites_swab (id uuid, tube_id uuid, person_key uuid, round_id int,
                   valid bool, received_at timestamptz);
               CREATE TEMP TABLE sites_coverage (round_id int, first_at timestamptz);
               CREATE TEMP TABLE campaigns_mark (id int);
               CREATE TEMP TABLE sites_pendingevent (id int);
               CREATE TEMP TABLE progress_total (round_id int, kind text, swabs int, persons int,
                   exempt_persons int, outside_persons int, off_register_persons int)"""
        )
    link = connection.connection

    class Same:
        def __enter__(self):
            return link

        def __exit__(self, *_):
            return None

    monkeypatch.setattr(psycopg, "connect", lambda *_args, **_options: Same())

    def store(ids, *, totals=None):
        with connection.cursor() as cursor:
            for each in ids:
                cursor.execute(
                    "INSERT INTO sites_swab VALUES (%s, %s, %s, 1, true, %s)",
                    [each, each, each, AT],
                )
                cursor.execute("INSERT INTO sites_coverage VALUES (1, %s)", [AT])
            count = len(ids) if totals is None else totals
            cursor.execute(
                """INSERT INTO progress_total VALUES
                   (1, 'street', %s, %s, 0, 0, 0), (1, 'unit', %s, 0, 0, 0, 0)""",
                [count, len(ids), count],
            )

    return store


def check(taken, sent=()):
    ledger, toll = Ledger(sent={*taken, *sent}, taken=set(taken)), Toll()
    compare("", 1, ledger, toll)
    return toll.lost, toll.doubled


def test_all_is_well_when_stored_once_and_counted(facts):
    ids = [str(uuid4()) for _ in range(3)]
    facts(ids)
    assert check(ids) == (0, 0)
    assert wait_counted("") < 1


def test_what_waits_for_its_tube_is_not_counted_yet(facts):
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO sites_pendingevent VALUES (1)")
    with pytest.raises(TimeoutError):
        wait_counted("", timeout=0.1)


def test_an_answered_swab_that_is_not_stored_is_lost(facts):
    ids = [str(uuid4()) for _ in range(3)]
    facts(ids[:2])
    assert check(ids) == (1, 0)


def test_a_swab_that_was_never_answered_may_be_stored(facts):
    ids = [str(uuid4()) for _ in range(3)]
    facts(ids)
    assert check(ids[:2], sent=ids[2:]) == (0, 0)


def test_a_swab_that_nobody_sent_is_doubled(facts):
    ids = [str(uuid4()) for _ in range(3)]
    facts(ids)
    assert check(ids[:2]) == (0, 1)


def test_totals_that_differ_from_the_facts_are_lost_or_doubled(facts):
    ids = [str(uuid4()) for _ in range(3)]
    facts(ids, totals=2)
    assert check(ids) == (2, 0)  # of streets and of units
    facts([], totals=3)
    assert check(ids) == (0, 4)


class Server:
    """Answers connections by a script of raw answers, one a request; None closes at once."""

    def __init__(self, script):
        self.script, self.seen = list(script), []
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self.run, daemon=True).start()

    def run(self):
        while self.script:
            link, _address = self.listener.accept()
            with link:
                while self.script and (request := link.recv(65536)):
                    self.seen.append(request)
                    answer = self.script.pop(0)
                    if answer is None:
                        break
                    for part in answer:
                        link.sendall(part)


OK = [b"HTTP/1.1 200 OK\r\nContent-Len", b'gth: 14\r\n\r\n{"results"', b":[]}"]
BUSY = [b"HTTP/1.1 503 Busy\r\nContent-Length: 0\r\nRetry-After: 1\r\n\r\n"]
NOTHING = [b"HTTP/1.1 204 No Content\r\nX-Tag: 7-1\r\n\r\n"]


def test_an_answer_in_pieces_is_read_whole():
    server = Server([OK, NOTHING])
    wire = Wire(server.port)
    assert wire.ask(b"GET").body == b'{"results":[]}'
    assert wire.ask(b"GET").header("x-tag") == "7-1"


def test_the_same_request_is_sent_until_it_is_answered(monkeypatch):
    monkeypatch.setattr("bench.load.firing.AGAIN", 0.01)
    server = Server([BUSY, None, BUSY, OK])
    shot = Shot(b"POST same ids", 1, 1, (), 0)

    volley = fire(server.port, [shot], lanes=1, patience=10)

    assert [each.status for each in volley.deliveries] == [200]
    assert set(server.seen) == {b"POST same ids"}
    assert volley.exhausted


def test_a_volley_that_is_stopped_sends_nothing_new():
    server = Server([OK])
    shots = [Shot(b"POST", 1, 1, (), 0)] * 3
    volley = Volley(server.port, shots, lanes=1, rate=0.1).start()
    while not volley.deliveries:
        pass
    volley.stop()
    assert len(volley.deliveries) == 1


def test_recovery_counts_from_the_blow_to_a_request_that_came_after_it():
    shot = Shot(b"", 1, 1, (), 0)
    volley = Volley(0, [], lanes=0)
    volley.deliveries = [
        Delivery(shot, 9.0, 10.5, 200, b"", 2),
        Delivery(shot, 10.2, 10.4, 503, b"", 1),
        Delivery(shot, 10.3, 12.0, 200, b"", 4),
    ]
    scene = Scene(None, None, None, "")
    assert scene.until_taken(volley, 10.0, timeout=1e12) == 2.0


def test_cpu_of_this_process_grows_and_of_nobody_is_nothing():
    import os

    before = cpu_seconds([os.getpid()])
    sum(n * n for n in range(200_000))
    assert cpu_seconds([os.getpid()]) > before
    assert cpu_seconds([2**22 + 1]) == 0.0
