"""What every request leaves behind: a count, its duration, and a line in the log.

Counting costs 13 µs beside the milliseconds of the cheapest request. The web's processes
share their counts through files (`launch/web.py` says where), so that any one can answer.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from prometheus_client import Counter, Histogram

from core.logs import safe_path

logger = logging.getLogger("jinjian.requests")

REQUESTS = Counter("jinjian_requests", "Requests answered", ["view", "status"])
SECONDS = Histogram(
    "jinjian_request_seconds",
    "Time from the first middleware to the answer (streams: to its head)",
    ["view"],
    buckets=(0.01, 0.03, 0.1, 0.3, 1.0, 3.0),
)
# Asked all the time and counted anyway: a line each would bury the others. A failure or a slow
# answer is written all the same.
QUIET = frozenset(
    {
        "sites:capture",
        "boards:pulse",
        "boards:ticket",
        "boards:wall_ticket",
        "outlets:health",
        "outlets:ready",
        "outlets:metrics",
        "static",
    }
)
SLOW_SECONDS = 1.0


class ObserveMiddleware:
    """Second in line, behind the request id: counts and logs what the inner ones answer."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer, then count."""
        began = time.perf_counter()
        response = self.get_response(request)
        seconds = time.perf_counter() - began
        view = view_name(request)
        REQUESTS.labels(view, str(response.status_code)).inc()
        SECONDS.labels(view).observe(seconds)
        quiet = view in QUIET and response.status_code < 400 and seconds < SLOW_SECONDS
        if not quiet and logger.isEnabledFor(logging.INFO):
            fields = {
                "method": request.method,
                "path": safe_path(request),
                "view": view,
                "status": response.status_code,
                "ms": round(seconds * 1000, 1),
            }
            logger.info("request", extra={"fields": fields})
        return response


def view_name(request: HttpRequest) -> str:
    """The URL's name, `static` for a file, `none` for an address that leads nowhere."""
    if request.resolver_match is not None:
        return request.resolver_match.view_name
    return "static" if request.path_info.startswith(settings.STATIC_URL) else "none"
