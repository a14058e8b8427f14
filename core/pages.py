"""One view for a page and its fragment: only the template differs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.cache import add_never_cache_headers, patch_vary_headers


def wants_partial(request: HttpRequest) -> bool:
    """Whether htmx asks for a fragment; restoring history needs the whole page."""
    headers = request.headers
    return (
        headers.get("HX-Request") == "true" and headers.get("HX-History-Restore-Request") != "true"
    )


def page_or_partial(
    request: HttpRequest,
    page: str,
    partial: str,
    context: Mapping[str, Any],
    *,
    status: int = 200,
) -> HttpResponse:
    """Render `partial` for htmx and `page` for everybody else; `page` includes the very partial.

    Fragments are never stored: a browser's back button would show one as if it were a page.
    """
    fragment = wants_partial(request)
    response = render(request, partial if fragment else page, dict(context), status=status)
    patch_vary_headers(response, ["HX-Request"])
    if fragment:
        add_never_cache_headers(response)
        response["Cache-Control"] = "no-store"
    return response
