"""Whatever is sent: an answer that can be acted on, never a failure of ours, never half in silence.

An unreadable envelope is refused whole; a bad item refuses itself and nobody else; as many
verdicts come back as items were sent.
"""

from __future__ import annotations

import json
import uuid
from datetime import datetime
from typing import Any

import hypothesis.strategies as st
import pytest
from django.db import transaction
from django.test import Client
from hypothesis import HealthCheck, Phase, given, settings

from core.scope import Scope, scoped
from sites.models import Conflict, PendingEvent, Swab, Tally, Tube
from tests.sites.make import START, Desk, id_number, make_desk

pytestmark = pytest.mark.django_db

VERDICTS = {"created", "duplicate", "conflict", "pending", "refused"}
QUICK = settings(
    max_examples=60,
    deadline=None,
    database=None,
    derandomize=True,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)


@pytest.fixture
def desk() -> Desk:
    return make_desk()


def stored(desk: Desk) -> tuple[int, ...]:
    with scoped(Scope(districts=frozenset({desk.place.district.pk}))):
        return tuple(m.objects.count() for m in (Tube, Swab, PendingEvent, Conflict, Tally))


def assert_problem(response: Any, *statuses: int) -> dict[str, Any]:
    assert response.status_code in (statuses or range(400, 500)), response.content
    assert response.headers["Content-Type"] == "application/problem+json"
    problem = response.json()
    assert problem["code"]
    assert problem["request_id"]
    return problem


def nested(depth: int, leaf: str = "1") -> str:
    return "[" * depth + leaf + "]" * depth


ENVELOPES = {
    "a list": "[]",
    "a text": '"items"',
    "null": "null",
    "items of another kind": '{"items": {}}',
    "items is a text": '{"items": "abc"}',
    "no items": '{"items": []}',
    "nothing": "{}",
    "another field": '{"items": [{}], "extra": 1}',
    "key twice at the top": '{"items": [1], "items": [2]}',
    "key twice in an item": '{"items": [{"id": 1, "id": 1}]}',
    "key twice in a person": '{"items": [{"person": {"name": "a", "name": "b"}}]}',
    "key twice, written differently": '{"items": [{"id": 1, "\\u0069d": 2}]}',
    "NUL in a value": '{"items": [{"tube": "A\\u0000B"}]}',
    "NUL in a key": '{"items": [{"\\u0000": 1}]}',
    "NUL in a person": '{"items": [{"person": {"name": "\\u0000"}}]}',
    "half a character": '{"items": [{"tube": "\\udc00"}]}',
    "half a character as a key": '{"items": [{"\\ud800": 1}]}',
    "halves in the wrong order": '{"items": ["\\udc00\\ud800"]}',
    "too deep": '{"items": [' + nested(40) + "]}",
    "far too deep": '{"items": [' + nested(100_000) + "]}",
    "not a number": '{"items": [{"seq": NaN}]}',
    "infinity": '{"items": [{"seq": -Infinity}]}',
    "too large a real": '{"items": [{"seq": 1e999}]}',
    "a number of 5,000 digits": '{"items": [{"seq": ' + "9" * 5000 + "}]}",
    "two bodies": '{"items": [1]} {"items": [2]}',
    "a comment": '{"items": [1] /* */}',
    "a trailing comma": '{"items": [1,]}',
    "a byte order mark": "\ufeff" + '{"items": [1]}',
    "too many items": json.dumps({"items": [1] * 1001}),
}


@pytest.mark.parametrize("body", ENVELOPES.values(), ids=list(ENVELOPES))
def test_unreadable_envelopes_take_nothing(desk: Desk, body: str) -> None:
    response = desk.post(body.encode())

    assert_problem(response, 400)
    assert stored(desk) == (0, 0, 0, 0, 0)


@pytest.mark.parametrize(
    ("body", "path"),
    [
        ('{"items": [1, {"person": {"name": "a", "name": "b"}}]}', "items[1].person.name"),
        ('{"items": [{"tube": "\\u0000"}]}', "items[0].tube"),
        ('{"items": [1], "extra": 1}', "extra"),
    ],
)
def test_a_refused_envelope_says_where(desk: Desk, body: str, path: str) -> None:
    problem = assert_problem(desk.post(body.encode()), 400)

    assert path in json.dumps(problem["errors"])


