"""The web server: `python -m launch.web --bind ADDRESS:PORT --workers N --threads N`.

Each of N processes answers in so many threads; connections wait outside of Python (granian), so
that a thousand devices which keep theirs open cost nothing. A process that dies is replaced, and
none outlives this one.
"""

from __future__ import annotations

import argparse
import importlib
import os
import shutil
import signal
import tempfile
from collections.abc import Callable
from typing import Any

from granian.constants import Interfaces
from granian.http import HTTP1Settings
from granian.log import LogLevels
from granian.server import Server

from launch.process import die_with_parent

APPLICATION = "config.wsgi:application"
STOP_SECONDS = 5
# Threads keep their connection to the database: none is let go for a quiet minute.
IDLE_SECONDS = 600
HEADER_BYTES = 32_768
# An idle connection is closed after this long; whoever stands in front must close it earlier.
KEEP_SECONDS = 30


def main() -> None:
    """Serve until told to stop."""
    options = _options()
    host, _colon, port = options.bind.rpartition(":")
    folder = _metrics_folder()
    # Read when prometheus_client is imported, which each process does by itself.
    os.environ["PROMETHEUS_MULTIPROC_DIR"] = folder
    server = Server(
        options.application,
        address=host,
        port=int(port),
        interface=Interfaces.WSGI,
        workers=options.workers,
        blocking_threads=options.threads,
        blocking_threads_idle_timeout=IDLE_SECONDS,
        websockets=False,
        http1_settings=HTTP1Settings(
            header_read_timeout=KEEP_SECONDS * 1000, max_buffer_size=HEADER_BYTES
        ),
        log_level=LogLevels.warning,
        log_dictconfig=_log_config(),
        respawn_failed_workers=True,
        workers_kill_timeout=STOP_SECONDS,
    )
    die = die_with_parent(signal.SIGTERM)
    try:
        server.serve(target_loader=lambda target: _load(target, die))
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="launch.web")
    parser.add_argument("--bind", required=True)
    parser.add_argument("--workers", type=int, required=True)
    parser.add_argument("--threads", type=int, required=True)
    parser.add_argument("--application", default=APPLICATION)
    return parser.parse_args()


def _load(target: str, die: Callable[[], None]) -> Any:
    """The application, in its process; it goes when the process that started it goes."""
    die()
    module, _colon, name = target.partition(":")
    return getattr(importlib.import_module(module), name)


def _metrics_folder() -> str:
    """Where the processes of this start keep their counts; emptied, for counts begin anew."""
    data = os.environ.get("JINJIAN_DATA")
    chosen = os.environ.get("PROMETHEUS_MULTIPROC_DIR") or (data and f"{data}/run/metrics")
    if not chosen:
        return tempfile.mkdtemp(prefix="jinjian-metrics-")
    shutil.rmtree(chosen, ignore_errors=True)
    os.makedirs(chosen, exist_ok=True)
    return chosen


def _log_config() -> dict[str, Any]:
    """The server's own words, in the form of ours."""
    if os.environ.get("LOG_FORMAT", "json" if os.environ.get("PRODUCTION") else "plain") != "json":
        return {}
    own = {"handlers": ["console"], "level": "INFO", "propagate": False}
    return {
        "formatters": {"json": {"()": "core.logs.JsonLines"}},
        "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "json"}},
        "root": {"handlers": ["console"], "level": "INFO"},
        "loggers": {"_granian": own},
    }


if __name__ == "__main__":
    main()
