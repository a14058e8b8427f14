"""Command line: `python -m launch up | test COMMAND... | manage ARGS... | backup | restore`."""

import argparse
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import psycopg

from launch import backup
from launch.binaries import MissingServer
from launch.keys import ROLES
from launch.process import state_of
from launch.stack import ROOT, Busy, Stack


def up(arguments: argparse.Namespace) -> int:
    """Run the product without the demo's data set until Ctrl-C."""
    with Stack(web_host=arguments.host, web_port=arguments.port) as stack:
        if arguments.host != "127.0.0.1":
            stack.extra_env["ALLOWED_HOSTS"] = os.environ.get("ALLOWED_HOSTS", "*")
        stack.start_servers()
        stack.migrate()
        for name in ("web", "worker", "beat"):
            stack.start(name)
        stack.wait_http()
        print(f"Jinjian is at {stack.url} (Ctrl-C stops it; logs are in {stack.logs})", flush=True)
        stack.wait()
    return 0


def manage(arguments: argparse.Namespace) -> int:
    """Run manage.py on the data folder, beside a running ./dev or with servers of its own."""
    role = os.environ.get("JINJIAN_ROLE", "owner")
    try:
        with Stack() as stack:
            stack.start_servers()
            return stack.manage(*arguments.command, role=role, check=False).returncode
    except Busy:
        return Stack().attach().manage(*arguments.command, role=role, check=False).returncode


def back_up(arguments: argparse.Namespace) -> int:
    """Dump the data folder's database, beside a running ./dev or with servers of its own."""
    owner = ROLES[0]
    try:
        with Stack() as stack:
            stack.start_servers()
            dump = backup.take(stack.url_of(owner), _backups(stack, arguments), keep=arguments.keep)
    except Busy:
        stack = Stack().attach()
        dump = backup.take(stack.url_of(owner), _backups(stack, arguments), keep=arguments.keep)
    print(dump)
    return 0


def _backups(stack: Stack, arguments: argparse.Namespace) -> Path:
    return Path(arguments.to) if arguments.to else stack.data / "backups"


def restore(arguments: argparse.Namespace) -> int:
    """Put a dump in the place of the data folder's database; nothing else may run on it."""
    with Stack() as stack:
        stack.start_servers()
        done = backup.restore(
            Path(arguments.file),
            admin_url=stack.admin_url,
            database=stack.database,
            passwords=stack.role_passwords(),
            replace=arguments.replace,
        )
        stack.migrate()
    print(done.line())
    return 1 if done.differences else 0


def test(arguments: argparse.Namespace) -> int:
    """Run a command with throw-away servers, told about in TEST_SUPERUSER_URL and REDIS_URL."""
    home = ROOT / "var" / "test"
    _sweep(home)
    data = home / str(os.getpid())
    try:
        with Stack(data, fsync=False, postgres_settings={"shared_buffers": "128MB"}) as stack:
            stack.start_servers()
            env = stack.env | {
                "DJANGO_SETTINGS_MODULE": "config.settings_test",
                "TEST_SUPERUSER_URL": stack.admin_url,
                "TEST_RUN": str(data.name),
            }
            command = [shutil.which(arguments.command[0], path=env["PATH"]) or "false"]
            running = subprocess.Popen(command + arguments.command[1:], env=env, cwd=ROOT)
            # Ctrl-C reaches the command too; it says what it has found, then we clear up.
            signal.signal(signal.SIGINT, signal.SIG_IGN)
            signal.signal(signal.SIGTERM, lambda *_: running.terminate())
            return running.wait()
    finally:
        shutil.rmtree(data, ignore_errors=True)


def _sweep(home: Path) -> None:
    """Remove the folders of test runs that were killed."""
    for folder in home.glob("[0-9]*") if home.exists() else ():
        if not state_of(int(folder.name)):
            shutil.rmtree(folder, ignore_errors=True)


def main() -> int:
    """Read the arguments and run one command; its exit code."""
    parser = argparse.ArgumentParser(prog="./dev")
    commands = parser.add_subparsers(required=True)
    command = commands.add_parser("up", help="run web, worker and beat without demo data")
    command.add_argument("--host", default="127.0.0.1", help="address to listen on")
    command.add_argument("--port", type=int, default=8000, help="preferred port")
    command.set_defaults(run=up)
    command = commands.add_parser("backup", help=(back_up.__doc__ or "").splitlines()[0])
    command.add_argument("--to", help="folder (backups/ in the data folder)")
    command.add_argument("--keep", type=int, help="delete older dumps beyond so many")
    command.set_defaults(run=back_up)
    command = commands.add_parser("restore", help=(restore.__doc__ or "").splitlines()[0])
    command.add_argument("file", help="the .dump; its .json must lie beside it")
    command.add_argument("--replace", action="store_true", help="what is there now is lost")
    command.set_defaults(run=restore)
    for name, run in (("manage", manage), ("test", test)):
        command = commands.add_parser(name, help=(run.__doc__ or "").splitlines()[0])
        command.add_argument("command", nargs=argparse.REMAINDER)
        command.set_defaults(run=run)
    arguments = parser.parse_args()
    if getattr(arguments, "command", [""])[:1] == ["--"]:
        arguments.command = arguments.command[1:]
    try:
        code: int = arguments.run(arguments)
    except (Busy, MissingServer, RuntimeError) as exc:
        print(f"./dev: {exc}", file=sys.stderr)
        return 1
    except psycopg.OperationalError:
        # In our own words: a driver's text may hold an address with its password.
        print(
            "./dev: the database server does not answer, or refuses the account; see that it runs,"
            " and that DATABASE_URL is right where it is set",
            file=sys.stderr,
        )
        return 1
    except KeyboardInterrupt:
        return 130
    return code


if __name__ == "__main__":
    sys.exit(main())
