"""The child's side of reading a file: a process that limits itself, answers in lines and ends.

The answer is JSON, one value a line, ended by `{"end": true}`: without that last line the child was
cut off, whatever came before. A crash, an endless loop or a bomb ends this process and nothing
else. It knows neither Django nor a database.
"""

from __future__ import annotations

import contextlib
import json
import resource
import sys
import traceback
from collections.abc import Callable, Iterable

from core.sheets.limits import CHILD_CPU_SECONDS, CHILD_MEMORY_BYTES
from core.sheets.table import Unreadable


def answer_fenced(work: Callable[[bytes], Iterable[object]], *, temporary_bytes: int = 0) -> None:
    """Limit this process, then work on what stands on standard input. It may write no file, or
    temporary ones of at most so many bytes each.

    Every error becomes a refusal with a code. What is wrong with a damaged file in detail helps
    nobody and may quote its content, so of an error that was not foreseen only its kind and place
    go to standard error: it may be a fault of ours.
    """
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_AS, (CHILD_MEMORY_BYTES, CHILD_MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (CHILD_CPU_SECONDS, CHILD_CPU_SECONDS))
    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_FSIZE, (temporary_bytes, temporary_bytes))
    try:
        for item in work(sys.stdin.buffer.read()):
            _say(item)
    except Unreadable as refused:
        _say({"refused": refused.code, "params": refused.params})
    except MemoryError:
        _say({"refused": "file_too_much"})
    except Exception as error:
        _say({"refused": "file_damaged"})
        sys.stderr.write(_place(error))
    _say({"end": True})


def _say(item: object) -> None:
    sys.stdout.write(json.dumps(item, ensure_ascii=True, separators=(",", ":")) + "\n")


def _place(error: Exception) -> str:
    """The kind of an error, and the last line of this package that it came through."""
    frames = traceback.extract_tb(error.__traceback__)
    ours = [frame for frame in frames if "core/sheets/" in frame.filename]
    return f"{type(error).__name__} {ours[-1].name}:{ours[-1].lineno}"
