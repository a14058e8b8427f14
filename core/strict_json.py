"""Strict JSON for every body: what the standard decoder lets through silently is refused by path.

Refused with 400: more than `max_bytes`, deeper than `max_depth`, invalid UTF-8, a byte order mark,
duplicate keys, NUL and lone surrogates in text, NaN, Infinity and numbers too large to keep.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Collection, Iterator, Mapping
from typing import Any, NoReturn

from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from rest_framework.parsers import BaseParser

from core.inputs.refusal import Refused
from core.query import refuse_unknown_query

__all__ = [
    "BadBody",
    "StrictJSONParser",
    "decode",
    "read_json",
    "refuse_unknown_fields",
    "refuse_unknown_query",
]

MAX_BYTES = 1_000_000
MAX_DEPTH = 32

_LONGEST_WHOLE = 4300
"""Digits at which the interpreter refuses a whole number."""

_UNSTORABLE = re.compile(r"[\x00\ud800-\udfff]")
_PLAIN_KEY = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,40}", re.ASCII)


class BadBody(Refused):
    """A body that is not taken at all. `path` is such as `items[3].person.name`, or empty."""

    def __init__(self, code: str, path: str, message: Any, **params: Any) -> None:
        super().__init__(code, message, **params)
        self.path = path


def decode(body: bytes, *, max_bytes: int = MAX_BYTES, max_depth: int = MAX_DEPTH) -> Any:
    """Decode a JSON body or raise `BadBody`.

    Clean bodies take one pass of the C decoder and one look at the nesting. Only when something
    is wrong is the body decoded again with paths, so that the answer can point at the place.
    """
    if len(body) > max_bytes:
        raise BadBody("body_too_large", "", _("At most %(limit)s bytes."), limit=max_bytes)
    text = _text(body)
    try:
        value = _load(text, max_depth, _unique_keys, _refuse_constant, _finite, int)
    except (_Suspect, ValueError):
        # ValueError: the interpreter's own limit on the digits of one whole number.
        _explain(text, max_depth)
    if _depth_exceeds(value, max_depth) or "\\u" in text:
        _refuse_first_fault(value, max_depth)
    return value


def read_json(
    request: HttpRequest, *, max_bytes: int = MAX_BYTES, max_depth: int = MAX_DEPTH
) -> Any:
    """Decode the body of a plain Django request, after its headers were checked."""
    if request.content_type != "application/json":
        refusal = BadBody("body_type", "", _("Send the body as application/json."))
        refusal.status = 415
        raise refusal
    _refuse_content_encoding(request.headers)
    return decode(_read(request, max_bytes), max_bytes=max_bytes, max_depth=max_depth)


class StrictJSONParser(BaseParser):
    """The API's only parser: `decode` for application/json, compressed bodies refused."""

    media_type = "application/json"

    def parse(self, stream: Any, media_type: str | None = None, parser_context: Any = None) -> Any:
        """Read at most one byte more than the limit, then decode."""
        request = (parser_context or {}).get("request")
        if request is not None:
            _refuse_content_encoding(request.headers)
        return decode(stream.read(MAX_BYTES + 1))


def refuse_unknown_fields(value: Mapping[str, Any], allowed: Collection[str], path: str) -> None:
    """Refuse the first field that is not in `allowed`: a typing error must not be ignored."""
    for key in value:
        if key not in allowed:
            raise BadBody("field_unknown", _join(path, key), _("This field is not known here."))


def _read(request: HttpRequest, max_bytes: int) -> bytes:
    try:
        length = int(request.META.get("CONTENT_LENGTH") or 0)
    except ValueError:
        length = 0
    if length > max_bytes:
        raise BadBody("body_too_large", "", _("At most %(limit)s bytes."), limit=max_bytes)
    return request.body


def _refuse_content_encoding(headers: Mapping[str, str]) -> None:
    if headers.get("Content-Encoding", "identity").lower() not in {"", "identity"}:
        raise BadBody("body_encoded", "", _("Send the body uncompressed."))


