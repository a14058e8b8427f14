"""What the migrations make, kept between test runs: replaying them all takes longer than most runs.

A dump lies in `var/` under a digest of everything that the migrations are made of. It is used only
while that is the same to the byte; a clean clone migrates.
"""

from __future__ import annotations

import hashlib
import os
import subprocess
from pathlib import Path

from launch import backup
from launch.stack import ROOT

FOLDER = ROOT / "var" / "migrated"
# Beside the migrations themselves: roles and rights, the packages, the one module they import,
# and the settings, which say what is installed and under which keys.
ALSO = (
    "launch/roles.py", "requirements/dev.txt", "core/crypto.py", "config/settings.py",
    "config/settings_test.py",
)  # fmt: skip
KEPT = 3


def place() -> Path:
    """Where the dump lies of what the migrations would make now."""
    digest = hashlib.sha256()
    rooms = [*ROOT.glob("*/migrations/*.py"), *ROOT.glob("*/*/migrations/*.py")]
    for path in sorted([*rooms, *(ROOT / name for name in ALSO)]):
        digest.update(f"{path.relative_to(ROOT)}\n".encode() + path.read_bytes())
    return FOLDER / f"{digest.hexdigest()[:32]}.dump"


def restored(kept: Path, url: str) -> bool:
    """Fill the empty database with what an earlier run has kept, if there is any."""
    if not kept.exists():
        return False
    done = _client("pg_restore", f"--dbname={url}", "--exit-on-error", str(kept))
    kept.touch()
    return done


def keep(kept: Path, url: str) -> None:
    """Keep what the migrations have made, unless somebody wrote at them meanwhile."""
    if place() != kept:
        return
    FOLDER.mkdir(parents=True, exist_ok=True)
    unfinished = kept.with_suffix(f".{os.getpid()}")
    if _client("pg_dump", f"--dbname={url}", "--format=custom", f"--file={unfinished}"):
        unfinished.rename(kept)
    unfinished.unlink(missing_ok=True)
    for old in sorted(FOLDER.glob("*.dump"), key=lambda path: -path.stat().st_mtime)[KEPT:]:
        old.unlink(missing_ok=True)


def _client(program: str, *arguments: str) -> bool:
    try:
        command = [backup._client(program), *arguments]
    except backup.Unusable:
        return False
    return subprocess.run(command, capture_output=True, check=False).returncode == 0
