"""`./dev check`: everything that can be said about the code without running a test."""

import os
import subprocess
import sys
import time
from dataclasses import dataclass

from launch.stack import ROOT

PYTHON = [sys.executable, "-m"]
MANAGE = [sys.executable, "manage.py"]
STEPS = {
    # The slowest one first: the others run beside it on the second core.
    "types": [*PYTHON, "mypy", "."],
    "format": [*PYTHON, "ruff", "format", "--check", "--quiet", "."],
    "lint": [*PYTHON, "ruff", "check", "--quiet", "."],
    "templates lint": [*PYTHON, "djlint", "templates", "--lint", "--quiet"],
    "templates format": [*PYTHON, "djlint", "templates", "--check", "--quiet"],
    "django": [*MANAGE, "check", "--fail-level", "WARNING"],
    "migrations": [*MANAGE, "makemigrations", "--check", "--dry-run"],
    "translations": [*PYTHON, "launch.translations", "check"],
}


@dataclass
class Outcome:
    """One step's end: exit code, seconds, output."""

    code: int
    seconds: float
    output: str


def run(argv: list[str]) -> "subprocess.Popen[str]":
    """Start one step with the settings of a checkout without any server."""
    env = os.environ | {
        "JINJIAN_ROLE": "owner",
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "PYTHONWARNINGS": "ignore:Got an error checking a consistent migration history",
    }
    for name in ("DATABASE_URL", "DATABASE_OWNER_URL", "PRODUCTION"):
        env.pop(name, None)
    return subprocess.Popen(
        argv, cwd=ROOT, env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )


def main() -> int:
    """Run the steps named in the arguments, or all; 1 if any fails."""
    chosen = {name: argv for name, argv in STEPS.items() if name in (sys.argv[1:] or STEPS)}
    failed = []
    began = time.monotonic()
    waiting = list(chosen.items())
    first_name, first_argv = waiting.pop(0)
    first = run(first_argv)
    outcomes = []
    for name, argv in waiting:
        started = time.monotonic()
        step = run(argv)
        output, _ = step.communicate()
        outcomes.append((name, Outcome(step.returncode, time.monotonic() - started, output)))
    output, _ = first.communicate()
    outcomes.append((first_name, Outcome(first.returncode, time.monotonic() - began, output)))
    for name, outcome in outcomes:
        print(f"{'ok  ' if not outcome.code else 'FAIL'} {name} ({outcome.seconds:.1f} s)")
        if outcome.code:
            print(outcome.output.rstrip())
            failed.append(name)
    print(f"check: {len(failed)} of {len(outcomes)} failed in {time.monotonic() - began:.0f} s")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
