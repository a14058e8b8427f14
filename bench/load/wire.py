"""A client that costs little: one socket that stays open, whole requests in, answers out."""

from __future__ import annotations

import socket
from typing import NamedTuple


class Answer(NamedTuple):
    """Status, head and body of one answer."""

    status: int
    head: bytes
    body: bytes

    def header(self, name: str) -> str:
        """A header's value, or "" where it is absent."""
        wanted = name.lower().encode() + b":"
        for row in self.head.split(b"\r\n")[1:]:
            if row.lower().startswith(wanted):
                return row[len(wanted) :].strip().decode()
        return ""


class Wire:
    """One connection. Raises OSError when the server is gone; the next `ask` connects again."""

    def __init__(self, port: int, host: str = "127.0.0.1", timeout: float = 30.0) -> None:
        self.address = (host, port)
        self.timeout = timeout
        self._socket: socket.socket | None = None
        self._rest = b""

    def ask(self, request: bytes) -> Answer:
        """Send a whole request and read its answer.

        A connection that the server closed while it was idle is opened once more; an answer that
        breaks off is an error, since the server may have done the work.
        """
        fresh = self._socket is None
        try:
            return self._exchange(request)
        except _NothingCame:
            self.close()
            if fresh:
                raise
        except BaseException:
            self.close()
            raise
        return self._exchange(request)

    def close(self) -> None:
        """Close the connection, if it is open."""
        if self._socket is not None:
            self._socket.close()
        self._socket, self._rest = None, b""

    def _exchange(self, request: bytes) -> Answer:
        if self._socket is None:
            self._socket = socket.create_connection(self.address, self.timeout)
            self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        try:
            self._socket.sendall(request)
        except (BrokenPipeError, ConnectionResetError) as error:
            raise _NothingCame from error
        head = self._head()
        status = int(head[9:12])
        length = _length(head, status)
        while len(self._rest) < length:
            self._rest += self._more()
        body, self._rest = self._rest[:length], self._rest[length:]
        if b"connection: close" in head.lower():
            self.close()
        return Answer(status, head, body)

    def _head(self) -> bytes:
        while b"\r\n\r\n" not in self._rest:
            nothing_yet = not self._rest
            try:
                self._rest += self._more()
            except ConnectionError as error:
                if nothing_yet:
                    raise _NothingCame from error
                raise
        head, _gap, self._rest = self._rest.partition(b"\r\n\r\n")
        return head

    def _more(self) -> bytes:
        assert self._socket is not None
        part = self._socket.recv(262_144)
        if not part:
            raise ConnectionResetError("the server closed the connection")
        return part


class _NothingCame(ConnectionError):
    """The connection ended before the first byte of an answer."""


def _length(head: bytes, status: int) -> int:
    if status == 204 or status == 304:
        return 0
    for row in head.split(b"\r\n"):
        if row[:15].lower() == b"content-length:":
            return int(row[15:])
    raise ConnectionError("an answer without a length")
