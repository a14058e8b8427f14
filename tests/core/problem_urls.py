"""Views that fail in every known way, and the handlers of the kernel."""

import psycopg
import psycopg_pool
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import PermissionDenied, SuspiciousOperation, ValidationError
from django.db import DataError, IntegrityError, InterfaceError, OperationalError, connection
from django.http import Http404, HttpResponse
from django.urls import path
from rest_framework import exceptions
from rest_framework.permissions import AllowAny
from rest_framework.views import APIView

from core.inputs import Conflict, whole_number
from core.strict_json import decode

handler400 = "core.problems.bad_request"
handler403 = "core.problems.forbidden"
handler404 = "core.problems.not_found"
handler500 = "core.problems.server_error"


def _pool_timeout() -> None:
    try:
        raise psycopg_pool.PoolTimeout("couldn't get a connection after 2.00 sec")
    except psycopg.Error as exc:
        raise OperationalError("couldn't get a connection") from exc


def _raise(error: Exception) -> None:
    raise error


FAULTS = {
    "refused": lambda: whole_number("1.2万"),
    "body": lambda: decode(b'{"items":[{"a":1,"a":2}]}'),
    "conflict": lambda: _raise(Conflict("taken", "This is taken.")),
    "missing": lambda: _raise(Http404("Secret.objects.get(phone=13800138000)")),
    "denied": lambda: _raise(PermissionDenied("secret reason")),
    "suspicious": lambda: _raise(SuspiciousOperation("secret")),
    "invalid": lambda: _raise(ValidationError(["First.", "Second."])),
    "pool": _pool_timeout,
    "pool-raw": lambda: _raise(psycopg_pool.PoolTimeout("secret")),
    "starting": lambda: _raise(OperationalError("FATAL: the database system is starting up")),
    "closed": lambda: _raise(InterfaceError("connection already closed")),
    "integrity": lambda: _raise(IntegrityError("Key (phone)=(13800138000) already exists")),
    "data": lambda: _raise(DataError("text fields cannot contain NUL (0x00) bytes")),
    "bug": lambda: _raise(RuntimeError("secret")),
    "fields": lambda: _raise(
        exceptions.ValidationError({"items": [{}, {"at": ["Needs an offset."]}], "round": ["No."]})
    ),
    "throttled": lambda: _raise(exceptions.Throttled(wait=7)),
    "unsigned": lambda: _raise(exceptions.NotAuthenticated()),
}


@login_not_required
def plain(request, fault):
    """A plain view that fails as asked."""
    if fault == "nul":
        with connection.cursor() as cursor:
            cursor.execute("SELECT %s", ["\x00"])
    FAULTS[fault]()
    return HttpResponse("fine")


class Rest(APIView):
    """An API view that fails as asked."""

    authentication_classes = ()
    permission_classes = (AllowAny,)

    def get(self, request, fault):
        """Fail."""
        FAULTS[fault]()

    def post(self, request, fault):
        """Read the body."""
        return HttpResponse(str(request.data))


@login_not_required
def ok(request, rest=""):
    """Work."""
    return HttpResponse("fine")


urlpatterns = [
    path("api/ok/", ok),
    path("ok/<str:rest>/", ok),
    path("api/plain/<str:fault>/", plain),
    path("api/rest/<str:fault>/", Rest.as_view()),
    path("page/<str:fault>/", plain),
]
