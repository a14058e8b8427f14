"""What the migrations make, kept between runs: replaying them all takes longer than most runs.

A dump lies in `var/migrated` under a digest of everything that the migrations are made of. It is
used for databases that are thrown away (tests, benches, drills, the self-check), and only while
that is the same to the byte; a clean clone migrates once.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from launch import backup, roles

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "var" / "migrated"
# Beside the migrations themselves: roles and rights, the packages, the one module they import,
# and the settings, which say what is installed and under which keys.
ALSO = (
    "launch/roles.py", "requirements/dev.txt", "core/crypto.py", "config/settings.py",
    "config/settings_test.py",
)  # fmt: skip
KEPT = 3


def fill(owner_url: str, *, empty: Callable[[], None], migrate: Callable[[], None]) -> None:
    """Fill the empty database at `owner_url` with what the migrations make.

    From what an earlier run has kept; else by `migrate`, after `empty` has cleared what a copy
    left half done. Who comes meanwhile waits and takes the first one's work.
    """
    with _alone():
        kept = place()
        if kept.exists():
            to = f"--dbname={roles.database_name(owner_url)}"
            with suppress(backup.Unusable):
                backup.run_client(
                    "pg_restore", owner_url, "--exit-on-error", "--no-owner", to, str(kept)
                )
                kept.touch()
                return
            empty()
        migrate()
        _keep(kept, owner_url)


def place() -> Path:
    """Where the dump lies of what the migrations would make now."""
    digest = hashlib.sha256()
    rooms = [*ROOT.glob("*/migrations/*.py"), *ROOT.glob("*/*/migrations/*.py")]
    for path in sorted([*rooms, *(ROOT / name for name in ALSO)]):
        digest.update(f"{path.relative_to(ROOT)}\n".encode() + path.read_bytes())
    return FOLDER / f"{digest.hexdigest()[:32]}.dump"


@contextmanager
def _alone() -> Iterator[None]:
    FOLDER.mkdir(parents=True, exist_ok=True)
    with (FOLDER / "lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # until it is closed, or its process is gone
        yield


def _keep(kept: Path, owner_url: str) -> None:
    """Keep what the migrations have made, unless somebody wrote at them meanwhile."""
    if place() != kept:
        return
    unfinished = kept.with_suffix(f".{os.getpid()}")
    with suppress(backup.Unusable):
        backup.run_client("pg_dump", owner_url, "--format=custom", f"--file={unfinished}")
        unfinished.rename(kept)
    unfinished.unlink(missing_ok=True)
    for old in sorted(FOLDER.glob("*.dump"), key=lambda path: -path.stat().st_mtime)[KEPT:]:
        old.unlink(missing_ok=True)
