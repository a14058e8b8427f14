"""Log lines as JSON, one a line, with nothing personal in them (reliability rule R15).

Three fences, because a log is read by people who may not see the register:
1. a message of our own code is written as it is; of another library's only the template and its
   numbers, for its values may be what somebody typed (an address, a header, a row);
2. an error is its type and the places it passed; its text may hold a stored value;
3. what still looks like an ID number or a phone number is blotted out.
"""

from __future__ import annotations

import json
import logging
import os
import re
import traceback
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from core.request_id import current_request_id

ROOT = Path(__file__).resolve().parent.parent
OWN = frozenset(
    {"config", "core", "campaigns", "sites", "personnel", "logistics", "reporting", "jinjian"}
)
_BLOT = "[number]"
_PERSONAL = re.compile(r"(?<![0-9])(?:[1-9][0-9]{16}[0-9Xx]|1[3-9][0-9]{9})(?![0-9])", re.ASCII)
_MADE_HERE = re.compile(r"[0-9a-f]{32}", re.ASCII)
_LONG = re.compile(r"[0-9]{9,}", re.ASCII)
# Names that libraries give to harmless values of a template: which task, which of its runs.
_HARMLESS = frozenset({"name", "id"})
_FRAMES = 25


class JsonLines(logging.Formatter):
    """`time level logger message request_id pid`, then what the record carries in `fields`."""

    def format(self, record: logging.LogRecord) -> str:
        """One line of JSON for one record."""
        line: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": blot(message_of(record)),
            "pid": os.getpid(),
        }
        if request_id := current_request_id():
            line["request_id"] = _request_id(request_id)
        for name, value in getattr(record, "fields", {}).items():
            line[name] = blot(value) if isinstance(value, str) else value
        if (request := getattr(record, "request", None)) is not None:
            line["path"] = safe_path(request)
            line["status"] = getattr(record, "status_code", None)
        if record.exc_info and record.exc_info[1] is not None:
            line |= error_of(record.exc_info[1])
        return json.dumps(line, ensure_ascii=False)


def blot(text: str) -> str:
    """`text` with everything that looks like an ID number or a mobile number blotted out."""
    return _PERSONAL.sub(_BLOT, text)


def message_of(record: logging.LogRecord) -> str:
    """What a record says, without values that another library filled in."""
    if record.name.split(".")[0] in OWN:
        return record.getMessage()
    if hasattr(record, "request") or not isinstance(record.msg, str):
        # Django writes the path, or the refused header itself, into these.
        return record.name.rsplit(".", 1)[-1]
    try:
        return record.msg % _numbers(record.args) if record.args else record.msg
    except (TypeError, ValueError, KeyError):
        return record.msg


def _numbers(values: Any) -> Any:
    if isinstance(values, dict):
        return {
            name: value if name in _HARMLESS or isinstance(value, int | float) else "…"
            for name, value in values.items()
        }
    return tuple(value if isinstance(value, int | float) else "…" for value in values)


def error_of(error: BaseException) -> dict[str, Any]:
    """An error's type, its cause's type, and where it passed; never its text."""
    frames = traceback.extract_tb(error.__traceback__)[-_FRAMES:]
    told: dict[str, Any] = {
        "error": type(error).__name__,
        "trace": [f"{_near(frame.filename)}:{frame.lineno} {frame.name}" for frame in frames],
    }
    if error.__cause__ is not None:
        told["cause"] = type(error.__cause__).__name__
    return told


def safe_path(request: Any) -> str:
    """The path as our own URL table knows it: numbers of rows stay, words typed into it do not.

    A token of a wall's link, or a name typed into the address line, must not reach a log; an
    address that leads nowhere is "-".
    """
    match = getattr(request, "resolver_match", None)
    if match is None:
        return "-"
    path = "/" + str(match.route)
    for name, value in match.kwargs.items():
        shown = str(value) if isinstance(value, int) and value < 10**9 else f"<{name}>"
        path = re.sub(rf"<(?:\w+:)?{re.escape(name)}>", shown, path)
    return path


def _near(filename: str) -> str:
    path = Path(filename)
    if "site-packages" in path.parts:
        return "/".join(path.parts[path.parts.index("site-packages") + 1 :])
    return str(path.relative_to(ROOT)) if path.is_relative_to(ROOT) else path.name


def _request_id(request_id: str) -> str:
    # A caller's own id may be anything, a number padded to its length too.
    return request_id if _MADE_HERE.fullmatch(request_id) else _LONG.sub(_BLOT, request_id)
