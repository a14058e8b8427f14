"""Launch the embedded Valkey. It holds doorbells only: losing all of it loses nothing."""

import os
import signal
import socket
import subprocess
import time
from pathlib import Path
from urllib.parse import quote

from launch import binaries
from launch.process import open_log, spawn


class Valkey:
    """One Valkey on 127.0.0.1 with its append-only file in `folder`."""

    name = "valkey"

    def __init__(self, folder: Path, port: int, password: str, logs: Path) -> None:
        self.folder, self.port, self.password, self.logs = folder, port, password, logs
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """Address with password, for REDIS_URL."""
        return f"redis://:{quote(self.password, safe='')}@127.0.0.1:{self.port}/0"

    def start(self, timeout: float = 20.0) -> None:
        """Start and wait until it answers. Raises RuntimeError if it does not."""
        self.folder.mkdir(parents=True, exist_ok=True)
        # The configuration goes through standard input: a password among the arguments could be
        # read by everybody on the machine.
        config = (
            f"bind 127.0.0.1\nprotected-mode yes\nport {self.port}\ndir {_quoted(self.folder)}\n"
            f"requirepass {self.password}\nappendonly yes\nappendfsync everysec\n"
            'save ""\nmaxmemory 256mb\nmaxmemory-policy noeviction\nloglevel warning\n'
        )
        with open_log(self.logs, self.name) as log:
            self.process = spawn(
                [str(binaries.valkey_server()), "-"],
                env={"PATH": os.defpath},
                log=log,
                cwd=self.folder,
                stdin=subprocess.PIPE,
            )
        assert self.process.stdin is not None
        self.process.stdin.write(config.encode())
        self.process.stdin.close()
        deadline = time.monotonic() + timeout
        while not self._answers():
            if self.process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"Valkey did not start; see {self.logs / 'valkey.log'}")
            time.sleep(0.02)

    def _answers(self) -> bool:
        try:
            with socket.create_connection(("127.0.0.1", self.port), timeout=1) as wire:
                wire.sendall(f"AUTH {self.password}\r\nPING\r\n".encode())
                answer = b""
                while answer.count(b"\r\n") < 2:
                    part = wire.recv(100)
                    if not part:
                        return False
                    answer += part
        except OSError:
            return False
        return b"+PONG" in answer

    def stop(self, timeout: float = 10.0) -> None:
        """Stop cleanly, by force after `timeout` seconds."""
        if self.process is None:
            return
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGCONT)
            self.process.terminate()
            try:
                self.process.wait(timeout)
            except subprocess.TimeoutExpired:
                self.process.kill()
        self.process.wait()


def _quoted(path: Path) -> str:
    return '"' + str(path).replace("\\", "\\\\").replace('"', '\\"') + '"'
