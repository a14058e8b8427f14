"""The poster of a point: one A4 page for the gate, in Chinese and English."""

from __future__ import annotations

import segno
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import translation
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from core.query import refuse_unknown_query
from sites.models import SamplingPoint
from sites.models.points import Channel
from sites.permissions import check_can_see_points
from sites.queries.points import channel_counts

LANGUAGES = ("zh-hans", "en")


@require_safe
def point_poster(request: HttpRequest, point_id: int) -> HttpResponse:
    """Name, address, hours, desks, who is served, and a code that phones can keep."""
    check_can_see_points(request.scope)
    refuse_unknown_query(request, ())
    point = get_object_or_404(
        SamplingPoint.objects.within(request.scope).select_related("community"), pk=point_id
    )
    serves = list(point.serves.order_by("code")) or [point.community]
    context = {
        "point": point,
        "sides": [_side(language, point, serves) for language in LANGUAGES],
        "qr": qr_code(_note(point)),
    }
    return render(request, "sites/poster.html", context)


def qr_code(text: str) -> SafeString:
    """The text as an SVG code without any style, so that the content policy holds."""
    drawing = segno.make(text, error="m", micro=False)
    return mark_safe(drawing.svg_inline(omitsize=True, svgclass=None, lineclass=None))  # noqa: S308


def _side(language: str, point: SamplingPoint, serves: list) -> dict:
    """The poster's words in one language."""
    with translation.override(language):
        words = {str(value): str(word) for value, word in Channel.choices}
        counts = channel_counts(point.units.all(), words)
        return {
            "language": language,
            "title": _("Sampling point"),
            "hours_word": _("Hours"),
            "hours": _hours(point),
            "serves_word": _("Who is served"),
            "serves": [
                (division.name_en or division.name) if language == "en" else division.name
                for division in serves
            ],
            "desks_word": _("Desks"),
            "desks": [
                _("%(channel)s: %(n)s") % {"channel": count.word, "n": count.total}
                for count in counts
            ],
            "bring": _("Bring your identity card or code. Keep one metre apart."),
            "queue": _("Come in the slot of your building: the queue is shortest then."),
            "keep": _("Scan to keep this address on your phone."),
        }


def _hours(point: SamplingPoint) -> str:
    if point.opens is None or point.closes is None:
        return _("as announced")
    return f"{point.opens:%H:%M}–{point.closes:%H:%M}"


def _note(point: SamplingPoint) -> str:
    """What the code holds: plain text, so that it works on any phone without an account."""
    with translation.override("zh-hans"):
        lines = [point.name, point.address or point.community.name, _hours(point)]
    return "\n".join(lines)
