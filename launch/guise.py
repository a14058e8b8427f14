"""The account under which PostgreSQL runs, since it refuses to run as root."""

import os
import pwd
import shutil
import stat
from pathlib import Path
from typing import Any


class Guise:
    """How to run the server: as we are, as another user, or as root in a user namespace."""

    def __init__(
        self, prefix: list[str], options: dict[str, Any], owner: tuple[int, int] | None
    ) -> None:
        self.prefix, self.options, self.owner = prefix, options, owner

    def give(self, path: Path) -> None:
        """Hand a file or folder to the account under which the server will run."""
        if self.owner:
            os.chown(path, *self.owner)


def choose_guise(folder: Path, programs: Path) -> Guise:
    """Choose the account for a cluster in `folder`, which may not exist yet.

    An existing cluster keeps its owner. A path below a closed folder (root's own home) can not
    be reached by another user; opening it up would be wrong, so a user namespace is used there.
    """
    if os.geteuid() != 0:
        return Guise([], {}, None)
    if (folder / "PG_VERSION").exists():
        owner = folder.stat()
        if owner.st_uid == 0:
            return _namespace()
        return _other_user(owner.st_uid, owner.st_gid)
    account = _unprivileged()
    if account and _open_to_all(folder.parent) and _open_to_all(programs):
        return _other_user(account.pw_uid, account.pw_gid)
    return _namespace()


def _other_user(uid: int, gid: int) -> Guise:
    return Guise([], {"user": uid, "group": gid, "extra_groups": []}, (uid, gid))


def _namespace() -> Guise:
    tool = shutil.which("unshare")
    account = _unprivileged()
    if not tool or not account:
        raise RuntimeError(
            "PostgreSQL does not run as root, and this folder is closed to other users: "
            "run ./dev as an ordinary user, set JINJIAN_DATA to an open folder, or set DATABASE_URL"
        )
    ids = [f"--map-user={account.pw_uid}", f"--map-group={account.pw_gid}"]
    return Guise([tool, "--user", *ids], {}, None)


def _unprivileged() -> pwd.struct_passwd | None:
    for name in ("postgres", "nobody"):
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    return None


def _open_to_all(path: Path) -> bool:
    """Say whether everybody may pass through every folder down to `path`."""
    path = path.resolve()
    return all(place.stat().st_mode & stat.S_IXOTH for place in (path, *path.parents))
