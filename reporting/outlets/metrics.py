"""/metrics/ in Prometheus' text form: counts of the requests, and the state of the work behind.

Only for the addresses in METRICS_ALLOW; for all others it does not exist. The state comes from the
database at the moment of asking, in one statement over small tables and totals that are kept
anyway, so the hot paths pay nothing for it. Nothing in it concerns a single person or street.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from functools import cache
from ipaddress import ip_address, ip_network
from typing import Any

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_safe
from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

from core.statements import run
from personnel.addresses import client_address
from reporting.outlets.health import NO_STORE, broker_state, heartbeat_age

# Name -> what it is, and the statement's column. Real time throughout.
STATE = {
    "marks_waiting": ("Cells marked for a recount", "SELECT count(*) FROM campaigns_mark"),
    "pending_events": (
        "Events that wait for their tube or swab",
        "SELECT count(*) FROM sites_pendingevent",
    ),
    "conflicts_open": (
        "Conflicts that wait for a person",
        "SELECT count(*) FROM sites_conflict WHERE decided_at IS NULL",
    ),
    "drift_findings": (
        "Cells that once differed from their facts (must stay 0)",
        "SELECT count(*) FROM progress_driftfinding",
    ),
    "import_runs_failed": (
        "Imports that ended in a failure of ours",
        "SELECT count(*) FROM core_importrun WHERE state = 'failed'",
    ),
    "swabs": (
        "Swabs in the totals of all rounds",
        "SELECT COALESCE(sum(swabs), 0) FROM progress_total WHERE kind = 'street'",
    ),
    "devices_heard": (
        "Devices heard in the last five minutes",
        """SELECT count(*) FROM personnel_device
           WHERE last_seen_at > clock_timestamp() - interval '5 minutes'""",
    ),
    # Not the age of the transaction itself, which PostgreSQL tells to its own account only.
    "feed_held_seconds": (
        "Age of the oldest stored change that no client gets yet: an older transaction still runs",
        """WITH RECURSIVE streams AS (
               (SELECT stream FROM outlets_change ORDER BY stream LIMIT 1)
               UNION ALL
               SELECT (SELECT c.stream FROM outlets_change c WHERE c.stream > s.stream
                       ORDER BY c.stream LIMIT 1)
               FROM streams s WHERE s.stream IS NOT NULL)
           SELECT COALESCE(extract(epoch FROM clock_timestamp() - min(held.at)), 0)
           FROM streams s CROSS JOIN LATERAL (
               SELECT min(c.at) AS at FROM outlets_change c WHERE c.stream = s.stream
               AND c.xid >= pg_snapshot_xmin(pg_current_snapshot())::text::bigint) held""",
    ),
    "database_connections": (
        "Connections to this database, all accounts",
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()",
    ),
    "database_connections_max": (
        "Connections that the server allows",
        "SELECT current_setting('max_connections')::int",
    ),
    "database_bytes": ("Size of the database", "SELECT pg_database_size(current_database())"),
}


@login_not_required
@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    """All metrics of this installation. 404 for an address that is not allowed to ask."""
    if not _may_ask(client_address(request)):
        raise Http404
    text = generate_latest(_requests()) + generate_latest(_state())
    return HttpResponse(text, content_type=CONTENT_TYPE_LATEST, headers=NO_STORE)


def _may_ask(address: str) -> bool:
    try:
        asking = ip_address(address)
    except ValueError:
        return False
    return any(asking in network for network in _networks(tuple(settings.METRICS_ALLOW)))


@cache
def _networks(allowed: tuple[str, ...]) -> list[Any]:
    return [ip_network(each, strict=False) for each in allowed]


def _requests() -> CollectorRegistry:
    """This process's counts, or under `launch.web` those of all its processes."""
    if "PROMETHEUS_MULTIPROC_DIR" not in os.environ:
        return REGISTRY
    registry = CollectorRegistry()
    MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    return registry


def _state() -> CollectorRegistry:
    registry = CollectorRegistry()
    registry.register(StateCollector())
    return registry


class StateCollector(Collector):
    """The state of the work, read when it is collected."""

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """One gauge for each line of `STATE`, and how long the recount has been silent."""
        yield from _gauges(zip(STATE, run(_statement(), [])[0], strict=True))
        age = heartbeat_age()
        if age is not None:
            yield _gauge("recount_silent_seconds", "Since the recount last looked for work", age)
        yield _gauge("broker_up", "1 if the broker answers", broker_state() == "ok")


def _statement() -> str:
    return "SELECT " + ", ".join(f"({query})" for _words, query in STATE.values())


def _gauges(values: Iterable[tuple[str, Any]]) -> Iterator[GaugeMetricFamily]:
    for name, value in values:
        yield _gauge(name, STATE[name][0], float(value))


def _gauge(name: str, words: str, value: float) -> GaugeMetricFamily:
    return GaugeMetricFamily(f"jinjian_{name}", words, value=float(value))