@pytest.mark.parametrize("path", ["/api/v1/capture/", "/api/v1/tallies/"])
def test_headers_and_query_are_not_shrugged_at(desk: Desk, path: str) -> None:
    body = json.dumps({"items": [desk.open("TUBE000001")]})
    client, token = Client(), {"Authorization": f"Device {desk.token}"}

    def post(suffix: str = "", content_type: str = "application/json", **headers: str) -> Any:
        return client.post(
            path + suffix, body, content_type=content_type, headers={**token, **headers}
        )

    assert_problem(post(content_type="text/plain"), 415)
    assert_problem(post(content_type="application/x-www-form-urlencoded"), 415)
    assert_problem(post(content_type="multipart/form-data; boundary=x"), 400, 415)
    assert_problem(post(**{"Content-Encoding": "gzip"}), 400)
    assert_problem(post(**{"Content-Encoding": "br, gzip"}), 400)
    assert_problem(post("?dry_run=1"), 400)
    assert_problem(post("?%00=1"), 400)
    assert_problem(client.get(path, headers=token), 405)
    assert_problem(client.post(path, body, content_type="application/json"), 401, 403)
    assert stored(desk) == (0, 0, 0, 0, 0)


def change(item: dict[str, Any], path: str, value: Any) -> dict[str, Any]:
    """A copy of an item with one value replaced; dots lead into the person."""
    copy = json.loads(json.dumps(item))
    *outer, last = path.split(".")
    inner = copy
    for name in outer:
        inner = inner[name]
    if value is GONE:
        del inner[last]
    else:
        inner[last] = value
    return copy


GONE = object()
UNKNOWN = "0190b5a0-0000-7000-8000-00000000000f"
BAD_VALUES = [
    ("id", None), ("id", 7), ("id", "x"), ("id", ""), ("id", GONE), ("id", [UNKNOWN]),
    ("kind", "paint"), ("kind", None), ("kind", 1), ("kind", GONE), ("kind", {}), ("kind", "OPEN"),
    ("seq", -1), ("seq", 1.0), ("seq", True), ("seq", "1"), ("seq", 2**31), ("seq", 10**400),
    ("round", 0), ("round", -5), ("round", 2**31), ("round", 1.5), ("round", True),
    ("round", None), ("round", 999_999),
    ("at", "2021-11-04T12:00:00"), ("at", "2021-11-04"), ("at", "yesterday"), ("at", 1636027200),
    ("at", "2021-13-04T12:00:00Z"), ("at", "2021-11-04T25:00:00Z"), ("at", None), ("at", GONE),
    ("at", "0000-01-01T00:00:00Z"), ("at", "10000-01-01T00:00:00Z"),
    ("tube", ""), ("tube", 12), ("tube", None), ("tube", "x" * 65), ("tube", "A B\tC"),
    ("tube", ["TUBE000001"]), ("tube", GONE), ("tube", "试管"),
    ("person", None), ("person", "x"), ("person", {}), ("person", []), ("person", GONE),
    ("person.id_number", "123"), ("person.id_number", 500109197001010014),
    ("person.id_number", "x" * 65), ("person.id_number", None), ("person.id_number", ""),
    ("person.id_type", "library_card"), ("person.id_type", 1), ("person.id_type", "none"),
    ("person.name", "x" * 121), ("person.name", 5), ("person.name", None),
    ("person.phone", "12"), ("person.phone", 13800000000), ("person.phone", "x" * 41),
    ("person.roster_id", "x"), ("person.roster_id", UNKNOWN),
    ("person.no_document", UNKNOWN), ("person.no_document", 3),
    ("person.colour", "red"), ("colour", "red"), ("swab", UNKNOWN),
    ("repeat_reason", "x" * 41), ("repeat_reason", 4),
]  # fmt: skip


@pytest.mark.parametrize(("path", "value"), BAD_VALUES)
def test_a_bad_value_refuses_its_item_and_no_other(desk: Desk, path: str, value: Any) -> None:
    bad = change(desk.add("TUBE000001", id_number()), path, value)
    results = desk.send(desk.open("TUBE000001"), bad, desk.add("TUBE000001", id_number()))

    assert [r["verdict"] for r in results] == ["created", "refused", "created"]
    assert results[1]["code"]
    assert results[1]["message"]
    assert stored(desk) == (1, 1, 0, 0, 0)


