"""A laid-out report as A4 paper and as a picture for phones. Slow: work for the worker.

The renderer needs the Pango libraries of the system; where they are missing it says so by name.
Nothing is fetched from anywhere: the report and its styles are all it reads.
"""

from __future__ import annotations

import io
import logging
from functools import cache
from pathlib import Path
from typing import Any

from django.contrib.staticfiles import finders
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.translation import gettext_lazy as _

from core.inputs import Refused
from reporting.outlets.situation.document import LANGUAGES, Document

STYLES = "css/situation-paper.css"
SCALE = 2
"""Picture points per CSS pixel: sharp on phones."""
INK = 200
"""Darker than this is ink; the watermark and the paper are lighter."""
GAP = 12
"""Picture points of white that stay between two stretches of the picture."""


class NoPaper(Refused):
    """This installation cannot make PDF or pictures."""

    status = 503

    def __init__(self) -> None:
        super().__init__(
            "paper_unavailable",
            _(
                "PDF and pictures need the Pango libraries (libpango-1.0-0, libpangoft2-1.0-0),"
                " which this server does not have. Workbook and chat text are made all the same."
            ),
        )


def pdf(document: Document) -> bytes:
    """The report on A4. Raises NoPaper."""
    return _rendered(document, "a4")


def phone_pages(document: Document) -> bytes:
    """The report on narrow pages, from which the picture is drawn. Raises NoPaper."""
    return _rendered(document, "phone")


def picture(document: Document) -> bytes:
    """The report as one PNG for phones, its issue number behind the text. Raises NoPaper."""
    return stitched(phone_pages(document))


def _rendered(document: Document, form: str) -> bytes:
    weasyprint = _renderer()
    with translation.override(LANGUAGES[document.language]):
        html = render_to_string("situation/paper.html", {"document": document, "form": form})
    style = weasyprint.CSS(string=_styles(), url_fetcher=_nothing)
    page = weasyprint.HTML(string=html, url_fetcher=_nothing)
    made: bytes = page.write_pdf(stylesheets=[style])
    return made


@cache
def available() -> bool:
    """Whether this installation can make PDF and pictures; asked of it once."""
    try:
        _renderer()
    except NoPaper:
        return False
    return True


def _renderer() -> Any:
    # They tell of every step of every page, and do so from their import on.
    for name in ("weasyprint", "weasyprint.progress", "fontTools"):
        logging.getLogger(name).setLevel(logging.WARNING)
    try:
        import weasyprint
    except OSError:  # its libraries are not there
        raise NoPaper from None
    return weasyprint


def _styles() -> str:
    found = finders.find(STYLES)
    if not isinstance(found, str):
        raise FileNotFoundError(STYLES)
    return Path(found).read_text(encoding="utf-8")


def _nothing(url: str, *_more: Any, **_others: Any) -> Any:
    raise ValueError("a report refers to nothing outside of itself")


def stitched(pages: bytes) -> bytes:
    """Narrow pages one under the other, each cut at the end of its ink."""
    import pypdfium2
    from PIL import Image

    document = pypdfium2.PdfDocument(pages)
    try:
        images = [page.render(scale=SCALE * 96 / 72).to_pil().convert("RGB") for page in document]
    finally:
        document.close()
    cut = [image.crop((0, 0, image.width, _end_of_ink(image))) for image in images]
    out = Image.new("RGB", (images[0].width, sum(image.height for image in cut)), "white")
    top = 0
    for image in cut:
        out.paste(image, (0, top))
        top += image.height
    data = io.BytesIO()
    out.quantize(48, method=Image.Quantize.FASTOCTREE).save(data, "PNG", compress_level=6)
    return data.getvalue()


def _end_of_ink(image: Any) -> int:
    box = image.convert("L").point(lambda value: 255 if value < INK else 0).getbbox()
    return min(image.height, (box[3] if box else 0) + GAP * 2)
