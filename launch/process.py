"""Start child processes that cannot outlive the supervisor, and look at what runs."""

import ctypes
import ctypes.util
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import IO, Any

PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None


def die_with_parent(sig: int) -> Callable[[], None]:
    """Make the hook for Popen that has the kernel send `sig` to the child when we are gone.

    The kernel ties this to the starting *thread*: start children from one that lives on.
    Elsewhere than on Linux the hook does nothing, and kill -9 of the supervisor leaves orphans.
    """
    parent = os.getpid()

    def hook() -> None:
        if _libc is not None:
            _libc.prctl(PR_SET_PDEATHSIG, int(sig), 0, 0, 0)
            if os.getppid() != parent:  # we died between fork and prctl
                os._exit(1)

    return hook


def spawn(
    argv: Sequence[str],
    *,
    env: Mapping[str, str],
    log: IO[Any],
    cwd: str | Path,
    death_signal: int = signal.SIGTERM,
    **options: Any,
) -> subprocess.Popen[bytes]:
    """Start `argv` in a session of its own, so that Ctrl-C reaches only the supervisor."""
    options.setdefault("stdin", subprocess.DEVNULL)
    return subprocess.Popen(
        list(argv),
        env=dict(env),
        cwd=str(cwd),
        stdout=log,
        stderr=subprocess.STDOUT,
        start_new_session=True,
        preexec_fn=die_with_parent(death_signal),
        **options,
    )


def open_log(folder: Path, name: str, limit: int = 5_000_000) -> IO[bytes]:
    """Open `<name>.log` for appending; one that has grown over `limit` bytes is set aside."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}.log"
    if path.exists() and path.stat().st_size > limit:
        path.replace(path.with_suffix(".log.1"))
    return path.open("ab")


def signal_group(pid: int, sig: int) -> None:
    """Signal a child's whole session; nothing happens when it is gone."""
    try:
        os.killpg(pid, sig)
    except (ProcessLookupError, PermissionError):
        pass


def state_of(pid: int) -> str:
    """Give the kernel's state letter of a process (Z is a zombie), or "" if there is none."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return "" if sys.platform == "linux" else _state_by_signal(pid)
    return stat.rpartition(")")[2].split()[0]


def _state_by_signal(pid: int) -> str:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return ""
    except PermissionError:
        return "?"
    return "?"


def command_of(pid: int) -> str:
    """Give a process's command line with blanks between words, or ""."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode()
    except (OSError, UnicodeDecodeError):
        return ""


def descendants(pid: int) -> list[int]:
    """List `pid` and everything below it, parents first (Linux; elsewhere only `pid`)."""
    children: dict[int, list[int]] = {}
    for entry in Path("/proc").glob("[0-9]*/stat"):
        try:
            text = entry.read_text()
        except OSError:
            continue
        parent = int(text.rpartition(")")[2].split()[1])
        children.setdefault(parent, []).append(int(entry.parent.name))
    found = [pid]
    for current in found:
        found.extend(sorted(children.get(current, [])))
    return found
