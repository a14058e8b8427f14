"""An invented register by number: person n has always the same document and the same home."""

from __future__ import annotations

from datetime import date, timedelta
from uuid import UUID

from demo.register import id_number

AREA = "500109"
_OLDEST = date(1950, 1, 1)
_SAME_DAY = 500
_ROSTER = 0x7B1D << 112
#: Strangers take the other half of each birthday's serials, so that nobody is both.
_STRANGER = 500


def document(n: int) -> str:
    """The 18-character number of resident `n`."""
    return id_number(AREA, _OLDEST + timedelta(days=n // _SAME_DAY), n % _SAME_DAY)


def stranger(n: int) -> str:
    """The number of somebody who is on no register."""
    day = _OLDEST + timedelta(days=n // _SAME_DAY)
    return id_number(AREA, day, _STRANGER + n % _SAME_DAY)


def roster_id(n: int) -> UUID:
    """The opaque id under which a device's roster carries resident `n`."""
    return UUID(int=_ROSTER | n)


def home(n: int, communities: int) -> int:
    """Index of the community where resident `n` lives."""
    return n % communities


def resident_of(home: int, k: int, communities: int, residents: int) -> int:
    """The k-th resident of a community; after the last one the first again."""
    living = (residents - 1 - home) // communities + 1
    return home + k % living * communities
