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
    "today": ("M2 3h12v11H2ZM2 6.5h12M5 1.5v3M11 1.5v3M5.5 10l1.8 1.8 3.4-3.4", True),
    "report": ("M2 3h12v10H2ZM2 6.3h12M2 9.6h12M6 3v10M10 3v10", True),
    "sitrep": ("M3 2h10v12H3ZM5.5 5h5M5.5 7.5h5M5.5 10h2M9.5 9.5v3M8 11h3", True),
    "check": ("M2 4.2l1.4 1.4L6 3M2 10.2l1.4 1.4L6 9M8.5 4.5h5.5M8.5 10.5h5.5", True),
    "upward": ("M1.8 7.4 14.2 1.8 10.4 14.2 7.2 9ZM7.2 9l7-7.2", True),
    "bell": ("M3 11.5h10L11.6 9.5V6.8a3.6 3.6 0 0 0-7.2 0v2.7ZM6.6 14h2.8M8 1.6v1.6", True),
    "matter": ("M3 14V2h7l3 3v9ZM8 6v4M8 11.6v.4", True),
    "log": ("M2.5 3h1M2.5 8h1M2.5 13h1M6 3h7.5M6 8h7.5M6 13h7.5", True),
    "conflict": ("M2 5h9L8.5 2.5M14 11H5l2.5 2.5", True),
    "map": ("M5 2 8.5 4v4L5 10 1.5 8V4ZM11 6l3.5 2v4L11 14l-3.5-2V8.2", True),
    "point": ("M8 14.5S3 9.6 3 6.2a5 5 0 0 1 10 0c0 3.4-5 8.3-5 8.3ZM8 4.6v3.2M6.4 6.2h3.2", True),
    "street": ("M2 14V6l4-3v11M6 14V8h8v6M9 10.5h2M1 14h14", True),
    "call": ("M2 6.5v3h2.5L9 13V3L4.5 6.5ZM11.5 5.5a3.5 3.5 0 0 1 0 5", True),
    "visit": ("M2 8 8 2.5 14 8M4 7v7h8V7M8 12.2V9M6.4 10.6h3.2", True),
    "round": ("M13.5 8A5.5 5.5 0 1 1 8 2.5M8 5v3.4l2.4 1.4M11 1l2.6 2.2L11.4 6", True),
    "tree": ("M8 1.5v4M3 14v-4h10v4M8 5.5v4.5M8 10v4", True),
    "register": ("M3 2h10v12H3ZM5.5 5.5h5M5.5 8h5M5.5 10.5h3", True),
    "import": ("M8 1.5v8M5 6.8l3 3 3-3M2 11v3h12v-3", True),
    "export": ("M8 10V1.8M5 4.6l3-3 3 3M2 9v5h12V9", True),
    "device": ("M4.5 1.5h7v13h-7ZM7 12.2h2", True),
    "people": (
        "M6 7.5a2.6 2.6 0 1 0 0-5.2 2.6 2.6 0 0 0 0 5.2ZM1.5 14c0-3 2-4.4 4.5-4.4"
        "s4.5 1.4 4.5 4.4M11 8.4c2 .2 3.5 1.6 3.5 4.2M10.6 2.6a2.4 2.4 0 0 1 0 4.6",
        True,
    ),
    "phone": (
        "M4.2 2h2.2l1 3-1.5 1.3a8 8 0 0 0 3.8 3.8L11 8.6l3 1v2.2A2.2 2.2 0 0 1 11.8 14"
        "A9.8 9.8 0 0 1 2 4.2 2.2 2.2 0 0 1 4.2 2Z",
        True,
    ),
    "staff": (
        "M2 3h12v10H2ZM5.6 8a1.3 1.3 0 1 0 0-2.6 1.3 1.3 0 0 0 0 2.6M3.7 10.8c.3-1.6 3.5-1.6 3.8 0"
        "M9.5 6.5h2.7M9.5 9.5h2.7",
        True,
    ),
    "own": (
        "M8 7.2a2.7 2.7 0 1 0 0-5.4 2.7 2.7 0 0 0 0 5.4ZM2.5 14.4c.2-3.2 2.4-4.9 5.5-4.9"
        "s5.3 1.7 5.5 4.9M5.9 12.3l1.5 1.5 2.8-2.8",
        True,
    ),
    "training": ("M1.5 6 8 3l6.5 3L8 9ZM4 7.4v3.4c2.4 2 5.6 2 8 0V7.4M14.5 6v4.5", True),
    "patch": ("M2.5 14V4h5v10M7.5 14V7.5h6V14M4.5 6.5h1M4.5 9h1M9.5 10h2M1 14h14", True),
    "duty": ("M2 3.5h12V14H2ZM5 1.8v3M11 1.8v3M2 7h12M8 9.2v2l1.6 1", True),
    "dispatch": ("M2 2.5h5v5H2ZM9.5 9h4.5v4.5H9.5ZM4.5 7.5v4h5M7.8 9.6l1.8 1.9-1.8 1.9", True),
    "vehicle": (
        "M1.5 11.5v-7h8v7M9.5 6.5h3l2 2.5v2.5h-1.2M6.4 11.5h4.2M1.5 11.5h1.2"
        "M4.6 13.2a1.8 1.8 0 1 0 0-3.6 1.8 1.8 0 0 0 0 3.6"
        "M12.2 13.2a1.8 1.8 0 1 0 0-3.6 1.8 1.8 0 0 0 0 3.6",
        True,
    ),
    "more": ("M3 4.5h10M3 8h10M3 11.5h10", True),
    "key": ("M10 10a4 4 0 1 0-3.8-2.8L1.5 12v2.5H4V13h2v-1.8l1.6-1.6c.8.3 1.6.4 2.4.4Z", True),
    "nothing": ("M4 8h8", True),
    "plug": ("M5.5 1.5v4M10.5 1.5v4M3.5 5.5h9v2.5a4.5 4.5 0 0 1-9 0ZM8 12.5v2.5", True),
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
