"""Who watches: pages of the roles that a real evening has, to be pulsed by screens."""

from __future__ import annotations

from bench.load import district as districts
from bench.load.screens import Page, open_page, sign_in
from launch.stack import Stack


def commander_cookies(stack: Stack, district: districts.District) -> str:
    """The session of somebody who sees the whole district."""
    return sign_in(stack.web_port, *districts.commander(district.id))


def pages(stack: Stack, district: districts.District, cookies: str, streets: int) -> list[Page]:
    """The commander's overview in both languages, the district's wall, some streets' own boards."""
    port = stack.web_port
    found = [open_page(port, "/", cookies), open_page(port, "/?lang=en", cookies)]
    found.append(open_page(port, districts.wall(district.round, district.id)))
    for street in district.streets[:streets]:
        session = sign_in(port, *districts.street_official(street))
        found.append(open_page(port, "/", session))
    return found