@pytest.mark.parametrize(
    "rest",
    [
        {"kind": "open", "tube": "TUBE000002", "pool_size": 0},
        {"kind": "open", "tube": "TUBE000002", "pool_size": 31},
        {"kind": "open", "tube": "TUBE000002", "pool_size": True},
        {"kind": "open", "tube": "TUBE000002", "pool_size": 10, "channel": "red"},
        {"kind": "open", "tube": "TUBE000002"},
        {"kind": "seal"},
        {"kind": "seal", "tube": "TUBE000001", "early_reason": "x" * 201},
        {"kind": "void", "tube": "TUBE000001"},
        {"kind": "void", "tube": "TUBE000001", "reason": ""},
        {"kind": "void", "tube": "TUBE000001", "reason": "   "},
        {"kind": "void", "reason": "leaked"},
        {"kind": "void", "reason": "leaked", "tube": "TUBE000001", "swab": UNKNOWN},
        {"kind": "move", "tube": "TUBE000001", "reason": "wrong"},
        {"kind": "move", "swab": "x", "tube": "TUBE000001", "reason": "wrong"},
        {"kind": "move", "swab": UNKNOWN, "tube": "TUBE000001"},
    ],
)
def test_other_kinds_are_read_as_strictly(desk: Desk, rest: dict[str, Any]) -> None:
    results = desk.send(desk.open("TUBE000001"), {**desk.item("x"), **rest})

    assert [r["verdict"] for r in results] == ["created", "refused"]
    assert stored(desk) == (1, 0, 0, 0, 0)


@pytest.mark.parametrize(
    "at",
    [
        "0001-01-01T00:00:00Z",
        "0001-01-01T00:00:00+08:00",
        "9999-12-31T23:59:59Z",
        "9999-12-31T23:59:59-08:00",
        "1970-01-01T00:00:00Z",
        "2100-01-01T00:00:00+08:00",
    ],
)
def test_absurd_clocks_are_kept_readable_and_not_believed(desk: Desk, at: str) -> None:
    items = [
        desk.open("TUBE000001"),
        desk.add("TUBE000001", id_number()),
        desk.item("seal", tube="TUBE000001"),
        desk.item("move", swab=str(uuid.uuid4()), tube="TUBE000001", reason="late"),
    ]

    assert desk.verdicts(*({**item, "at": at} for item in items)) == ["created"] * 3 + ["pending"]

    with scoped(Scope(districts=frozenset({desk.place.district.pk}))):
        tube, swab = Tube.objects.get(), Swab.objects.get()
    assert swab.at == swab.received_at
    assert tube.opened_at == tube.sealed_at == tube.received_at
    assert isinstance(swab.device_at, datetime)
    assert swab.device_at != swab.at


def test_a_repeat_of_what_was_not_stored_is_not_called_a_duplicate(desk: Desk) -> None:
    elsewhere = {**desk.open("TUBE000001"), "round": 999_999}
    early = desk.add("TUBE000009", id_number())

    assert desk.verdicts(elsewhere, elsewhere, early, early) == [
        "refused", "refused", "pending", "pending",
    ]  # fmt: skip
    opened = desk.open("TUBE000002")
    assert desk.verdicts(opened, opened) == ["created", "duplicate"]


def test_other_content_under_an_id_that_waits_is_not_lost(desk: Desk) -> None:
    early = desk.add("TUBE000001", id_number())
    desk.send(early)

    results = desk.send({**early, "tube": "TUBE000002"})

    assert (results[0]["verdict"], results[0]["code"]) == ("conflict", "id_reused")
    assert desk.verdicts(early) == ["pending"]
    assert Conflict.objects.count() == 1


def test_a_person_scanned_again_after_a_voided_swab_is_shown_to_somebody(desk: Desk) -> None:
    number = id_number()
    added = desk.add("TUBE000001", number)
    desk.send(desk.open("TUBE000001"), added)
    desk.send(desk.item("void", swab=added["id"], reason="wrong person"))

    results = desk.send(desk.add("TUBE000001", number))

    assert (results[0]["verdict"], results[0]["code"]) == ("conflict", "already_in_tube")
    assert desk.verdicts(added) == ["duplicate"]


