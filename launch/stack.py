"""A whole installation on one machine: servers, database, web, worker, beat.

with Stack("var") as stack:
    stack.start_servers()
    stack.migrate()
    stack.start("web")
    stack.start("worker")
    stack.start("beat")
    stack.wait_http()
    stack.wait()
"""

import fcntl
import os
import signal
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import FrameType, TracebackType
from typing import IO, Any
from urllib.parse import urlsplit

from launch import migrated, roles
from launch.keys import ROLES, KeyRing
from launch.ports import PortBook
from launch.postgres import THROWAWAY_SETTINGS, Postgres
from launch.process import descendants, open_log, spawn
from launch.programs import STANDARD, standard_argv, web_threads
from launch.supervisor import Child, Supervisor
from launch.valkey import Valkey

ROOT = Path(__file__).resolve().parent.parent


class Busy(RuntimeError):
    """Another supervisor holds this data folder."""


class Stack:
    """One data folder and everything that runs on it. Use it as a context manager.

    data      folder for databases, logs, secrets (JINJIAN_DATA, else `var` in the checkout)
    fsync     False only for data that may be lost with the machine's power
    database  name of the database; on a server of the user's own it keeps runs apart
    fresh     drop and make the database anew
    """

    def __init__(
        self,
        data: str | Path | None = None,
        *,
        fsync: bool = True,
        database: str | None = None,
        fresh: bool = False,
        postgres_settings: Mapping[str, str] | None = None,
        web_host: str = "127.0.0.1",
        web_port: int | None = 8000,
        say: Callable[[str], None] | None = None,
    ) -> None:
        self.data = Path(data or os.environ.get("JINJIAN_DATA") or ROOT / "var").resolve()
        self.logs = self.data / "log"
        self.fsync, self.fresh = fsync, fresh
        self.web_host = web_host
        self.say = say or (lambda text: print(text, file=sys.stderr, flush=True))
        self._postgres_settings = dict(postgres_settings or {})
        self._wished_web_port = web_port
        self._given_database_url = os.environ.get("DATABASE_URL") or None
        self._given_redis_url = os.environ.get("REDIS_URL") or None
        given_name = roles.database_name(self._given_database_url or "")
        self.database = database or (
            given_name if given_name not in {"", "postgres"} else "jinjian"
        )
        self.supervisor = Supervisor(self.say)
        self.admin_url = self._given_database_url or ""
        self.redis_url = self._given_redis_url or ""
        self.extra_env: dict[str, str] = {}
        self._lock: IO[str] | None = None
        self._before_term: Any = None
        self._urls: dict[str, str] = {}

    # --- life -------------------------------------------------------------------------------

    def __enter__(self) -> "Stack":
        (self.data / "run").mkdir(parents=True, exist_ok=True)
        self._lock = (self.data / "run" / "lock").open("a+")
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            self._lock.close()
            raise Busy(f"{self.data} is in use by another ./dev; stop that one first") from None
        if threading.current_thread() is threading.main_thread():
            # SIGTERM leaves through `with`, as Ctrl-C does.
            self._before_term = signal.signal(signal.SIGTERM, _leave)
        self._open_books()
        for name, wish in (("web", self._wished_web_port), ("postgres", None), ("valkey", None)):
            self.ports.choose(name, wish)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()
        if self._before_term is not None:
            signal.signal(signal.SIGTERM, self._before_term)
        if self._lock:
            self._lock.close()

    def start_servers(self) -> None:
        """Start PostgreSQL and Valkey (unless given from outside), make roles and database."""
        if not self._given_redis_url:
            valkey = self._valkey()
            self.redis_url = valkey.url
            self._supervise_server(valkey)
        if not self._given_database_url:
            postgres = self._postgres()
            self.admin_url = postgres.url
            self._supervise_server(postgres)
        self._make_roles()
        self._address(self.role_passwords())

    def attach(self) -> "Stack":
        """Use the servers that another supervisor runs in this folder, to look or to manage.

        Instead of `with`: nothing is locked, started or stopped.
        """
        self._open_books()
        if not self._given_database_url:
            self.admin_url = self._postgres().url
        if not self._given_redis_url:
            self.redis_url = self._valkey().url
        self._address(self.role_passwords())
        return self

    def _open_books(self) -> None:
        self.keys = KeyRing(self.data / "secrets.json")
        self.ports = PortBook(self.data / "run" / "ports.json")

    def _make_roles(self) -> None:
        """The three roles and the database, empty where it is to be fresh."""
        passwords = self.role_passwords()
        roles.prepare(self.admin_url, self.database, passwords, fresh=self.fresh)

    def role_passwords(self) -> dict[str, str]:
        """The password of each database role."""
        seed = urlsplit(self._given_database_url or "").password
        return {role: self.keys.role_password(role, seed) for role in ROLES}

    def _address(self, passwords: Mapping[str, str]) -> None:
        home = roles.with_database(self.admin_url, self.database)
        self._urls = {role: roles.with_account(home, role, passwords[role]) for role in ROLES}

    def url_of(self, role: str) -> str:
        """The database's address with the account of `role` (one of `launch.keys.ROLES`)."""
        return self._urls[role]

    def _postgres(self) -> Postgres:
        return Postgres(
            self.data / "postgres",
            self.ports["postgres"],
            self.keys.values["POSTGRES_PASSWORD"],
            self.logs,
            settings=self._postgres_settings | ({} if self.fsync else THROWAWAY_SETTINGS),
        )

    def _valkey(self) -> Valkey:
        return Valkey(
            self.data / "valkey",
            self.ports["valkey"],
            self.keys.values["VALKEY_PASSWORD"],
            self.logs,
        )

    def _supervise_server(self, server: Postgres | Valkey) -> None:
        def start() -> subprocess.Popen[bytes]:
            server.start()
            assert server.process is not None
            return server.process

        self.supervisor.add(Child(server.name, start, lambda process: server.stop()))

    def stop(self, name: str | None = None) -> None:
        """Stop one child, or all of them, the youngest first."""
        if name:
            self.supervisor.stop(name)
        else:
            self.supervisor.stop_all()

    def wait(self, seconds: float | None = None) -> None:
        """Block until Ctrl-C, SIGTERM, or `seconds` have passed."""
        done = threading.Event()

        def leave(number: int, frame: FrameType | None) -> None:
            done.set()

        before = {sig: signal.signal(sig, leave) for sig in (signal.SIGINT, signal.SIGTERM)}
        try:
            done.wait(seconds)
        finally:
            for sig, handler in before.items():
                signal.signal(sig, handler)

    # --- environment ------------------------------------------------------------------------

    @property
    def web_port(self) -> int:
        """The port of the pages."""
        return self.ports["web"]

    @property
    def url(self) -> str:
        """Where the pages are, seen from this machine."""
        return f"http://127.0.0.1:{self.web_port}"

    @property
    def env(self) -> dict[str, str]:
        """The environment of children (role web; see `env_for`)."""
        return self.env_for("web")

    def env_for(self, role: str) -> dict[str, str]:
        """The environment of a child that uses the database as `role`: web, worker or owner."""
        owner, app, worker = ROLES
        env = dict(os.environ)
        env.pop("PYTHONDONTWRITEBYTECODE", None)
        env |= {
            "PATH": f"{Path(sys.executable).parent}:{os.environ.get('PATH', os.defpath)}",
            "DJANGO_SETTINGS_MODULE": "config.settings",
            "PYTHONPATH": str(ROOT),
            "PYTHONUNBUFFERED": "1",
            "JINJIAN_ROLE": role,
            "JINJIAN_DATA": str(self.data),
            "DATABASE_URL": self._urls.get(app, ""),
            "DATABASE_OWNER_URL": self._urls.get(owner, ""),
            "DATABASE_WORKER_URL": self._urls.get(worker, ""),
            "REDIS_URL": self.redis_url,
            "BEAT_SCHEDULE": str(self.data / "run" / "beat-schedule"),
        }
        for name in ("SECRET_KEY", "FIELD_KEY", "INDEX_KEY"):
            env[name] = os.environ.get(name) or self.keys.values[name]
        env.setdefault("PUBLIC_URL", self.url)
        return env | self.extra_env

    # --- programs ---------------------------------------------------------------------------

    def manage(
        self, *args: str, role: str = "owner", **options: Any
    ) -> subprocess.CompletedProcess[Any]:
        """Run `manage.py` with `args` to its end. Raises CalledProcessError if it fails."""
        options.setdefault("check", True)
        argv = [sys.executable, str(ROOT / "manage.py"), *args]
        return subprocess.run(argv, env=self.env_for(role), cwd=ROOT, **options)

    def migrate(self) -> None:
        """Bring the schema up to date, as the owner; a database made anew takes a kept copy."""
        if not self.fresh:
            self._run_migrations()
            return
        migrated.fill(
            self.url_of(roles.OWNER), empty=self._make_roles, migrate=self._run_migrations
        )

    def _run_migrations(self) -> None:
        roles.grant_defaults(self.url_of(roles.OWNER))
        self.manage("migrate", "--verbosity=0", "--no-input")

    def start(
        self,
        name: str,
        argv: Sequence[str] | None = None,
        *,
        role: str | None = None,
        env: Mapping[str, str] | None = None,
        restart: str | None = None,
        workers: int = 2,
    ) -> None:
        """Start and supervise a program.

        `web`, `worker` and `beat` need no `argv`; `workers` are the processes of web
        or worker, and WEB_THREADS the threads of each of the web's. Anything else runs `argv`
        with the environment of `role` (web) and is restarted only when it fails, unless
        `restart` ("always", "failure", "never") says otherwise. Output goes to log/<name>.log.
        """
        standard = name in STANDARD
        bind = f"{self.web_host}:{self.web_port}"
        threads = web_threads()
        command = list(argv or standard_argv(name, bind=bind, workers=workers, threads=threads))
        role = role or STANDARD.get(name, "web")
        settings = self.env_for(role) | {"WEB_THREADS": str(threads)} | dict(env or {})

        def launch() -> subprocess.Popen[bytes]:
            with open_log(self.logs, name) as log:
                return spawn(command, env=settings, log=log, cwd=ROOT)

        policy = restart or ("always" if standard else "failure")
        self.supervisor.add(Child(name, launch, _terminate, restart=policy))

    # --- looking at children, and hurting them ----------------------------------------------

    def pids(self, name: str) -> list[int]:
        """The child's process and all below it, parents first; empty when it is not running."""
        child = self.supervisor.children[name]
        if child.process is None or child.process.poll() is not None:
            return []
        return descendants(child.process.pid)

    def kill(self, name: str, sig: int = signal.SIGKILL, *, everything: bool = False) -> None:
        """Signal a child's main process, or with `everything` all processes below it too."""
        pids = self.pids(name)
        for pid in pids if everything else pids[:1]:
            try:
                os.kill(pid, sig)
            except ProcessLookupError:
                pass

    def restarts(self, name: str) -> int:
        """How often the supervisor has started this child again."""
        return self.supervisor.children[name].restarts

    def ended(self, name: str, timeout: float | None = None) -> int | None:
        """Wait for a child that is not restarted; its exit code, or None at the timeout."""
        child = self.supervisor.children[name]
        if not child.ended.wait(timeout) or child.process is None:
            return None
        return child.process.returncode

    def wait_http(self, path: str = "/health/", timeout: float = 60.0) -> float:
        """Wait until the web answers `path` with less than 500; seconds that took.

        Raises RuntimeError at the timeout.
        """
        began = time.monotonic()
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        while time.monotonic() - began < timeout:
            try:
                with opener.open(self.url + path, timeout=5):
                    return time.monotonic() - began
            except urllib.error.HTTPError as exc:
                if exc.code < 500:
                    return time.monotonic() - began
            except OSError:
                pass
            time.sleep(0.1)
        raise RuntimeError(f"no answer from {self.url}{path}; see {self.logs / 'web.log'}")


def _leave(number: int, frame: FrameType | None) -> None:
    raise SystemExit(128 + number)


def _terminate(process: subprocess.Popen[bytes], timeout: float = 12.0) -> None:
    if process.poll() is None:
        process.send_signal(signal.SIGCONT)
        process.terminate()
        try:
            process.wait(timeout)
        except subprocess.TimeoutExpired:
            process.kill()
    process.wait()
