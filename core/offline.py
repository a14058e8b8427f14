"""The helper that keeps pages for a lost network: one script, served under each page's own path."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from django.contrib.staticfiles import finders
from django.http import Http404, HttpResponse

WORKER = "js/offline-worker.js"
PERSON_HEADER = "X-Jinjian-Person"
"""Says whose a page is, so that a kept copy is never shown to the next person; sent back with what
waited on a device, so that it is never saved under another's name."""


def worker_response() -> HttpResponse:
    """The service worker, which may only help pages below the path that it is served from."""
    answer = HttpResponse(_worker_text(), content_type="text/javascript; charset=utf-8")
    answer["Cache-Control"] = "no-cache"
    return answer


@cache
def _worker_text() -> str:
    found = finders.find(WORKER)
    if not isinstance(found, str):
        raise Http404
    return Path(found).read_text(encoding="utf-8")
