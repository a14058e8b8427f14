"""Errors as people and machines get them: problem+json in the API, one quiet page elsewhere.

Nothing of an error's inside is shown: no trace, no SQL, no stored value.
"""

from __future__ import annotations

import json
import logging
import sys
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import psycopg
from django.conf import settings
from django.core.exceptions import (
    PermissionDenied,
    RequestDataTooBig,
    SuspiciousOperation,
    ValidationError,
)
from django.db import DataError, IntegrityError, InterfaceError, OperationalError
from django.http import Http404, HttpRequest, HttpResponse
from django.template import loader
from django.utils.html import escape
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _
from rest_framework import exceptions as api

from core import request_id
from core.constraints import readable
from core.inputs.refusal import Refused

logger = logging.getLogger("core.problems")

RETRY_AFTER_SECONDS = 2
_OUTAGES = (OperationalError, InterfaceError, psycopg.OperationalError, psycopg.InterfaceError)
_TITLES = {
    400: _("This request cannot be read"),
    401: _("Sign in first"),
    403: _("You may not do this"),
    404: _("There is nothing here"),
    405: _("This cannot be done here"),
    406: _("This form of answer does not exist"),
    409: _("This does not fit what is already stored"),
    410: _("This place in the data is gone"),
    413: _("This is too large"),
    415: _("This kind of content is not taken"),
    429: _("Too many requests"),
    500: _("Something went wrong on our side"),
    503: _("The service is busy or starting"),
}
_CODES = {
    400: "bad_request",
    401: "not_signed_in",
    403: "not_allowed",
    404: "not_found",
    405: "method_not_allowed",
    406: "not_acceptable",
    409: "conflict",
    410: "gone",
    413: "too_large",
    415: "unsupported_media",
    429: "too_many",
    500: "internal",
    503: "unavailable",
}
_DETAILS = {
    404: _("It does not exist, or it lies outside of your area."),
    403: _("Your role does not include it. Ask whoever assigned your role."),
    500: _("It has been noted. Try again; if it stays, give the request id to support."),
    503: _("Nothing was lost. Try again in a few seconds."),
}


def exception_handler(exc: Exception, context: Mapping[str, Any]) -> HttpResponse | None:
    """Django REST framework's exception handler: every known error as problem+json."""
    request = context["request"]
    problem = _problem_of(exc)
    return _json(request, *problem) if problem else None


def problem_response(
    request: Any,
    *,
    status: int,
    code: str = "",
    detail: Any = "",
    errors: list[dict[str, str]] | None = None,
    headers: Mapping[str, str] | None = None,
) -> HttpResponse:
    """Build a problem+json answer for a plain view."""
    return _json(request, status, code, detail, errors or [], headers or {})


class RequestIdMiddleware:
    """First in line: request id, unreadable paths, and API errors that Django writes as HTML."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Number the request and turn what is left of HTML errors under /api/ into problems."""
        own_id = request_id.begin(request.headers.get("X-Request-ID", ""))
        request.request_id = own_id  # type: ignore[attr-defined]
        try:
            if "\x00" in request.path_info or "%00" in request.META.get("QUERY_STRING", ""):
                response = respond(request, 400, "text_unstorable", _("The address holds a NUL."))
            else:
                response = self.get_response(request)
                if _is_api(request) and _is_plain_error(response):
                    response = _json(request, response.status_code, "", "", [], _kept(response))
            response["X-Request-ID"] = own_id
            return response
        finally:
            request_id.end()

    def process_exception(self, request: HttpRequest, exc: Exception) -> HttpResponse | None:
        """Errors out of plain views."""
        return answer_to(request, exc)


def answer_to(request: HttpRequest, exc: Exception) -> HttpResponse | None:
    """A known error in API or page form; an unknown one is left to Django."""
    problem = _problem_of(exc)
    if problem is None:
        return None
    status, code, detail, errors, headers = problem
    if errors and not detail:
        detail = errors[0]["message"]
    return respond(request, status, code, detail, errors=errors, headers=headers)


def respond(
    request: HttpRequest,
    status: int,
    code: str = "",
    detail: Any = "",
    *,
    errors: list[dict[str, str]] | None = None,
    headers: Mapping[str, str] | None = None,
) -> HttpResponse:
    """Problem+json under /api/, the error page elsewhere."""
    if _is_api(request):
        return _json(request, status, code, detail, errors or [], headers or {})
    return _page(request, status, code, detail, headers or {})


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """handler400; what Django refuses by name is told by name."""
    known = answer_to(request, exception) if exception else None
    return known or respond(request, 400)


def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """handler403."""
    return respond(request, 403)


def csrf_failed(request: HttpRequest, reason: str = "") -> HttpResponse:
    """CSRF_FAILURE_VIEW: the usual cause is a page left open past its session."""
    return respond(request, 403, "csrf", _("Reload the page and send it again."))


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """handler404."""
    return respond(request, 404)


def server_error(request: HttpRequest) -> HttpResponse:
    """handler500; a database that went away outside of a view is a 503 like any other."""
    if is_outage(sys.exc_info()[1]):
        return respond(request, 503, headers=_retry())
    return respond(request, 500)


def is_outage(exc: BaseException | None) -> bool:
    """Whether the database is away, starting, full, or too busy to answer within its limits."""
    while exc is not None:
        if isinstance(exc, _OUTAGES):
            return True
        exc = exc.__cause__
    return False


_Problem = tuple[int, str, Any, list[dict[str, str]], dict[str, str]]


