"""How API callers say who they are: a device's token, or the session of somebody signed in."""

from __future__ import annotations

from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from rest_framework.authentication import (
    BaseAuthentication,
    SessionAuthentication,
    get_authorization_header,
)
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request

from personnel.models import User
from personnel.services.roll import DevicePrincipal, authenticate

KEYWORD = b"device"


class DeviceAuthentication(BaseAuthentication):
    """`Authorization: Device <token>`; `request.user` becomes a `DevicePrincipal`.

    Costs no session and no user, and at most one query every two seconds and device. It does not
    open row-level security: the service does, with `scoped(request.user.scope)` or in its own
    transaction.
    """

    def authenticate(self, request: Request) -> tuple[DevicePrincipal, None] | None:
        parts = get_authorization_header(request).split()
        if not parts or parts[0].lower() != KEYWORD:
            return None
        principal = None
        if len(parts) == 2 and parts[1].isascii() and len(parts[1]) <= 200:
            principal = authenticate(parts[1].decode(), at=timezone.now())
        if principal is None:
            raise AuthenticationFailed(
                _("This device is not enrolled, or its token ended or was revoked."),
                code="device_token_not_valid",
            )
        request._request.scope = principal.scope
        return principal, None

    def authenticate_header(self, request: Request) -> str:
        return "Device"


class ScopedSessionAuthentication(SessionAuthentication):
    """A session, as long as its person has a posting that is valid now (with CSRF on writes)."""

    def authenticate(self, request: Request) -> tuple[User, None] | None:
        found = super().authenticate(request)
        if found is None:
            return None
        if request._request.caller.standing() is None:
            raise AuthenticationFailed(
                _("Your posting has ended; sign in again."), code="posting_ended"
            )
        if found[0].must_change_password:
            raise AuthenticationFailed(
                _("Choose a password of your own first."), code="password_not_own"
            )
        return found
