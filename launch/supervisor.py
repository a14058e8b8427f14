"""Keep children alive: whatever dies is started again, with a short and growing pause."""

import subprocess
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from launch.process import signal_group

PAUSES = (0.1, 0.3, 1.0, 2.0, 5.0)
# A child that lived this long (seconds) is healthy again: its next pause is the shortest one.
HEALTHY_AFTER = 20.0


@dataclass
class Child:
    """One supervised process.

    `start` starts it and returns the process; `restart` is "always", "failure" or "never".
    """

    name: str
    start: Callable[[], subprocess.Popen[bytes]]
    stop: Callable[[subprocess.Popen[bytes]], None]
    restart: str = "always"
    process: subprocess.Popen[bytes] | None = None
    started_at: float = 0.0
    due_at: float | None = None
    falls: int = 0
    restarts: int = 0
    ended: threading.Event = field(default_factory=threading.Event)


class Supervisor:
    """Watches children from one long-lived thread, which also starts their successors."""

    def __init__(self, say: Callable[[str], None]) -> None:
        self.children: dict[str, Child] = {}
        self._say = say
        self._lock = threading.RLock()
        self._leaving = threading.Event()
        self._thread: threading.Thread | None = None

    def add(self, child: Child) -> None:
        """Start a child and watch it from now on."""
        with self._lock:
            child.process = child.start()
            child.started_at = time.monotonic()
            self.children[child.name] = child
        if self._thread is None:
            self._thread = threading.Thread(target=self._watch, name="supervisor", daemon=True)
            self._thread.start()

    def stop(self, name: str) -> None:
        """Stop one child and forget it."""
        with self._lock:
            child = self.children.pop(name, None)
            if child and child.process:
                child.stop(child.process)
                signal_group(child.process.pid, 9)
                child.ended.set()

    def stop_all(self) -> None:
        """Stop every child, the youngest first."""
        self._leaving.set()
        with self._lock:
            for name in reversed(list(self.children)):
                self.stop(name)
        if self._thread and self._thread is not threading.current_thread():
            self._thread.join(5)
        self._thread = None
        self._leaving.clear()

    def _watch(self) -> None:
        while not self._leaving.wait(0.1):
            with self._lock:
                for child in list(self.children.values()):
                    self._look_at(child)

    def _look_at(self, child: Child) -> None:
        if self._leaving.is_set():
            return
        now = time.monotonic()
        if child.due_at is not None:
            if now >= child.due_at:
                self._start_again(child)
            return
        if child.process is None or child.process.poll() is None or child.ended.is_set():
            return
        code = child.process.returncode
        # What it left behind would hold its port or its tasks.
        signal_group(child.process.pid, 9)
        if child.restart == "never" or (child.restart == "failure" and code == 0):
            child.ended.set()
            return
        if now - child.started_at > HEALTHY_AFTER:
            child.falls = 0
        pause = PAUSES[min(child.falls, len(PAUSES) - 1)]
        child.falls += 1
        self._say(f"{child.name} ended ({_ending(code)}); starting it again in {pause:g} s")
        child.due_at = now + pause

    def _start_again(self, child: Child) -> None:
        child.due_at = None
        try:
            child.process = child.start()
        except (OSError, RuntimeError) as exc:
            child.falls += 1
            self._say(f"{child.name} did not start: {exc}")
            child.due_at = time.monotonic() + PAUSES[-1]
            return
        child.started_at = time.monotonic()
        child.restarts += 1


def _ending(code: int) -> str:
    return f"signal {-code}" if code < 0 else f"exit code {code}"
