"""Layouts from files: HexJSON, and the centres of GeoJSON shapes. Out again as HexJSON.

Communities are named by their code. What cannot be used is listed with its reason; nothing else
of the file is read. HexJSON counts its rows upwards, the map downwards.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from core.inputs import Refused
from core.strict_json import decode
from reporting.boards import hexes
from reporting.boards.hexes import Place

LARGEST = 1_000_000
FURTHEST = 900
MOST = 5_000
LAYOUTS = ("odd-r", "even-r", "odd-q", "even-q")


@dataclass(slots=True)
class Layout:
    """Places by division id, and what was refused: (code as written, reason)."""

    places: dict[int, Place] = field(default_factory=dict)
    refused: list[tuple[str, str | Promise]] = field(default_factory=list)

    @property
    def total(self) -> int:
        return len(self.places) + len(self.refused)


def read_layout(body: bytes, known: Mapping[str, int]) -> Layout:
    """A HexJSON or GeoJSON file. `known` maps codes to division ids. Raises Refused."""
    value = decode(body, max_bytes=LARGEST)
    if isinstance(value, dict) and isinstance(value.get("hexes"), dict):
        return _hexjson(value, known)
    if isinstance(value, dict) and value.get("type") == "FeatureCollection":
        return _geojson(value, known)
    raise Refused(
        "layout_unknown", _("This is neither HexJSON (layout, hexes) nor a GeoJSON collection.")
    )


def write_hexjson(places: Mapping[str, Place]) -> dict[str, Any]:
    """Places by code as HexJSON, in the layout odd-r."""
    return {
        "layout": "odd-r",
        "hexes": {code: {"q": q, "r": -r} for code, (q, r) in sorted(places.items())},
    }


def _few(found: Any) -> None:
    if len(found) > MOST:
        raise Refused(
            "layout_large", _("At most %(most)s places can be read from one file."), most=MOST
        )


def _hexjson(value: dict[str, Any], known: Mapping[str, int]) -> Layout:
    kind = value.get("layout")
    if kind not in LAYOUTS:
        raise Refused(
            "layout_kind", _("The layout must be one of: %(known)s."), known=", ".join(LAYOUTS)
        )
    _few(value["hexes"])
    found = Layout()
    cells: dict[int, Place] = {}
    for code, cell in value["hexes"].items():
        place = _whole(cell)
        if code not in known:
            found.refused.append((code, _("no community of yours has this code")))
        elif place is None:
            found.refused.append((code, _("q and r must be whole numbers up to 900")))
        elif place in cells.values():
            found.refused.append((code, _("another community stands there already")))
        else:
            cells[known[code]] = place
    found.places = _in_our_rows(kind, cells)
    return found


def _whole(cell: Any) -> Place | None:
    if not isinstance(cell, dict):
        return None
    q, r = cell.get("q"), cell.get("r")
    for number in (q, r):
        if not isinstance(number, int) or isinstance(number, bool) or abs(number) > FURTHEST:
            return None
    return q, r  # type: ignore[return-value]


def _in_our_rows(kind: str, cells: Mapping[int, Place]) -> dict[int, Place]:
    """Rows turned downwards. Even rows are moved by one; standing hexes are laid by their centres,
    since their neighbours are others."""
    if kind == "odd-r":
        return {key: (q, -r) for key, (q, r) in cells.items()}
    if kind == "even-r":
        return {key: (q, 1 - r) for key, (q, r) in cells.items()}
    shoved = 1 if kind == "odd-q" else 0
    points = {
        key: (1.5 * q, -math.sqrt(3) * (r + 0.5 * (q % 2 == shoved)))
        for key, (q, r) in cells.items()
    }
    return hexes.from_points(points)


def _geojson(value: dict[str, Any], known: Mapping[str, int]) -> Layout:
    features = value.get("features")
    if not isinstance(features, list):
        raise Refused("layout_features", _("A GeoJSON collection needs a list of features."))
    _few(features)
    found = Layout()
    points: dict[int, tuple[float, float]] = {}
    for index, feature in enumerate(features, 1):
        code = _code(feature)
        shown = code or f"#{index}"
        middle = _middle(feature.get("geometry")) if isinstance(feature, dict) else None
        if code not in known:
            found.refused.append((shown, _("no community of yours has this code")))
        elif known[code] in points:
            found.refused.append((shown, _("this community is in the file twice")))
        elif middle is None:
            found.refused.append((shown, _("a point or a polygon with longitude and latitude")))
        else:
            points[known[code]] = middle
    found.places = hexes.from_points(_flat(points))
    return found


def _code(feature: Any) -> str:
    """`properties.code`, `properties.id`, or the feature's own id."""
    if not isinstance(feature, dict):
        return ""
    properties = feature.get("properties")
    names = properties if isinstance(properties, dict) else {}
    for candidate in (names.get("code"), names.get("id"), feature.get("id")):
        if isinstance(candidate, str | int) and not isinstance(candidate, bool):
            return str(candidate)[:40]
    return ""


def _middle(geometry: Any) -> tuple[float, float] | None:
    """A point itself, or the mean of the corners of the longest outer ring."""
    if not isinstance(geometry, dict):
        return None
    kind, where = geometry.get("type"), geometry.get("coordinates")
    if kind == "Point":
        return _position(where)
    rings = {"Polygon": [where], "MultiPolygon": where}.get(str(kind))
    if not isinstance(rings, list):
        return None
    outer = [ring[0] for ring in rings if isinstance(ring, list) and ring]
    longest = max((ring for ring in outer if isinstance(ring, list)), key=len, default=[])
    # The last corner repeats the first.
    corners = [_position(corner) for corner in (longest[:-1] or longest)]
    found = [corner for corner in corners if corner is not None]
    if not found or len(found) < len(corners):
        return None
    return sum(x for x, _y in found) / len(found), sum(y for _x, y in found) / len(found)


def _position(where: Any) -> tuple[float, float] | None:
    if not isinstance(where, list) or len(where) < 2:
        return None
    for number in where[:2]:
        if not isinstance(number, int | float) or isinstance(number, bool):
            return None
    longitude, latitude = where[:2]
    # Compared before it is converted: a whole number may be larger than any float.
    if abs(longitude) > 180 or abs(latitude) > 90:
        return None
    return float(longitude), float(latitude)


def _flat(points: Mapping[int, tuple[float, float]]) -> dict[int, tuple[float, float]]:
    """Longitude and latitude on a plane whose y points downwards."""
    if not points:
        return {}
    middle = sum(latitude for _x, latitude in points.values()) / len(points)
    shrink = math.cos(math.radians(middle))
    return {key: (longitude * shrink, -latitude) for key, (longitude, latitude) in points.items()}
