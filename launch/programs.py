"""The command lines of the three standard programs."""

import os
import sys

# Program -> the database account that it uses.
STANDARD = {"web": "web", "worker": "worker", "beat": "worker"}


def web_threads() -> int:
    """Threads of each web process: WEB_THREADS, else eight. Its connections follow from them."""
    return int(os.environ.get("WEB_THREADS") or 8)


def standard_argv(name: str, *, bind: str, workers: int, threads: int) -> list[str]:
    """Give the command line of web, worker or beat. Raises ValueError for anything else.

    `workers` are the processes of web or worker, `threads` those of each web process.
    """
    python = [sys.executable, "-m"]
    celery = [*python, "celery", "--quiet", "-A", "config.celery"]
    if name == "web":
        size = ["--workers", str(workers), "--threads", str(threads)]
        return [*python, "launch.web", "--bind", bind, *size]
    if name == "worker":
        return [
            *(*celery, "worker", "--pool", "prefork", "--concurrency", str(workers)),
            *("--without-gossip", "--without-mingle", "--without-heartbeat"),
            *("--loglevel", "warning"),
        ]
    if name == "beat":
        # A pid file left by kill -9 would be a refusal to start: none is written.
        return [*celery, "beat", "--pidfile", "", "--loglevel", "warning"]
    raise ValueError(f"{name} needs an argv")
