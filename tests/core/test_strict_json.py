"""Strict JSON: what the standard decoder swallows is refused, with the place."""

import gzip
import json
import time
from types import SimpleNamespace

import pytest
from django.test import RequestFactory
from hypothesis import given
from hypothesis import strategies as st

from core.inputs import Refused
from core.query import page_size, query_choice, query_number
from core.strict_json import (
    BadBody,
    StrictJSONParser,
    decode,
    read_json,
    refuse_unknown_fields,
    refuse_unknown_query,
)

TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=12)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**30), 10**30) | TEXT | st.floats(-1e300, 1e300),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4),
    max_leaves=20,
)


@given(VALUES, st.booleans(), st.sampled_from([None, 1]))
def test_a_clean_body_reads_back(value, ascii_only, indent):
    body = json.dumps(value, ensure_ascii=ascii_only, indent=indent).encode()
    assert decode(body) == value


@given(
    st.binary(max_size=200) | st.text(max_size=200).map(lambda text: text.encode(errors="replace"))
)
def test_any_bytes_are_a_value_or_a_bad_body(body):
    try:
        value = decode(body)
    except BadBody:
        return
    assert json.loads(json.dumps(value)) == value


@given(st.text('[]{},:"\\u0d8e1-. aNI\n', max_size=60))
def test_json_like_noise_never_breaks_out(text):
    try:
        decode(text.encode())
    except BadBody as refusal:
        bad = refusal
    else:
        return
    assert bad.text


@pytest.mark.parametrize(
    ("body", "code", "path"),
    [
        (b"", "body_empty", ""),
        (b" \n", "body_empty", ""),
        (b"\xef\xbb\xbf{}", "body_bom", ""),
        (b'{"a":"\xff"}', "body_utf8", ""),
        (b'{"a":"\xed\xa0\x80"}', "body_utf8", ""),
        ('{"a":1}'.encode("utf-16-le"), "body_syntax", ""),
        (b"{", "body_syntax", ""),
        (b"{} {}", "body_syntax", ""),
        (b"{'a':1}", "body_syntax", ""),
        (b'{"a":1,}', "body_syntax", ""),
        (b'{"a":"\x00"}', "body_syntax", ""),
        (b'{"a":1,"a":1}', "key_duplicate", "a"),
        (b'{"items":[{},{"p":{"name":1,"x":2,"name":3}}]}', "key_duplicate", "items[1].p.name"),
        (b'{"a":1,"\\u0061":2}', "key_duplicate", "a"),
        (b'{"items":[{"person":{"name":"a\\u0000b"}}]}', "text_unstorable", "items[0].person.name"),
        (b'{"a":["x","\\ud800"]}', "text_unstorable", "a[1]"),
        (b'{"a":"\\udc00\\ud800"}', "text_unstorable", "a"),
        (b'{"\\u0000":1}', "text_unstorable", '["\\u0000"]'),
        (b'{"a":NaN}', "number_unreadable", "a"),
        (b'{"a":[1,-Infinity]}', "number_unreadable", "a[1]"),
        (b'{"a":1e999}', "number_unreadable", "a"),
        (b'{"a":{"b":' + b"9" * 5000 + b"}}", "number_unreadable", "a.b"),
        (b"[" * 33 + b"]" * 33, "body_depth", "[0]" * 32),
        (b'{"a":' * 40 + b"1" + b"}" * 40, "body_depth", ".".join("a" * 32)),
        (b"[" * 100_000 + b"]" * 100_000, "body_depth", ""),
        (b'{"a":' * 100_000, "body_depth", ""),
        (b'[{"a":1,"a":1},' + b"[" * 100_000, "body_depth", ""),
        (b'[{"a":1,"a":1},', "body_syntax", ""),
        (b"[" + b"9" * 5000 + b",", "body_syntax", ""),
        (b'"' + b"x" * 1_000_000 + b'"', "body_too_large", ""),
    ],
)
def test_each_fault_has_a_code_and_a_place(body, code, path):
    with pytest.raises(BadBody) as refusal:
        decode(body)
    assert (refusal.value.code, refusal.value.path, refusal.value.status) == (code, path, 400)


def test_depth_counts_what_is_nested_and_nothing_else():
    assert decode(b"[" * 32 + b"]" * 32)
    assert decode(json.dumps(["[[[[{{{{" * 20]).encode())
    with pytest.raises(BadBody):
        decode(b"[[[1]]]", max_depth=2)


