"""Pick ports below the range that the system hands to outgoing connections."""

import json
import random
import socket
from pathlib import Path

LOWEST, HIGHEST = 20_000, 32_000


def is_free(port: int, host: str = "127.0.0.1") -> bool:
    """Say whether a server could listen on `port` now."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        # As servers do: a port in TIME_WAIT counts as free.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
    return True


def pick(preferred: int | None = None) -> int:
    """Give `preferred` if it is free, else any free port between LOWEST and HIGHEST."""
    if preferred and is_free(preferred):
        return preferred
    for port in random.sample(range(LOWEST, HIGHEST), 200):
        if is_free(port):
            return port
    raise RuntimeError(f"no free port between {LOWEST} and {HIGHEST}")


class PortBook:
    """The ports of one data folder, kept so that addresses stay the same over restarts."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def choose(self, name: str, preferred: int | None = None) -> int:
        """Give the port written down for `name`, or a new one if that is taken by now."""
        book = self._read()
        port = pick(book.get(name, preferred))
        if book.get(name) != port:
            book[name] = port
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self.path.write_text(json.dumps(book, indent=1) + "\n")
        return port

    def __getitem__(self, name: str) -> int:
        """Give the port written down for `name`. Raises KeyError."""
        return self._read()[name]

    def _read(self) -> dict[str, int]:
        try:
            book: dict[str, int] = json.loads(self.path.read_text())
        except (OSError, ValueError):
            return {}
        return book
