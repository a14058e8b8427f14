"""How machine clients say who they are: `Authorization: Bearer <token>`, and nothing else."""

from __future__ import annotations

from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from rest_framework.authentication import BaseAuthentication, get_authorization_header
from rest_framework.exceptions import AuthenticationFailed, PermissionDenied, Throttled
from rest_framework.request import Request

from core import clock
from personnel.addresses import client_address
from reporting.outlets.services.pulls import note_pull, refused_lately
from reporting.outlets.services.tokens import Bearer, ClientPrincipal, bearer_of

KEYWORD = b"bearer"
LONGEST_TOKEN = 200


class ClientAuthentication(BaseAuthentication):
    """`request.user` becomes a `ClientPrincipal`, `request.scope` what the client may see today.

    Costs one statement, which knows the token and counts the request. Row-level security lies under
    the tables of persons and stays shut, whatever a view does; the one that shows rows of people
    opens it itself. Neither a session nor a user is read: a cookie that comes with a token means
    nothing, and a token opens no page.
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
        # A refusal too is of somebody: the log of pulls names who was refused.
        request._request.api_client = bearer.principal
        _check(bearer)
        request._request.caller.take_over(bearer.principal.scope)
        return bearer.principal, None

    def authenticate_header(self, request: Request) -> str:
        return 'Bearer realm="jinjian"'


def note_refusal(request: Request, status: int) -> None:
    """Log that a known client was refused; people, devices and unknown tokens leave no row.

    What its pace does not count (a wrong address, too many requests) could come without end: one
    row a minute says as much.
    """
    asked = request._request
    client: ClientPrincipal | None = getattr(asked, "api_client", None)
    if client is None:
        return
    counted = isinstance(request.user, ClientPrincipal)
    if not counted and refused_lately(client, status):
        return
    match = asked.resolver_match
    note_pull(
        client,
        match.view_name if match else "",
        0,
        status,
        clock.now(),
        parameters=list(asked.GET),
    )


def _check(bearer: Bearer) -> None:
    if not bearer.address_fits:
        raise PermissionDenied(
            _("This client may not call from your address."), code="address_not_allowed"
        )
    if bearer.retry_after:
        # The handler adds a second of its own; a wait of 0 would have no Retry-After.
        raise Throttled(max(1, bearer.retry_after - 1))
