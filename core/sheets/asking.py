"""Give a file to a child process and take back what it answers (rule R7)."""

from __future__ import annotations

import json
import logging
import subprocess
import sys
import threading
from collections.abc import Sequence
from typing import Any

from django.conf import settings

from core.sheets.limits import CHILD_WALL_SECONDS, CHILDREN_AT_ONCE, WAIT_FOR_CHILD_SECONDS
from core.sheets.words import refused_file

log = logging.getLogger(__name__)
RUN = [sys.executable, "-W", "ignore", "-m"]
END = {"end": True}
_places = threading.BoundedSemaphore(CHILDREN_AT_ONCE)


def ask_child(command: Sequence[str], data: bytes) -> list[Any]:
    """The lines that a module of `core.sheets.fenced` answers to `data`; raises FileRefused.

    The child gets no environment of ours (no keys, no database), narrow limits of memory and time,
    and is believed only if its answer is complete. At most CHILDREN_AT_ONCE run in this process.
    """
    if not _places.acquire(timeout=WAIT_FOR_CHILD_SECONDS):
        raise refused_file("reader_busy")
    try:
        answer = _run(command, data)
    finally:
        _places.release()
    lines = _lines(answer)
    for line in lines:
        if isinstance(line, dict) and "refused" in line:
            raise refused_file(line["refused"], **line.get("params", {}))
    if not lines or lines[-1] != END:
        # Killed by a limit, or by something else: what it had said until then proves nothing.
        raise refused_file("file_too_much")
    return lines[:-1]


def _run(command: Sequence[str], data: bytes) -> bytes:
    environment = {"PYTHONPATH": str(settings.BASE_DIR), "PYTHONHASHSEED": "random", "LC_ALL": "C"}
    try:
        done = subprocess.run(
            [*RUN, *command], input=data, capture_output=True, cwd=settings.BASE_DIR,
            env=environment, timeout=CHILD_WALL_SECONDS, check=False,
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        raise refused_file("file_too_much") from None
    if done.stderr:
        log.warning("a file was not read: %s", done.stderr.decode(errors="replace")[-300:])
    return done.stdout


def _lines(answer: bytes) -> list[Any]:
    """What can be read of an answer: nothing from the first line on that cannot."""
    lines: list[Any] = []
    for text in answer.splitlines():
        try:
            lines.append(json.loads(text))
        except ValueError:
            break
    return lines
