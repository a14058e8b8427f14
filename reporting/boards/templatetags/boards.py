"""Template words of the boards: figures that a checker can read, badges, bars and charts."""

from __future__ import annotations

from typing import Any

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString

from reporting.boards import formats, hours, icons, svg

register = template.Library()

register.filter("count", formats.count)
register.filter("signed", formats.signed)
register.filter("percent", formats.percent)
register.filter("clock", formats.clock)
register.filter("stamp", formats.stamp)
register.filter("hours", formats.hours)
register.filter("span", formats.span)
register.filter("near", formats.moment_near)


@register.simple_tag
def figure(name: str, value: int | None, level: str, key: str) -> SafeString:
    """One count with its name, level and division code beside it as data attributes."""
    plain = "" if value is None else str(int(value))
    return format_html(
        '<span class="figure" data-figure="{}" data-level="{}" data-key="{}" data-value="{}">'
        "{}</span>",
        name,
        level,
        key,
        plain,
        formats.count(value),
    )


@register.simple_tag
def icon(name: str, extra_class: str = "") -> SafeString:
    """An icon of our own set."""
    return icons.svg(name, extra_class)


# Badges and bars stand in every row of every board: text put together here costs less than a
# template of their own.
@register.simple_tag
def badge(kind: str, word: str) -> SafeString:
    """A status: shape, colour and word together."""
    return format_html(
        '<span class="badge-status badge-{}">{}{}</span>', kind, icons.svg(kind), word
    )


@register.simple_tag
def bar(share: Any, plan: Any, kind: str = "info", tall: bool = False) -> SafeString:
    """A progress bar with the plan's tick; the figures stand beside it in words."""
    shown = svg.progress_bar(share, plan)
    return format_html(
        '<svg class="bar{}" viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true"'
        ' focusable="false"><rect class="track" width="100" height="10" rx="1.5"/>'
        '<rect class="fill fill-{}" width="{}" height="10" rx="1.5"/>{}</svg>',
        " bar-tall" if tall else "",
        kind,
        shown.done,
        _tick(shown.tick),
    )


def _tick(x: str) -> SafeString:
    if not x:
        return SafeString("")
    return format_html('<rect class="tick" x="{}" y="-3" width="0.9" height="16"/>', x)


@register.inclusion_tag("components/curve.html")
def curve_svg(curve: Any, size: str = "wide") -> dict[str, Any]:
    """The curve against the plan as inline SVG, drawn for a desk, a wall or a phone."""
    return {"chart": svg.curve_chart(curve, size), "size": size}


@register.filter
def by_hour(curve: Any) -> hours.HourChart:
    """People of each clock hour against the plan, drawn and as rows."""
    return hours.hour_chart(curve)


@register.filter
def hourly(curve: Any) -> list[dict[str, Any]]:
    """Rows of the data table under the curve: one per clock hour that has data."""
    rows = []
    done = curve.points[0][1] if curve.points else 0
    for start, people in svg.per_hour(curve.points):
        done += people
        rows.append({"start": start, "end": start + svg.HOUR, "people": people, "total": done})
    return rows
