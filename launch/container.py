"""What a container runs: `python -m launch.container web | worker | beat | prepare | ...`.

The same programs with the same flags as under `./dev` (`launch/programs.py`); the servers are
containers of their own, and everything else comes from the environment (docs/operations.md).
"""

import argparse
import os
import subprocess
import sys
import time
import urllib.request
from pathlib import Path
from urllib.parse import unquote, urlsplit

import psycopg

from launch import backup, roles
from launch.programs import STANDARD, standard_argv, web_threads

ROOT = Path(__file__).resolve().parent.parent
BACKUPS = Path("/srv/backups")
URLS = {
    roles.OWNER: "DATABASE_OWNER_URL",
    roles.APP: "DATABASE_URL",
    roles.WORKER: "DATABASE_WORKER_URL",
}
# Real seconds without a sign of the recount after which worker and beat count as ill.
SILENCE = 60.0


def run_program(arguments: argparse.Namespace) -> int:
    """Become web, worker or beat: signals reach it directly."""
    size = {"web": "WEB_WORKERS", "worker": "WORKER_PROCESSES"}.get(arguments.command, "")
    argv = standard_argv(
        arguments.command,
        bind="0.0.0.0:8000",  # noqa: S104 - the container's own network
        workers=int(os.environ.get(size) or 2),
        threads=web_threads(),
    )
    os.chdir(ROOT)
    os.execv(argv[0], argv)  # noqa: S606


def prepare(arguments: argparse.Namespace) -> int:
    """Roles, database, extensions (with SUPERUSER_URL), then the schema as the owner."""
    if admin_url := os.environ.get("SUPERUSER_URL"):
        owner_url = os.environ["DATABASE_OWNER_URL"]
        roles.prepare(admin_url, roles.database_name(owner_url), _passwords(), fresh=False)
        roles.grant_defaults(owner_url)
    return _manage("migrate", "--no-input")


def _passwords() -> dict[str, str]:
    """Each role's password, out of the addresses that the services will use."""
    return {role: unquote(urlsplit(os.environ[name]).password or "") for role, name in URLS.items()}


def manage(arguments: argparse.Namespace) -> int:
    """Run one management command with this container's account."""
    return _manage(*arguments.arguments)


def _manage(*command: str) -> int:
    return subprocess.run([sys.executable, "manage.py", *command], cwd=ROOT).returncode


def back_up(arguments: argparse.Namespace) -> int:
    """Dump once, or with --daily-at every day; at the start too if the last one is a day old."""
    url = os.environ["DATABASE_OWNER_URL"]
    age = backup.newest_age(arguments.to)
    due = not arguments.daily_at or age is None or age > backup.DAY
    while True:
        if due:
            kept = backup.take(url, arguments.to, keep=arguments.keep)
            print(f"backup: {kept}", flush=True)
        if not arguments.daily_at:
            return 0
        time.sleep(backup.seconds_until(arguments.daily_at))
        due = True


def restore(arguments: argparse.Namespace) -> int:
    """Put a backup in the place of the database."""
    done = backup.restore(
        arguments.file,
        admin_url=os.environ["SUPERUSER_URL"],
        database=roles.database_name(os.environ["DATABASE_OWNER_URL"]),
        passwords=_passwords(),
        replace=arguments.replace,
    )
    print(done.line(), flush=True)
    return 1 if done.differences else 0


def healthy(arguments: argparse.Namespace) -> int:
    """0 if the program of this container works, for the container's health check."""
    if arguments.program == "web":
        request = urllib.request.Request(  # noqa: S310 - this very container
            "http://127.0.0.1:8000/health/", headers={"Host": "localhost"}
        )
        with urllib.request.urlopen(request, timeout=5) as answer:  # noqa: S310
            return 0 if answer.status == 200 else 1
    if arguments.program == "backup":
        age = backup.newest_age(BACKUPS)
        return 0 if age is not None and age < backup.DAY * 1.1 else 1
    with psycopg.connect(os.environ["DATABASE_WORKER_URL"], connect_timeout=4) as link:
        row = link.execute(
            "SELECT EXTRACT(EPOCH FROM clock_timestamp() - beaten_at) FROM progress_heartbeat"
        ).fetchone()
    return 0 if row and row[0] < SILENCE else 1


def parse(argv: list[str]) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="python -m launch.container")
    commands = parser.add_subparsers(required=True, dest="command")
    for name in STANDARD:
        commands.add_parser(name).set_defaults(run=run_program)
    commands.add_parser("prepare", help=prepare.__doc__).set_defaults(run=prepare)
    command = commands.add_parser("manage", help=manage.__doc__)
    command.add_argument("arguments", nargs=argparse.REMAINDER)
    command.set_defaults(run=manage)
    command = commands.add_parser("backup", help=back_up.__doc__)
    command.add_argument("--to", type=Path, default=BACKUPS)
    command.add_argument("--keep", type=int, default=14, help="how many dumps stay")
    command.add_argument("--daily-at", type=backup.hour_of_day, help="HH:MM in Shanghai")
    command.set_defaults(run=back_up)
    command = commands.add_parser("restore", help=restore.__doc__)
    command.add_argument("file", type=Path)
    command.add_argument("--replace", action="store_true", help="what is there now is lost")
    command.set_defaults(run=restore)
    command = commands.add_parser("healthy", help=healthy.__doc__)
    command.add_argument("program", choices=[*STANDARD, "backup"])
    command.set_defaults(run=healthy)
    return parser.parse_args(argv)


def main() -> int:
    """Run one command; its exit code."""
    arguments = parse(sys.argv[1:])
    try:
        code: int = arguments.run(arguments)
    except (backup.Unusable, OSError, psycopg.Error) as problem:
        # The kind only: a driver's text may hold an address with its password.
        text = str(problem) if isinstance(problem, backup.Unusable) else type(problem).__name__
        print(f"{arguments.command}: {text}", file=sys.stderr)
        return 1
    return code


if __name__ == "__main__":
    sys.exit(main())
