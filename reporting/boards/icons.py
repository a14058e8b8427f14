"""Our own small icon set as path data, so that an icon needs no request and no inline script.

Every status has a shape of its own: a triangle is critical, a diamond is a warning, a disc is on
time, a tick is done, a broken ring is missing data, a square is information.
"""

from __future__ import annotations

from functools import cache

from django.utils.html import format_html
from django.utils.safestring import SafeString

# name: (path data on a 16 x 16 grid, drawn as a stroke instead of a fill)
PATHS: dict[str, tuple[str, bool]] = {
    "crit": ("M8 1.6 15.2 14H.8Z", False),
    "warn": ("M8 .8 15.2 8 8 15.2.8 8Z", False),
    "ok": ("M8 2a6 6 0 1 1 0 12A6 6 0 0 1 8 2Z", False),
    "done": ("M2.5 8.6 6.3 12.4 13.6 4.2", True),
    "stale": (
        "M8 2a6 6 0 0 1 5.2 3M14 8a6 6 0 0 1-3 5.2M8 14a6 6 0 0 1-5.2-3M2 8a6 6 0 0 1 3-5.2",
        True,
    ),
    "info": ("M3 3h10v10H3Z", False),
    "overview": ("M2 13V7M6 13V3M10 13V9M14 13V5", True),
    "wall": ("M1.5 3h13v8h-13ZM5.5 14h5M8 11v3", True),
    "conflict": ("M2 5h9L8.5 2.5M14 11H5l2.5 2.5", True),
    "key": ("M10 10a4 4 0 1 0-3.8-2.8L1.5 12v2.5H4V13h2v-1.8l1.6-1.6c.8.3 1.6.4 2.4.4Z", True),
    "out": ("M6 2H2.5v12H6M10.5 4.5 14 8l-3.5 3.5M14 8H6", True),
    "next": ("M6 3l5 5-5 5", True),
    "back": ("M10 3 5 8l5 5", True),
}


@cache
def svg(name: str, extra_class: str = "") -> SafeString:
    """The named icon as inline SVG, hidden from screen readers (a word always stands beside it)."""
    path, stroked = PATHS[name]
    return format_html(
        '<svg class="icon icon-{} {}" viewBox="0 0 16 16" width="16" height="16"'
        ' aria-hidden="true" focusable="false"><path class="{}" d="{}"/></svg>',
        name,
        extra_class,
        "stroke" if stroked else "solid",
        path,
    )
