"""The short way: callers who prove themselves by a header of their own go straight to the view.

A device's token and a board's ticket say who calls, so the view needs neither session nor user, no
CSRF token, no messages and no policy for a page. Those two are asked hundreds of times a second,
and what lies between the door and the view cost them a third of their time.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from functools import cache

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.http.request import HttpHeaders
from django.urls import NoReverseMatch, ResolverMatch, resolve, reverse
from django.utils import translation

from core.problems import answer_to


class ShortWayMiddleware:
    """Answers the views of `settings.SHORT_WAY` itself where the header that it names for them
    came along; everything else goes on inwards.

    On this way `request` has no `session`, `user` or `caller`: the view judges the header, or
    refuses. What every answer needs is given here: the host is checked, the words are
    in the language that the caller asked for, and the length is known.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer by the short way where there is one."""
        match, header = _short_ways(settings.ROOT_URLCONF).get(request.path_info, (None, ""))
        if match is None or header not in request.META:
            return self.get_response(request)
        request.get_host()  # raises DisallowedHost
        request.resolver_match = match
        language = translation.get_language_from_request(request)
        with translation.override(language):
            response = _answer(request, match)
        response.headers.setdefault("Content-Language", language)
        if not response.streaming and "Content-Length" not in response.headers:
            response.headers["Content-Length"] = str(len(response.content))
        return response


def _answer(request: HttpRequest, match: ResolverMatch) -> HttpResponse:
    try:
        response: HttpResponse = match.func(request, *match.args, **match.kwargs)
    except Exception as error:
        problem = answer_to(request, error)
        if problem is None:
            raise
        return problem
    render = getattr(response, "render", None)
    return render() if callable(render) else response


@cache
def _short_ways(urlconf: str) -> dict[str, tuple[ResolverMatch, str]]:
    """Address -> view and header. Such a view has no parameters in its address."""
    found = {}
    for name, header in settings.SHORT_WAY.items():
        with suppress(NoReverseMatch):  # the addresses of a test hold neither
            path = reverse(name, urlconf)
            found[path] = resolve(path, urlconf), HttpHeaders.to_wsgi_name(header)
    return found
