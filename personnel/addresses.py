"""The caller's address, believed only as far as our own proxies vouch for it."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest


def client_address(request: HttpRequest) -> str:
    """The address seen by the outermost of our `TRUSTED_PROXIES` proxies (none: the peer's).

    Each proxy appends the peer it saw to X-Forwarded-For, so the entry that the outermost wrote
    is counted from the right; anything left of it was sent by the caller and proves nothing.
    """
    peer = str(request.META.get("REMOTE_ADDR", ""))
    proxies = int(getattr(settings, "TRUSTED_PROXIES", 0))
    if proxies <= 0:
        return peer
    hops = [hop.strip() for hop in request.META.get("HTTP_X_FORWARDED_FOR", "").split(",")]
    return hops[-proxies] if len(hops) >= proxies and hops[-proxies] else peer
