"""`request.scope`: what the caller may see, built from postings, on first use.

Views that never ask (the capture API, the pulse, the sign-in page) pay neither a session nor a
user. Asking opens row-level security for the rest of the request, rendering and streams included.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack
from typing import Any

from django.contrib.auth import SESSION_KEY, logout
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, StreamingHttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import SimpleLazyObject
from django.utils.http import urlencode

from core.scope import NOBODY, Scope, scoped
from personnel.queries import Standing, standing_of

ROLE_KEY = "acting_role"
# Where somebody who must change the password may still go.
OPEN_BEFORE_PASSWORD = {
    "personnel:password_change",
    "personnel:sign_out",
    "personnel:language_switch",
}


class ScopeMiddleware:
    """Gives every request `scope` (a lazy `Scope`) and `caller` (a `Caller`).

    Signing in is required unless a view opts out (`login_not_required`; DRF views authenticate by
    themselves). For views that need a person it also ends the session of somebody who has no
    valid posting left, at the first request after it ended, or whose account was switched off.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        with ExitStack() as floor:
            request.caller = Caller(request, floor)
            request.scope = SimpleLazyObject(request.caller.scope)
            response = self.get_response(request)
            if isinstance(response, StreamingHttpResponse) and not response.is_async:
                held = floor.pop_all()
                response.streaming_content = _until_sent(response.streaming_content, held)
                # A stream that nobody reads still gives the floor back.
                response._resource_closers.append(held.close)
            return response

    def process_view(
        self, request: HttpRequest, view: Callable[..., Any], args: Any, kwargs: Any
    ) -> HttpResponse | None:
        if not getattr(view, "login_required", True):
            return None
        if request.caller.standing() is None:
            return go_to_sign_in(request)
        must_change = request.user.must_change_password
        if must_change and request.resolver_match.view_name not in OPEN_BEFORE_PASSWORD:
            return redirect_anywhere(request, reverse("personnel:password_change"))
        return None


class Caller:
    """Works out, once in a request, who calls; opens the floor when that is first asked."""

    def __init__(self, request: HttpRequest, floor: ExitStack) -> None:
        self._request = request
        self._floor = floor
        self._answer: tuple[Standing | None] | None = None

    def standing(self) -> Standing | None:
        if self._answer is None:
            self._answer = (self._find(),)
        return self._answer[0]

    def scope(self) -> Scope:
        standing = self.standing()
        return standing.scope if standing else NOBODY

    def take_over(self, scope: Scope) -> None:
        """A caller without a session (a machine client) stands where a person would.

        A session that came with it is not looked at. The floor lies under rows of persons only and
        stays shut.
        """
        self._answer = (None,)
        self._request.scope = scope

    def _find(self) -> Standing | None:
        user = self._request.user
        if not user.is_authenticated:
            return None
        role = self._request.session.get(ROLE_KEY, "")
        standing = standing_of(user.pk, at=timezone.now(), role=role)
        if standing:
            self._floor.enter_context(scoped(standing.scope))
        return standing


def go_to_sign_in(request: HttpRequest) -> HttpResponse:
    """Lead to sign-in; what is left of a session ends, and the page says so."""
    ended = SESSION_KEY in request.session
    if ended:
        logout(request)
    where = request.get_full_path() if request.method == "GET" and not _is_fragment(request) else ""
    query = ({"ended": "1"} if ended else {}) | ({"next": where} if where not in ("", "/") else {})
    url = reverse("personnel:sign_in")
    return redirect_anywhere(request, f"{url}?{urlencode(query)}" if query else url)


def redirect_anywhere(request: HttpRequest, url: str) -> HttpResponse:
    """A redirect that a fragment's request follows with the whole page, not into a panel."""
    if _is_fragment(request):
        return HttpResponse(status=204, headers={"HX-Redirect": url, "Cache-Control": "no-store"})
    return HttpResponseRedirect(url)


def _is_fragment(request: HttpRequest) -> bool:
    return request.headers.get("HX-Request") == "true"


def _until_sent(content: Iterable[bytes], held: ExitStack) -> Iterator[bytes]:
    with held:
        yield from content
