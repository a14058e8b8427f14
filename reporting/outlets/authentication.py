"""How machine clients say who they are: `Authorization: Bearer <token>`, and nothing else."""

from __future__ import annotations

from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from rest_framework.authentication import BaseAuthentication, get_authorization_header
from rest_framework.exceptions import AuthenticationFailed, PermissionDenied, Throttled
from rest_framework.request import Request

from personnel.addresses import client_address
from reporting.outlets.services.tokens import (
    PERMISSIONS,
    PERSON,
    Bearer,
    ClientPrincipal,
    bearer_of,
)

KEYWORD = b"bearer"
LONGEST_TOKEN = 200


class ClientAuthentication(BaseAuthentication):
    """`request.user` becomes a `ClientPrincipal`, `request.scope` what the client may see today.

    Costs one statement, which knows the token and counts the request. Row-level security lies under
    the tables of persons; for a client that may not read them it stays shut, whatever a view does.
    Neither a session nor a user is read: a cookie that comes with a token means nothing, and a
    token opens no page.
    """

    def authenticate(self, request: Request) -> tuple[ClientPrincipal, None] | None:
        parts = get_authorization_header(request).split()
        if not parts or parts[0].lower() != KEYWORD:
            return None
        bearer = None
        if len(parts) == 2 and parts[1].isascii() and len(parts[1]) <= LONGEST_TOKEN:
            address = client_address(request._request)
            bearer = bearer_of(parts[1].decode(), address=address, at=timezone.now())
        if bearer is None:
            raise AuthenticationFailed(
                _("This token is not known, has ended, or its client was revoked."),
                code="token_not_valid",
            )
        _check(bearer)
        scope = bearer.principal.scope
        persons = scope.can(PERMISSIONS[PERSON])
        request._request.caller.take_over(scope, persons=persons)
        return bearer.principal, None

    def authenticate_header(self, request: Request) -> str:
        return 'Bearer realm="jinjian"'


def _check(bearer: Bearer) -> None:
    if not bearer.address_fits:
        raise PermissionDenied(
            _("This client may not call from your address."), code="address_not_allowed"
        )
    if bearer.retry_after:
        # The handler adds a second of its own; a wait of 0 would have no Retry-After.
        raise Throttled(max(1, bearer.retry_after - 1))