def _problem_of(exc: Exception) -> _Problem | None:
    if isinstance(exc, Refused):
        wait = _retry() if exc.status == 503 else {}
        return exc.status, exc.code, exc.text, _refusal_errors(exc), wait
    if is_outage(exc):
        logger.warning("database unavailable: %s", type(exc).__name__)
        return 503, "", "", [], _retry()
    if isinstance(exc, IntegrityError):
        return _problem_of(readable(exc))
    if isinstance(exc, DataError):
        return 400, "value_unstorable", _("One of the values cannot be stored."), [], {}
    if isinstance(exc, api.APIException):
        return _api_problem(exc)
    if isinstance(exc, ValidationError):
        errors = [{"path": "", "code": "invalid", "message": text} for text in exc.messages]
        return 400, "invalid", "", errors, {}
    if isinstance(exc, RequestDataTooBig):
        # Megabytes that people can count, not the bytes of the setting.
        limit = (settings.DATA_UPLOAD_MAX_MEMORY_SIZE or 0) // 1_000_000
        words = _(
            "At most %(limit)s MB can be typed or pasted at once. Go back, save it as a file and "
            "send that, or paste it in parts."
        )
        return 413, "", words % {"limit": limit}, [], {}
    simple = {Http404: 404, PermissionDenied: 403, SuspiciousOperation: 400}
    for kind, status in simple.items():
        if isinstance(exc, kind):
            return status, "", "", [], {}
    return None


def _refusal_errors(refusal: Refused) -> list[dict[str, str]]:
    if not refusal.path:
        return []
    return [{"path": refusal.path, "code": refusal.code, "message": refusal.text}]


def _api_problem(exc: api.APIException) -> _Problem:
    headers = {}
    if header := getattr(exc, "auth_header", None):
        headers["WWW-Authenticate"] = str(header)
    if wait := getattr(exc, "wait", None):
        headers["Retry-After"] = str(int(wait) + 1)
    if isinstance(exc, api.ValidationError):
        return exc.status_code, "invalid", "", list(_flatten(exc.detail, "")), headers
    code = getattr(exc.detail, "code", "") if not isinstance(exc.detail, dict | list) else ""
    known = _CODES.get(exc.status_code, "")
    # Their words for a missing row name the model; ours do not.
    detail = "" if exc.status_code in _DETAILS else str(exc.detail)
    return exc.status_code, code if code and code != "error" else known, detail, [], headers


def _flatten(detail: Any, path: str) -> Iterator[dict[str, str]]:
    if isinstance(detail, dict):
        for key, value in detail.items():
            place = path if key == "non_field_errors" else f"{path}.{key}" if path else str(key)
            yield from _flatten(value, place)
    elif isinstance(detail, list):
        nested = any(isinstance(value, dict | list) for value in detail)
        for index, value in enumerate(detail):
            yield from _flatten(value, f"{path}[{index}]" if nested else path)
    else:
        yield {"path": path, "code": getattr(detail, "code", "invalid"), "message": str(detail)}


def _json(
    request: Any,
    status: int,
    code: str,
    detail: Any,
    errors: list[dict[str, str]],
    headers: Mapping[str, str],
) -> HttpResponse:
    code = code or _CODES.get(status, "error")
    body = {
        "type": f"urn:jinjian:problem:{code}",
        "title": str(_TITLES.get(status, _TITLES[500 if status >= 500 else 400])),
        "status": status,
        "code": code,
        "detail": str(detail or _DETAILS.get(status, "")),
        "errors": errors,
        "request_id": request_id.current_request_id(),
    }
    return HttpResponse(
        json.dumps(body, ensure_ascii=False),
        status=status,
        content_type="application/problem+json",
        headers={"Cache-Control": "no-store", **headers},
    )


def _page(
    request: HttpRequest, status: int, code: str, detail: Any, headers: Mapping[str, str]
) -> HttpResponse:
    context = {
        "code": code or _CODES.get(status, "error"),
        "status": status,
        "title": _TITLES.get(status, _TITLES[500 if status >= 500 else 400]),
        "detail": detail or _DETAILS.get(status, ""),
        "request_id": request_id.current_request_id(),
    }
    return HttpResponse(
        _rendered(request, context), status=status, headers={"Cache-Control": "no-store", **headers}
    )


def _rendered(request: HttpRequest, context: dict[str, Any]) -> str:
    # A page about trouble must not need what is in trouble: without the request there are no
    # context processors, so neither session nor user is read when the database is away.
    for given in (request, None) if context["status"] < 500 else (None,):
        try:
            return loader.render_to_string("errors/problem.html", context, request=given)
        except Exception:
            logger.exception("the error page could not be rendered")
    return (
        f'<!doctype html><html lang="{escape(get_language() or "en")}"><meta charset="utf-8">'
        f"<title>{escape(context['title'])}</title><h1>{escape(context['title'])}</h1>"
        f"<p>{escape(context['detail'])}</p><p>{escape(context['request_id'])}</p></html>"
    )


def _is_api(request: HttpRequest) -> bool:
    return request.path_info.startswith("/api/")


def _is_plain_error(response: HttpResponse) -> bool:
    return response.status_code >= 400 and "json" not in response.get("Content-Type", "")


def _kept(response: HttpResponse) -> dict[str, str]:
    return {name: response[name] for name in ("Allow", "Retry-After") if response.has_header(name)}


def _retry() -> dict[str, str]:
    return {"Retry-After": str(RETRY_AFTER_SECONDS)}