def test_escaped_pairs_are_whole_characters():
    assert decode(b'{"a":"\\ud842\\udfb7"}') == {"a": "\U00020bb7"}


def test_a_strange_key_is_shown_short_and_escaped():
    body = json.dumps({"x": {"<b>" * 40: float("nan")}}).encode()
    with pytest.raises(BadBody) as refusal:
        decode(body)
    assert refusal.value.path == 'x["' + "<b>" * 6 + '<b"]'


def test_a_thousand_items_take_well_under_fifteen_milliseconds():
    item = {
        "id": "0190a0e0-0000-7000-8000-000000000000",
        "kind": "add",
        "seq": 1,
        "at": "2021-11-04T19:30:00.000+08:00",
        "round": 1,
        "tube": "BB0000000001",
        "person": {"id_number": "11010519491231002X", "name": "张三", "phone": "13800138000"},
    }
    body = json.dumps({"items": [item] * 1000}, ensure_ascii=False).encode()
    best = min(_seconds(body) for _ in range(7))
    assert best < 0.015, f"{best:.4f} s"


def _seconds(body: bytes) -> float:
    start = time.process_time()
    decode(body)
    return time.process_time() - start


def test_unknown_fields_are_named():
    refuse_unknown_fields({"a": 1}, {"a", "b"}, "items[0]")
    with pytest.raises(BadBody) as refusal:
        refuse_unknown_fields({"a": 1, "tubee": 2}, {"a", "tube"}, "items[0]")
    assert refusal.value.path == "items[0].tubee"


def request(query: str = "", **kwargs):
    return RequestFactory().get(f"/api/{query}", **kwargs)


def post(body: bytes, **kwargs):
    kwargs.setdefault("content_type", "application/json")
    return RequestFactory().post("/api/", body, **kwargs)


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("?street=1&sreet=2", "query_unknown"),
        ("?street=1&street=2", "query_repeated"),
        ("?street=%00", "query_text"),
        ("?%00=1", "query_unknown"),
    ],
)
def test_unknown_repeated_and_unstorable_parameters_are_refused(query, code):
    with pytest.raises(Refused) as refusal:
        refuse_unknown_query(request(query), {"street"})
    assert refusal.value.code == code


def test_known_parameters_are_read():
    known = request("?street=7&level=unit&limit=1000")
    refuse_unknown_query(known, {"street", "level", "limit"})
    assert query_number(known, "street") == 7
    assert query_number(known, "round", default=3) == 3
    assert query_choice(known, "level", ["street", "unit"], default="street") == "unit"
    assert page_size(known) == 1000


def test_odd_parameters_are_refused_with_their_name():
    odd = request("?street=-1&level=city&limit=999999999")
    for read in (
        lambda: query_number(odd, "street"),
        lambda: query_choice(odd, "level", ["street"], default="street"),
        lambda: page_size(odd),
    ):
        with pytest.raises(Refused) as refusal:
            read()
        assert refusal.value.path in {"street", "level", "limit"}


def test_a_page_of_no_rows_is_refused():
    with pytest.raises(Refused):
        page_size(request("?limit=0"))


def test_a_plain_view_reads_a_body():
    assert read_json(post(b'{"a":1}')) == {"a": 1}


@pytest.mark.parametrize(
    ("headers", "code", "status"),
    [
        ({"content_type": "text/plain"}, "body_type", 415),
        ({"HTTP_CONTENT_ENCODING": "gzip"}, "body_encoded", 400),
        ({"CONTENT_LENGTH": "2000000"}, "body_too_large", 400),
    ],
)
def test_a_plain_view_refuses_odd_headers(headers, code, status):
    with pytest.raises(BadBody) as refusal:
        read_json(post(gzip.compress(b"{}"), **headers))
    assert (refusal.value.code, refusal.value.status) == (code, status)


def test_the_api_parser_decodes_strictly():
    stream = SimpleNamespace(read=lambda size: b'{"a":1,"a":2}'[:size])
    with pytest.raises(BadBody):
        StrictJSONParser().parse(stream, "application/json", {"request": post(b"")})
    with pytest.raises(BadBody) as refusal:
        StrictJSONParser().parse(stream, None, {"request": post(b"", HTTP_CONTENT_ENCODING="br")})
    assert refusal.value.code == "body_encoded"
