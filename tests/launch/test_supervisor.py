"""The supervisor starts again what dies, leaves alone what is done, and stops in order."""

import os
import signal
import socket
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from launch.ports import PortBook, is_free
from launch.process import state_of
from launch.stack import Stack

SLEEP = [sys.executable, "-S", "-c", "import time; time.sleep(600)"]


@pytest.fixture
def stack(make_stack: Callable[..., Stack]) -> Iterator[Stack]:
    with make_stack() as stack:
        yield stack


def wait_for(condition: Callable[[], object]) -> None:
    deadline = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.02)


def test_a_killed_child_is_started_again(stack: Stack) -> None:
    stack.start("sleeper", SLEEP)
    first = stack.pids("sleeper")[0]
    stack.kill("sleeper", signal.SIGKILL)
    wait_for(lambda: stack.restarts("sleeper"))
    assert stack.restarts("sleeper") == 1
    assert stack.pids("sleeper")[0] != first


def test_what_a_dead_child_leaves_behind_goes_too(stack: Stack) -> None:
    program = (
        "import subprocess, sys; "
        "child = subprocess.Popen([sys.executable, '-S', '-c', 'import time; time.sleep(600)']); "
        "child.wait()"
    )
    stack.start("parent", [sys.executable, "-c", program])
    wait_for(lambda: len(stack.pids("parent")) == 2)
    grandchild = stack.pids("parent")[1]
    stack.kill("parent", signal.SIGKILL)
    wait_for(lambda: state_of(grandchild) in {"", "Z"})


@pytest.mark.parametrize(
    ("restart", "code", "again"),
    [("failure", 0, False), ("failure", 3, True), ("never", 3, False), ("always", 0, True)],
)
def test_restart_policy(stack: Stack, restart: str, code: int, again: bool) -> None:
    stack.start("one", [sys.executable, "-S", "-c", f"raise SystemExit({code})"], restart=restart)
    if again:
        wait_for(lambda: stack.restarts("one"))
    else:
        assert stack.ended("one", 10) == code
        time.sleep(0.4)
        assert stack.restarts("one") == 0


def test_children_stop_youngest_first_and_paused_ones_too(stack: Stack, tmp_path: Path) -> None:
    notes = tmp_path / "notes"
    program = (
        "import signal, sys, time\n"
        "def leave(*_):\n"
        f"    open({str(notes)!r}, 'a').write(sys.argv[1])\n"
        "    sys.exit()\n"
        "signal.signal(signal.SIGTERM, leave)\n"
        f"open({str(notes)!r}, 'a').write('.')\n"
        "time.sleep(600)"
    )
    for name in ("a", "b", "c"):
        stack.start(name, [sys.executable, "-S", "-c", program, name])
    wait_for(lambda: notes.exists() and notes.read_text() == "...")
    stack.kill("b", signal.SIGSTOP)
    stack.stop()
    assert notes.read_text() == "...cba"


def test_ports_lie_below_the_ephemeral_range_and_stay(tmp_path: Path) -> None:
    book = PortBook(tmp_path / "ports.json")
    port = book.choose("web")
    assert 20_000 <= port < 32_768
    assert book.choose("web") == port
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", port))
        taken.listen()
        assert not is_free(port)
        assert book.choose("web") != port


def test_children_get_no_given_bytecode_switch(
    stack: Stack, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "1")
    assert "PYTHONDONTWRITEBYTECODE" not in stack.env
    assert stack.env["JINJIAN_DATA"] == str(stack.data)
    assert os.environ["PYTHONDONTWRITEBYTECODE"] == "1"