def _text(body: bytes) -> str:
    if not body.strip():
        raise BadBody("body_empty", "", _("The body is empty."))
    if body.startswith(b"\xef\xbb\xbf"):
        raise BadBody("body_bom", "", _("Send UTF-8 without a byte order mark."))
    try:
        return body.decode("utf-8")
    except UnicodeDecodeError as exc:
        raise BadBody(
            "body_utf8", "", _("The body is not UTF-8 at byte %(byte)s."), byte=exc.start
        ) from None


class _Suspect(Exception):
    """Something is wrong; the second pass finds out where."""


def _unique_keys(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    value = dict(pairs)
    if len(value) != len(pairs):
        raise _Suspect
    return value


def _refuse_constant(name: str) -> NoReturn:
    raise _Suspect


def _finite(text: str) -> float:
    number = float(text)
    if math.isinf(number):
        raise _Suspect
    return number


def _depth_exceeds(value: Any, max_depth: int) -> bool:
    level = [value] if isinstance(value, dict | list) else []
    for _step in range(max_depth + 1):
        if not level:
            return False
        level = [
            child
            for node in level
            for child in (node.values() if type(node) is dict else node)
            if type(child) is dict or type(child) is list
        ]
    return True


class _Pairs(list):
    """An object of the second pass: its keys in order, duplicates kept."""


class _BadNumber:
    """NaN, Infinity or a number with too many digits."""

    def __init__(self, text: str) -> None:
        self.text = text[:20]


def _load(text: str, max_depth: int, pairs: Any, constant: Any, real: Any, whole: Any) -> Any:
    try:
        return json.loads(
            text,
            object_pairs_hook=pairs,
            parse_constant=constant,
            parse_float=real,
            parse_int=whole,
        )
    except json.JSONDecodeError as exc:
        raise BadBody(
            "body_syntax",
            "",
            _("This is not JSON: line %(line)s, column %(column)s."),
            line=exc.lineno,
            column=exc.colno,
        ) from None
    except RecursionError:
        raise _too_deep("", max_depth) from None


def _any_real(digits: str) -> Any:
    return 0.0 if math.isfinite(float(digits)) else _BadNumber(digits)


def _any_whole(digits: str) -> Any:
    return 0 if len(digits) <= _LONGEST_WHOLE else _BadNumber(digits)


def _explain(text: str, max_depth: int) -> NoReturn:
    value = _load(text, max_depth, _Pairs, _BadNumber, _any_real, _any_whole)
    _refuse_first_fault(value, max_depth)
    raise BadBody("body_syntax", "", _("This is not JSON that can be read here."))


def _refuse_first_fault(value: Any, max_depth: int) -> None:
    """Look through the whole value in document order, without recursion."""
    waiting: list[tuple[str, int, Any]] = [("", 1, value)]
    while waiting:
        path, depth, node = waiting.pop()
        if isinstance(node, str):
            if _UNSTORABLE.search(node):
                raise _unstorable(path)
        elif isinstance(node, _BadNumber):
            raise BadBody("number_unreadable", path, _("This is not a number that can be kept."))
        elif isinstance(node, dict | list):
            if depth > max_depth:
                raise _too_deep(path, max_depth)
            waiting.extend(
                reversed([(*step, child) for *step, child in _inside(node, path, depth)])
            )


def _inside(node: Any, path: str, depth: int) -> Iterator[tuple[str, int, Any]]:
    if isinstance(node, list) and not isinstance(node, _Pairs):
        for index, child in enumerate(node):
            yield f"{path}[{index}]", depth + 1, child
        return
    seen: set[str] = set()
    for key, child in node.items() if isinstance(node, dict) else node:
        place = _join(path, key)
        if _UNSTORABLE.search(key):
            raise _unstorable(place)
        if key in seen:
            raise BadBody("key_duplicate", place, _("The same key is given twice."))
        seen.add(key)
        yield place, depth + 1, child


def _join(path: str, key: str) -> str:
    if _PLAIN_KEY.fullmatch(key):
        return f"{path}.{key}" if path else key
    # A strange key is shown escaped and short: the path goes into an answer.
    return f"{path}[{json.dumps(key[:20])}]"


def _unstorable(path: str) -> BadBody:
    return BadBody("text_unstorable", path, _("This text holds a NUL or half a character."))


def _too_deep(path: str, max_depth: int) -> BadBody:
    return BadBody("body_depth", path, _("Nested deeper than %(limit)s levels."), limit=max_depth)
