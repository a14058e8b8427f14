"""The id of the request that is being answered, for audit rows, problems and log lines."""

from __future__ import annotations

import re
import uuid
from contextvars import ContextVar

_current: ContextVar[str] = ContextVar("jinjian_request_id", default="")
_ACCEPTED = re.compile(r"[A-Za-z0-9-]{8,64}", re.ASCII)


def current_request_id() -> str:
    """The request id of this thread, empty outside of a request."""
    return _current.get()


def begin(offered: str) -> str:
    """Take the caller's id if it is well formed, else make one; it stays current until `end`."""
    request_id = offered if _ACCEPTED.fullmatch(offered) else uuid.uuid4().hex
    _current.set(request_id)
    return request_id


def end() -> None:
    """Forget the id, so that a reused thread cannot carry it into other work."""
    _current.set("")