junk = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**70), 2**70)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=20) | st.sampled_from(["TUBE000001", "open", "2021-11-04T12:00:00Z"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner,
                                                                max_size=3),
    max_leaves=6,
)  # fmt: skip
FIELDS = ["id", "kind", "seq", "at", "round", "tube", "person", "swab", "reason", "pool_size",
          "channel", "early_reason", "repeat_reason", "other"]  # fmt: skip
shapes = st.one_of(
    junk,
    st.dictionaries(st.sampled_from(FIELDS), junk, max_size=6),
    st.tuples(
        st.sampled_from(["open", "add", "seal", "void", "move"]),
        st.dictionaries(st.sampled_from(FIELDS), junk, max_size=2),
        st.dictionaries(
            st.sampled_from(["id_number", "name", "phone", "roster_id", "no_document", "id_type"]),
            junk,
            max_size=2,
        ),
    ),
)


@QUICK
@given(drawn=st.lists(shapes, min_size=1, max_size=12))
def test_rows_in_are_verdicts_out(desk: Desk, drawn: list[Any]) -> None:
    items = [_nearly_right(desk, *one) if isinstance(one, tuple) else one for one in drawn]

    with transaction.atomic():
        response = desk.post({"items": items})
        transaction.set_rollback(True)

    if response.status_code == 400:  # text that no column can hold refuses the envelope
        assert assert_problem(response)["code"] == "text_unstorable"
        return
    assert response.status_code == 200, response.content
    results = response.json()["results"]
    assert len(results) == len(items)
    for item, result in zip(items, results, strict=True):
        assert result["verdict"] in VERDICTS
        given_id = item.get("id") if isinstance(item, dict) else None
        if isinstance(given_id, str) and result["verdict"] != "refused":
            assert uuid.UUID(result["id"]) == uuid.UUID(given_id)
        assert (result["verdict"] == "refused") <= {"code", "path", "message"}.issubset(result)


def _nearly_right(desk: Desk, kind: str, over: dict[str, Any], person: dict[str, Any]) -> Any:
    """An item of a kind that would be good, but for what was drawn."""
    fitting: dict[str, dict[str, Any]] = {
        "open": {"tube": "TUBE000001", "pool_size": 10},
        "add": {"tube": "TUBE000001", "person": {"id_number": id_number(7), **person}},
        "seal": {"tube": "TUBE000001"},
        "void": {"tube": "TUBE000001", "reason": "leaked"},
        "move": {"tube": "TUBE000001", "swab": str(uuid.uuid4()), "reason": "wrong"},
    }
    return {**desk.item(kind), **fitting[kind], **over}


TALLY = {"quarter": START.isoformat(), "swabs": 40, "tubes": 4}


@pytest.mark.parametrize(
    "over",
    [
        {"id": "x"}, {"id": None}, {"swabs": -1}, {"swabs": 40.0}, {"swabs": True},
        {"swabs": "40"}, {"swabs": 2**31}, {"swabs": 501}, {"swabs": 10**400}, {"tubes": 41},
        {"tubes": -1}, {"unit": 0}, {"unit": 2**31}, {"unit": 999_999}, {"unit": "1"},
        {"round": 0}, {"round": 999_999}, {"quarter": "2021-11-04T12:00:00"},
        {"quarter": "2021-11-04T12:07:00Z"}, {"quarter": "2021-11-04T12:00:01Z"},
        {"quarter": "2021-11-05T12:00:00Z"}, {"quarter": "0001-01-01T00:00:00+08:00"},
        {"quarter": "0001-01-01T00:00:00Z"}, {"quarter": "9999-12-31T23:45:00Z"},
        {"quarter": "9999-12-31T23:45:00-08:00"}, {"quarter": "2021-11-04T12:00:00+08:07"},
        {"quarter": 5}, {"reason": "x" * 201}, {"reason": 5}, {"colour": "red"},
    ],
)  # fmt: skip
def test_bad_tallies_are_refused_whole(desk: Desk, over: dict[str, Any]) -> None:
    good = {"id": str(uuid.uuid4()), "round": desk.place.round.pk, **TALLY}

    assert_problem(desk.post({**good, **over}, "/api/v1/tallies/"), 400)
    for body in (b"[]", b"7", b"null", b'{"id": 1, "id": 2}', b'{"reason": "\\u0000"}'):
        assert_problem(desk.post(body, "/api/v1/tallies/"), 400)
    assert stored(desk) == (0, 0, 0, 0, 0)
    assert desk.post(good, "/api/v1/tallies/").status_code == 201
