"""How gunicorn runs us: one folder for the metrics of all its processes, and our log lines.

`launch/programs.py` gives the rest on the command line.
"""

import os
import shutil
import tempfile
from typing import Any


def _metrics_folder() -> str:
    """Where the processes of this start keep their counts; emptied, for counts begin anew."""
    data = os.environ.get("JINJIAN_DATA")
    chosen = os.environ.get("PROMETHEUS_MULTIPROC_DIR") or (data and f"{data}/run/metrics")
    if not chosen:
        return tempfile.mkdtemp(prefix="jinjian-metrics-")
    shutil.rmtree(chosen, ignore_errors=True)
    os.makedirs(chosen, exist_ok=True)
    return chosen


# Read when prometheus_client is imported, which each worker does after its fork.
os.environ["PROMETHEUS_MULTIPROC_DIR"] = _folder = _metrics_folder()
_master = os.getpid()

if os.environ.get("LOG_FORMAT", "json" if os.environ.get("PRODUCTION") else "plain") == "json":
    logconfig_dict: dict[str, Any] = {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"json": {"()": "core.logs.JsonLines"}},
        "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "json"}},
        "root": {"handlers": ["console"], "level": "INFO"},
        "loggers": {
            "gunicorn.error": {"handlers": ["console"], "level": "INFO", "propagate": False},
            "gunicorn.access": {"handlers": [], "level": "ERROR", "propagate": False},
        },
    }


def child_exit(server: Any, worker: Any) -> None:
    """A process has gone: what it counted stays, what it was holding does not."""
    from prometheus_client import multiprocess

    multiprocess.mark_process_dead(worker.pid)


def on_exit(server: Any) -> None:
    """The last one clears up."""
    if os.getpid() == _master:
        shutil.rmtree(_folder, ignore_errors=True)
