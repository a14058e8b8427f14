"""Where we may send to: judged by the address itself, before every attempt.

Whoever types an address of a receiver must not reach this house's own machines through us. So the
name is resolved once, every answer is judged, and the connection goes to the very address that was
judged (`upward_post`): a second answer of the name server changes nothing.
"""

from __future__ import annotations

import socket
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from urllib.parse import urlsplit

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from core.inputs import Refused

PORTS = (443, 8443)
LONGEST_URL = 300

# Everything that is not somebody's public address. Python's own `is_global` is asked besides;
# what stands here is refused whatever a later Python may think of it.
_DENIED = [
    ip_network(block)
    for block in (
        "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16",
        "172.16.0.0/12", "192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16",
        "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4",
        # Metadata services of clouds outside of the blocks above.
        "100.100.100.200/32", "168.63.129.16/32",
        "::/96", "::ffff:0:0/96", "64:ff9b::/96", "64:ff9b:1::/48", "100::/64", "2001::/23",
        "2001:db8::/32", "2002::/16", "3fff::/20", "5f00::/16", "fc00::/7", "fe80::/10",
        "fec0::/10", "ff00::/8",
    )
]  # fmt: skip


class NameNotFound(Exception):
    """The name of the receiver has no address just now."""


@dataclass(frozen=True)
class Target:
    """A judged address in parts. `test` is one of the hosts that tests and the demo may name."""

    scheme: str
    host: str
    port: int
    test: bool = False


def judged_url(url: str) -> Target:
    """The parts of an address that may be sent to; raises Refused, in words, for any other."""
    if len(url) > LONGEST_URL or not url.isascii() or any(char <= " " for char in url):
        raise _refused()
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise _refused() from None
    host = (parts.hostname or "").rstrip(".")
    if not host or "\\" in url or "%" in parts.netloc:
        raise _refused()
    if parts.username is not None or parts.password is not None or "@" in parts.netloc:
        raise Refused("push_credentials", _("Leave the user name and password out of the address."))
    if parts.fragment:
        raise _refused()
    if f"{host}:{port}" in settings.PUSH_TEST_HOSTS and parts.scheme in ("http", "https"):
        return Target(parts.scheme, host, port or 0, test=True)
    if parts.scheme != "https":
        raise Refused("push_https", _("The address begins with https://."))
    if (port or 443) not in PORTS:
        raise Refused(
            "push_port", _("The port is one of %(ports)s."), ports=", ".join(map(str, PORTS))
        )
    if _is_number(host) and not allowed(host):
        raise forbidden()
    return Target("https", host, port or 443)


def address_of(target: Target) -> str:
    """The one address to connect to. Raises NameNotFound; Refused where any answer is denied.

    One denied answer among others is enough: which of them a connection would take is chance.
    """
    try:
        answers = socket.getaddrinfo(target.host, target.port, type=socket.SOCK_STREAM)
    except (socket.gaierror, UnicodeError):
        raise NameNotFound from None
    found = list(dict.fromkeys(str(answer[4][0]) for answer in answers))
    if not found:
        raise NameNotFound
    if not target.test and not all(map(allowed, found)):
        raise forbidden()
    return found[0]


def allowed(address: str) -> bool:
    """Whether a numeric address is a public one of a single machine."""
    try:
        ip: IPv4Address | IPv6Address = ip_address(address.partition("%")[0])
    except ValueError:
        return False
    if "%" in address:  # a zone belongs to a link of this machine
        return False
    if any(ip.version == block.version and ip in block for block in _DENIED):
        return False
    return ip.is_global and not ip.is_multicast and not ip.is_reserved


def forbidden() -> Refused:
    """The refusal of an address inside of some house, ours or another."""
    return Refused("push_forbidden", _("This address is not a public one: nothing is sent there."))


def _refused() -> Refused:
    return Refused("push_url", _("This is not an address that we can send to."))


def _is_number(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        # 0x7f.1, 2130706433 and the like are addresses to a resolver: judged when resolved.
        return False
    return True
