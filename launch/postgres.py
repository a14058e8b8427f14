"""Launch the embedded PostgreSQL: as root, as an ordinary user, and right after kill -9."""

import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from urllib.parse import quote

from launch import binaries
from launch.guise import Guise, choose_guise
from launch.process import command_of, open_log, spawn, state_of

SUPERUSER = "postgres"
# For two cores and a laptop's memory. JIT costs more than our short queries take. Failing
# statements are logged without their text and details: those may hold personal data.
DEMO_SETTINGS = {
    "shared_buffers": "384MB",
    "effective_cache_size": "2GB",
    "work_mem": "16MB",
    "maintenance_work_mem": "128MB",
    "max_connections": "80",
    "max_wal_size": "2GB",
    "checkpoint_timeout": "15min",
    "jit": "off",
    "random_page_cost": "1.1",
    "autovacuum_naptime": "15s",
    "autovacuum_vacuum_cost_delay": "0",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_min_messages": "warning",
    "log_min_error_statement": "panic",
    "log_error_verbosity": "terse",
    "log_checkpoints": "off",
}
# For data that dies with the run. Never for the demo: a power cut would corrupt it.
THROWAWAY_SETTINGS = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
}


class Postgres:
    """One PostgreSQL on 127.0.0.1 whose cluster lies in `folder`."""

    name = "postgres"

    def __init__(
        self,
        folder: Path,
        port: int,
        password: str,
        logs: Path,
        *,
        settings: Mapping[str, str] | None = None,
    ) -> None:
        self.folder, self.port, self.password, self.logs = folder, port, password, logs
        self.settings = DEMO_SETTINGS | dict(settings or {})
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """Address of the superuser's account."""
        password = quote(self.password, safe="")
        return f"postgresql://{SUPERUSER}:{password}@127.0.0.1:{self.port}/postgres"

    @cached_property
    def bin(self) -> Path:
        """Folder of the server's programs."""
        return binaries.postgres_bin()

    @cached_property
    def version(self) -> int:
        """Major version."""
        out = subprocess.run(
            [self.bin / "postgres", "--version"], capture_output=True, text=True, check=True
        )
        return int(out.stdout.split()[2].split(".")[0])

    @cached_property
    def guise(self) -> Guise:
        """The account under which the server runs, since it refuses to run as root."""
        self.folder.parent.mkdir(parents=True, exist_ok=True)
        return choose_guise(self.folder, self.bin)

    def start(self, timeout: float = 60.0) -> None:
        """Make the cluster if there is none, start, and wait until it answers.

        Tried again until `timeout` seconds have gone: just after kill -9 the old server's
        children may still hold its memory. Raises RuntimeError with the log's place.
        """
        if not (self.folder / "PG_VERSION").exists():
            self._make_cluster()
        deadline = time.monotonic() + timeout
        self._await_leaving_server(deadline)
        while True:
            self._spawn()
            if self._became_ready(deadline):
                return
            if time.monotonic() > deadline:
                raise RuntimeError(f"PostgreSQL did not start; see {self.logs / 'postgres.log'}")
            time.sleep(0.2)

    def _make_cluster(self) -> None:
        if self.folder.exists():  # an initdb that was cut off
            shutil.rmtree(self.folder)
        self.folder.mkdir(parents=True, mode=0o700)
        self.guise.give(self.folder)
        provider = ["--locale-provider=libc", "--locale=C.UTF-8"]
        if self.version >= 17:  # the same order of text on every platform
            provider = ["--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C"]
        descriptor, name = tempfile.mkstemp(dir=self.folder.parent, prefix="password-")
        secret = Path(name)
        try:
            with os.fdopen(descriptor, "w") as stream:
                stream.write(self.password)
            self.guise.give(secret)
            argv = [str(self.bin / "initdb"), "-D", str(self.folder), "-U", SUPERUSER]
            argv += ["--encoding=UTF8", *provider, "--auth=scram-sha-256", f"--pwfile={secret}"]
            argv += ["--data-checksums", "--no-instructions"]
            argv += [] if self.settings.get("fsync", "on") == "on" else ["--no-sync"]
            done = subprocess.run(
                self.guise.prefix + argv,
                env=_environment(),
                cwd="/",
                capture_output=True,
                text=True,
                **self.guise.options,
            )
        finally:
            secret.unlink(missing_ok=True)
        if done.returncode:
            shutil.rmtree(self.folder, ignore_errors=True)
            raise RuntimeError(
                f"initdb failed: {done.stderr.strip()}\n"
                "If this machine does not allow it, set DATABASE_URL to another server."
            )

    def _spawn(self) -> None:
        argv = [str(self.bin / "postgres"), "-D", str(self.folder), "-p", str(self.port)]
        argv += ["-h", "127.0.0.1", "-k", ""]
        for name, value in self.settings.items():
            argv += ["-c", f"{name}={value}"]
        env = _environment()
        # A stale pid file that names a live stranger (or a zombie) makes the server refuse. It
        # trusts us that its "grandparent" is no server; deleting the file would be a guess.
        if held := self._held_pid():
            env["PG_GRANDPARENT_PID"] = str(held)
        with open_log(self.logs, self.name) as log:
            self.process = spawn(
                self.guise.prefix + argv,
                env=env,
                log=log,
                cwd="/",
                death_signal=signal.SIGINT,
                **self.guise.options,
            )

    def _became_ready(self, deadline: float) -> bool:
        assert self.process is not None
        probe = [str(self.bin / "pg_isready"), "-q", "-h", "127.0.0.1", "-p", str(self.port)]
        while self.process.poll() is None:
            if subprocess.run(probe, env=_environment(), cwd="/").returncode == 0:
                return True
            if time.monotonic() > deadline:
                self.stop(5)
                return False
            time.sleep(0.03)
        return False

    def _held_pid(self) -> int | None:
        """Give the live process that the pid file names, if any."""
        try:
            pid = int((self.folder / "postmaster.pid").read_text().split("\n")[0])
        except (OSError, ValueError):
            return None
        return pid if state_of(pid) else None

    def _await_leaving_server(self, deadline: float) -> None:
        """Wait for the server of a supervisor that was just killed: it is shutting down."""
        while (pid := self._held_pid()) and time.monotonic() < deadline:
            if state_of(pid) == "Z" or str(self.folder) not in command_of(pid):
                return
            os.kill(pid, signal.SIGINT)
            time.sleep(0.2)

    def stop(self, timeout: float = 30.0) -> None:
        """Stop cleanly: roll back what runs, write a checkpoint, go."""
        if self.process is None:
            return
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGCONT)
            self.process.send_signal(signal.SIGINT)
            try:
                self.process.wait(timeout)
            except subprocess.TimeoutExpired:
                self.process.send_signal(signal.SIGQUIT)
        self.process.wait()


def _environment() -> dict[str, str]:
    # Nothing of the caller's: LANG would choose messages, PG* variables would redirect clients.
    return {"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC"}
