"""How much memory a program takes while a bench runs."""

from __future__ import annotations

import threading
from pathlib import Path

from launch.stack import Stack


class Memory:
    """The largest resident size that any process of a program reaches, in bytes."""

    def __init__(self, stack: Stack, program: str = "worker") -> None:
        self.peak = 0
        self._program = program
        self._stack = stack
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self) -> Memory:
        self._thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._stop.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._stop.wait(0.25):
            for pid in self._stack.pids(self._program):
                self.peak = max(self.peak, _resident_bytes(pid))


def _resident_bytes(pid: int) -> int:
    try:
        for row in Path(f"/proc/{pid}/status").read_text().splitlines():
            if row.startswith("VmRSS:"):
                return int(row.split()[1]) * 1024
    except OSError:
        pass
    return 0
